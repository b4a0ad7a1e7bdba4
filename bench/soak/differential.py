"""Our reader of WebAssembly binaries against wasmtime's verdict on mutated modules.

The reader judges a module's declarations, as a broker's deploy check does, and leaves to the engine what is in
`LEFT_TO_THE_ENGINE`. It must never refuse what wasmtime takes; and what wasmtime refuses elsewhere, a rule of
`validate` must refuse (types of proposals that a broker's engine is configured without).
"""

import re
from collections import Counter
from random import Random

import wasmtime

from bench.soak.figures import Budget, Clock, Figures
from rpkpy.engine.module import Engine
from rpkpy.wasm.binary import PREAMBLE, MalformedModule, encode_u32, parse, sections
from rpkpy.wasm.validate import check
from tests.engine.guest import ECHO, wasm
from tests.wasm.modules import assemble, identity

_MOST_S = 1.0

# Sections of which the reader steps over the content, or part of it; `transform validate` runs the module after it, so
# that the engine has its say about them. Where wasmtime stopped at a section's end, it is that section's.
LEFT_TO_THE_ENGINE = {
    "code": "function bodies",
    "element": "element segments",
    "data": "data segments",
    "data count": "data segments",
    "global": "types in constant expressions",
}
_WITHOUT_DATA = "data count is non-zero but data section is absent"  # said at the file's end

_SEEDS_WAT = (
    """(module (memory (export "memory") 1 4) (table 4 funcref) (type $t (func (param i32) (result i32)))
      (global $g (mut i32) (i32.const 7)) (global f64 (f64.const 1)) (elem (i32.const 1) func $f $f)
      (data (i32.const 16) "some data") (data "passive") (func $f (type $t) (i32.add (local.get 0) (global.get $g)))
      (func (export "_start") (drop (call_indirect (type $t) (i32.const 1) (i32.const 1)))
        (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 3))) (export "g" (global $g)))""",
    """(module (import "env" "t" (table 1 externref)) (import "env" "m" (memory 1)) (import "env" "g" (global i64))
      (func $a) (func $b (result i32) (i32.const 1)) (start $a) (export "b" (func $b)) (export "t" (table 0)))""",
)


def seeds() -> list[bytes]:
    """The modules that are mutated."""
    return [identity(), wasm(ECHO), *map(assemble, _SEEDS_WAT)]


def mutated(data: bytes, random: Random) -> bytes:
    """`data` with one to four of its bytes, or of its sections, changed."""
    return _bytes(data, random) if random.random() < 0.5 else _sections(data, random)


def _bytes(data: bytes, random: Random) -> bytes:
    out = bytearray(data)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(out))
        match random.randrange(5):
            case 0:
                out[place] = random.randrange(256)
            case 1:
                out[place] ^= 1 << random.randrange(8)
            case 2:
                del out[place : place + random.randint(1, 8)]
            case 3:
                out[place:place] = random.randbytes(random.randint(1, 8))
            case _:
                out[place:place] = out[place : place + random.randint(1, 16)]
        if not out:
            break
    return bytes(out)


def _sections(data: bytes, random: Random) -> bytes:
    """Sections dropped, doubled, swapped, or their content changed, the framing made right again."""
    parts = [(data[s.start], _content(data, s.start, s.end)) for s in sections(data)]
    for _ in range(random.randint(1, 2)):
        if not parts:
            break
        at = random.randrange(len(parts))
        match random.randrange(6):
            case 0:
                del parts[at]
            case 1:
                parts.insert(random.randrange(len(parts) + 1), parts[at])
            case 2:
                other = random.randrange(len(parts))
                parts[at], parts[other] = parts[other], parts[at]
            case 3:
                parts.insert(at, (random.randrange(15), random.randbytes(random.randint(0, 6))))
            case _:
                id, content = parts[at]
                parts[at] = (id, _bytes(content, random) if content else b"\0")
    return PREAMBLE + b"".join(bytes((id,)) + encode_u32(len(content)) + content for id, content in parts)


def _content(data: bytes, start: int, end: int) -> bytes:
    position = start + 1
    while data[position] & 0x80:
        position += 1
    return data[position + 1 : end]


def _ours(data: bytes) -> str | None:
    try:
        parse(data)
    except MalformedModule as error:
        assert 0 <= error.offset <= len(data)
        return error.problem
    return None


def _theirs(engine: wasmtime.Engine, data: bytes) -> str | None:
    try:
        wasmtime.Module.validate(engine, data)
    except wasmtime.WasmtimeError as error:
        return " ".join(str(error).split())
    return None


def _class_of(data: bytes, message: str) -> str | None:
    """Why the reader may take what wasmtime refuses with `message`; None where it may not."""
    found = re.search(r"at offset 0x([0-9a-f]+)", message)
    offset = int(found[1], 16) if found else len(data)
    for section in sections(data):
        if section.id and section.start <= offset <= section.end and section.name in LEFT_TO_THE_ENGINE:
            return LEFT_TO_THE_ENGINE[section.name]
    if _WITHOUT_DATA in message:
        return LEFT_TO_THE_ENGINE["data count"]
    return None if check(data).ok else "another rule's"


def run(budget: Budget) -> Figures:
    """Each case is one mutated module."""
    random = Random(budget.seed)  # noqa: S311
    engine, clock = Engine().wasmtime_engine, Clock()
    modules = seeds()
    counts: Counter[str] = Counter()
    odd: list[str] = []
    for _ in budget.rounds():
        data = mutated(random.choice(modules), random)
        with clock:
            ours = _ours(data)
        theirs = _theirs(engine, data)
        if ours is None and theirs is None:
            counts["both take"] += 1
        elif ours is not None and theirs is not None:
            counts["both refuse"] += 1
        elif ours is not None:
            counts["only ours refuses"] += 1
            odd.append(f"wasmtime takes what ours refuses: {ours} ({data.hex()[:2000]})")
        else:
            assert theirs is not None
            found = _class_of(data, theirs)
            counts[found or "unexplained"] += 1
            if found is None:
                odd.append(f"ours takes what wasmtime refuses: {theirs} ({data.hex()[:2000]})")
    cases = counts.total()
    shown = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
    return Figures(
        cases,
        not odd and clock.cpu_s < _MOST_S and cases > 0,
        f"{cases:,} mutated modules: {shown}; {len(odd)} unexplained" + (f": {odd[0]}" if odd else ""),
        {name.replace(" ", "_"): count for name, count in counts.items()},
    )
