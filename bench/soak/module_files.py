"""Row 9: every kind of file that is given as a module, judged by `validate` and by the engine."""

from collections.abc import Iterator
from itertools import cycle, islice

from bench.soak.figures import Budget, Clock, Figures
from rpkpy.engine import GuestTrap
from rpkpy.errors import InvalidError
from rpkpy.wasm.binary import sections
from rpkpy.wasm.deploy_rules import stored_size
from rpkpy.wasm.limits import BROKER
from rpkpy.wasm.validate import check
from tests.engine.guest import ECHO, engine, instance, wasm
from tests.wasm.modules import identity, padded, transform

_MOST_S = 1.0
_STEP_BYTES = 64
_CODE_SECTIONS = (10, 11)


def _bad_files() -> Iterator[tuple[str, bytes]]:
    """What is wrong, and a file of it."""
    yield "empty", b""
    yield "text", b"package main\n\nfunc main() {}\n"
    yield "text form", b"(module)"
    yield "program", b"\x7fELF\x02\x01\x01" + bytes(100)
    yield "component", b"\0asm\x0d\0\x01\0"
    yield "no memory", transform(memory="")
    yield "no _start", transform(start="")
    yield "_start of another type", transform(start='(func (export "_start") (param i32))')
    yield "import of another type", transform(imports='(import "redpanda_transform" "write_record" (func (param i64)))')
    yield "unknown import", transform(imports='(import "env" "missing" (func))')
    yield "no ABI marker", transform(marker="")
    yield "tags", transform("(tag (param i32))")
    for name, whole in (("identity", identity()), ("guest", wasm(ECHO))):
        ends = {section.end for section in sections(whole) if section.id in _CODE_SECTIONS}
        for size in set(range(_STEP_BYTES, len(whole), _STEP_BYTES)) - ends:  # there it is whole without names
            yield f"{name} cut at {size}", whole[:size]


def run(budget: Budget) -> Figures:
    """The files in turn, as often as there are cases, and once the edges of the size limit."""
    files = list(_bad_files())
    clock = Clock()
    refused = cases = 0
    for _, (what, data) in zip(budget.rounds(), islice(cycle(files), budget.cases), strict=False):
        cases += 1
        with clock:
            report = check(data)
        assert report.failures and all(verdict.detail for verdict in report.failures), what
        refused += 1
        with clock:
            try:
                module = engine().compile(data)
                with instance(module) as guest:
                    guest.start()
            except (InvalidError, GuestTrap) as error:
                assert error.message, what
            else:
                assert what in ("no ABI marker",), what  # the broker's deploy check alone looks for it
    most = 2 * BROKER.binary_bytes - stored_size(BROKER.binary_bytes)  # what the batch around it leaves of 10 MiB
    edges = []
    for size in (most, most + 1, BROKER.binary_bytes - 1, BROKER.binary_bytes + 1):
        data = padded(size)
        with clock:
            edges.append(check(data).ok)
    return Figures(
        cases,
        refused == cases and clock.cpu_s < _MOST_S and edges == [True, False, False, False],
        f"{refused:,} of {cases:,} files ({len(files)} kinds and cuts) refused with a cause, 0 tracebacks; of 10 MiB "
        f"what its record batch leaves is taken ({most:,} bytes), one more is not; the slowest verdict "
        f"after {clock.cpu_s * 1000:.0f} ms",
        {"files": len(files), "slowest_s": round(clock.cpu_s, 4)},
    )
