"""Row 26: kept machine code that was damaged, swapped, or is not the user's own."""

import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from bench.soak.figures import Budget, Figures
from rpkpy.engine import Engine
from tests.engine.guest import ECHO, batch, values, wasm
from tests.engine.guest import run as results


def _damage(file: Path, other: bytes, good: bytes, random: Random) -> str:
    """Do something to the file; what."""
    match random.randrange(6):
        case 0:
            damaged = bytearray(good)
            damaged[random.randrange(len(good))] ^= 1 << random.randrange(8)
            file.write_bytes(damaged)
            return "a flipped bit"
        case 1:
            file.write_bytes(good[: random.randrange(len(good))])
            return "cut short"
        case 2:
            file.write_bytes(random.randbytes(random.randrange(5000)))
            return "garbage"
        case 3:
            at = random.randrange(len(good))
            file.write_bytes(good[:at] + random.randbytes(64) + good[at + 64 :])
            return "64 other bytes"
        case 4:
            file.write_bytes(other)
            file.chmod(0o666)
            return "another's code, written by others"
        case _:
            file.unlink()
            file.symlink_to(Path(file.parent.parent) / "other.cwasm")
            return "a link to another's code"


def run(budget: Budget) -> Figures:
    """Each case damages the file, compiles again, and runs what comes of it."""
    random = Random(budget.seed)  # noqa: S311
    counts: Counter[str] = Counter()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="rpkpy-soak-") as folder:
        cache, elsewhere = Path(folder) / "cache", Path(folder) / "elsewhere"
        Engine(cache_dir=cache).compile(wasm(ECHO))
        Engine(cache_dir=elsewhere).compile(wasm(""))  # what would show: it writes nothing
        (file,), (foreign,) = cache.iterdir(), elsewhere.iterdir()
        good, other = file.read_bytes(), foreign.read_bytes()
        (Path(folder) / "other.cwasm").write_bytes(other)
        for _ in budget.rounds():
            counts[_damage(file, other, good, random)] += 1
            module = Engine(cache_dir=cache).compile(wasm(ECHO))
            wrong += values(results(module, batch(b"a"))) != [b"a"] or file.read_bytes() != good or file.is_symlink()
    cases = counts.total()
    shown = ", ".join(f"{count:,} {what}" for what, count in counts.most_common())
    return Figures(
        cases,
        wrong == 0 and cases > 0,
        f"{cases:,} files ({shown}): {wrong} of them loaded, each compiled anew and kept",
        {"wrong": wrong},
    )
