"""MicroPython's own tests in the runtime, with a broker's stack and memory, also with a collection every few objects.

What a test prints is compared with its .exp file, or with what CPython prints, as MicroPython does it itself. The log
replaces control characters, so they are replaced in what is expected, too.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rpkpy.runtimes import sources
from rpkpy.toolchains import process
from tests.runtimes.micropython import Interpreter, runtime

pytestmark = pytest.mark.toolchain("python")

FOLDERS = ("basics", "float", "misc", "stress")
EXTRAS = ("json", "re_", "binascii", "heapq")
# What cannot pass here, and why.
KNOWN = {
    "bytes_compare3.py": "wants a warning",
    "exception_chain.py": "wants a warning",
    "math_constants.py": "wants the last bit of e",
    "bytecode_limit.py": "the limit is met earlier",
}
TESTS = 660
PASS = 628
# Collect whenever so many bytes were allocated.
THRESHOLD = b"import gc; gc.threshold(400)"
_LOGGED = bytes(ord("?") if (c < 32 and c not in b"\n\t") or c == 127 else c for c in range(256))


def scripts(tests: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((tests / folder).glob("*.py"))
    for prefix in EXTRAS:
        yield from sorted((tests / "extmod").glob(f"{prefix}*.py"))


@pytest.fixture(scope="module")
def expected(runtimes: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[Path, bytes]:
    """What each test must print."""
    made, _, _ = runtime()

    def run(command: Sequence[str], folder: Path) -> None:
        process.build(command, cwd=folder, env=os.environ, say=print)

    archive = sources.fetch(made.source, runtimes / "sources", run)
    tests = sources.unpacked(archive, made.source, tmp_path_factory.mktemp("sources") / "micropython") / "tests"

    def wanted(script: Path) -> bytes:
        kept = script.with_name(f"{script.name}.exp")
        if kept.exists():
            return kept.read_bytes()
        done = subprocess.run(
            [sys.executable, "-W", "ignore", script],
            cwd=script.parent,
            env={"PYTHONPATH": str(tests), "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.stdout

    every = list(scripts(tests))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(every, pool.map(wanted, every), strict=True))


def collecting(script: Path, text: bytes) -> list[tuple[str, bytes]]:
    """The script, with the collector's threshold set before it and its lines where they were, if that can be."""
    first = text.split(b"\n", 1)[0]
    if first.startswith(b"#") or not first.strip():
        return [(script.name, THRESHOLD + b" " + text)]
    return [("main.py", THRESHOLD + b"; __import__('" + script.stem.encode() + b"')"), (script.name, text)]


@pytest.mark.slow
@pytest.mark.parametrize("stressed", [False, True], ids=["as it is", "collecting"])
def test_micropythons_own_tests(expected: dict[Path, bytes], stressed: bool) -> None:
    interpreter = Interpreter()
    passed, skipped, failed, trapped = 0, 0, [], {}
    for script, output in expected.items():
        text = script.read_bytes()
        printed, _, trap = interpreter.run(collecting(script, text) if stressed else [(script.name, text)])
        if trap is not None:
            trapped[script.name] = trap
        elif printed.strip() == b"SKIP":
            skipped += 1
        elif printed == output.replace(b"\r\n", b"\n").translate(_LOGGED):
            passed += 1
        else:
            failed.append(script.name)
    assert trapped == {}
    assert set(failed) <= set(KNOWN)
    assert len(expected) == TESTS
    assert passed >= PASS, f"{passed} passed, {skipped} were skipped"
