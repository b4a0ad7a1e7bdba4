"""Rows 22 and 23: archives by chance, made to leave their folder or to break, unpacked beside files to be harmed."""

import gzip
import io
import os
import tarfile
import tempfile
from collections import Counter
from pathlib import Path
from random import Random

from bench.soak.figures import Budget, Clock, Figures
from rpkpy.archive import Bounds, unpack
from rpkpy.errors import InvalidError

_BOUNDS = Bounds(archive_bytes=1 << 20, unpacked_bytes=1 << 20, members=40)
_MOST_S = 5.0
_NAMES = (
    *("a", "b/c", "b", "b/../../victim", "../victim", "/tmp/rpkpy-soak-victim", "./a", "a/b/c", "..", ".", "", "x\0y"),  # noqa: S108
    *("b//c", "link", "link/victim", "link/x", "~", "é", "\udcff", "a" * 300, "c:/x", "..\\victim"),
)
_TARGETS = ("a", "..", "../victim", "../../victim", "/etc/passwd", "b", ".", "", "link", "b/../..", "/proc/self/root")
_KINDS = (
    *(tarfile.REGTYPE,) * 5,
    *(tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE),
    *(tarfile.BLKTYPE, tarfile.CONTTYPE, b"Z"),
)


def _archive(random: Random) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", errors="surrogateescape") as tar:
        for _ in range(random.randrange(1, 8)):
            info = tarfile.TarInfo(random.choice(_NAMES))
            info.type, info.linkname = random.choice(_KINDS), random.choice(_TARGETS)
            info.mode = random.choice((0o644, 0o755, 0o4777, 0))
            content = random.randbytes(random.randrange(50)) if info.type == tarfile.REGTYPE else b""
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        if random.random() < 0.05:
            info = tarfile.TarInfo("large")
            info.size = 2 << 20
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    plain = bytearray(out.getvalue())
    if random.random() < 0.3:
        for _ in range(random.randrange(1, 4)):
            plain[random.randrange(len(plain))] = random.randrange(256)
    packed = gzip.compress(bytes(plain), 1)
    return packed[: random.randrange(len(packed))] if random.random() < 0.1 else packed


def _outside(folder: Path) -> list[tuple[str, int]]:
    """What stands beside the folder that archives are unpacked into."""
    return sorted((path.name, path.lstat().st_size) for path in folder.iterdir() if path.name != "to")


def run(budget: Budget) -> Figures:
    """Each case is an archive."""
    random = Random(budget.seed)  # noqa: S311
    clock = Clock()
    ends: Counter[str] = Counter()
    escaped = 0
    with tempfile.TemporaryDirectory(prefix="rpkpy-soak-") as folder:
        for index in budget.rounds():
            place = Path(folder) / str(index)
            place.mkdir()
            (place / "victim").write_bytes(b"as it was")
            (place / "archive.tar.gz").write_bytes(_archive(random))
            before = _outside(place)
            with clock:
                try:
                    unpack(place / "archive.tar.gz", place / "to", _BOUNDS)
                    ends["unpacked"] += 1
                except InvalidError:
                    ends["refused"] += 1
            escaped += _outside(place) != before or os.path.lexists("/tmp/rpkpy-soak-victim")  # noqa: S108
            for path in (place / "to").rglob("*"):
                escaped += not Path(os.path.realpath(path)).is_relative_to(place / "to")
                escaped += bool(path.lstat().st_mode & 0o7000)
    cases = ends.total()
    return Figures(
        cases,
        escaped == 0 and clock.wall_s < _MOST_S and cases > 0,
        f"{cases:,} archives: {ends['refused']:,} refused, {ends['unpacked']:,} unpacked; "
        f"{escaped} writes or links outside",
        {"refused": ends["refused"], "unpacked": ends["unpacked"], "escaped": escaped},
    )
