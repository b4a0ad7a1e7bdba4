"""Rows 10 and 23: modules and toolchains from servers that break off, lie about lengths, pack, or redirect away."""

import gzip
import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from bench.soak.figures import Budget, Clock, Figures, forget_peak, peak_bytes, resident_bytes
from rpkpy import download
from rpkpy.archive import Bounds
from rpkpy.deployment import download as modules
from rpkpy.errors import InvalidError, RpkpyError
from tests.redpanda.loopback import Asked, Reply, serving

_MOST_BYTES = 1 << 20
_BOUNDS = Bounds(archive_bytes=_MOST_BYTES, seconds=2.0)
_SLACK_BYTES = 32 << 20
_GOOD = b"\0asm" + bytes(range(256)) * 40


@cache
def _packed() -> bytes:
    return gzip.compress(bytes(50 << 20), 1)


_ANSWERS: tuple[tuple[str, Callable[[Random], Reply]], ...] = (
    ("good", lambda _: Reply(200, _GOOD)),
    ("another file", lambda r: Reply(200, r.randbytes(r.randrange(5000)))),
    ("404", lambda _: Reply(404, "gone")),
    ("500", lambda _: Reply(500, b"x" * 100_000)),
    ("cut", lambda r: Reply(200, _GOOD, cut=r.randrange(1, len(_GOOD)))),
    ("longer than announced", lambda r: Reply(200, _GOOD, cut=-r.randrange(1, 5000))),
    ("too large", lambda _: Reply(200, bytes(3 * _MOST_BYTES))),
    ("closed", lambda _: Reply(closed=True)),
    ("to a file", lambda _: Reply(302, "", {"Location": "file:///etc/passwd"})),
    ("to ftp", lambda _: Reply(302, "", {"Location": "ftp://127.0.0.1/x"})),
    ("to itself", lambda _: Reply(302, "", {"Location": "/x"})),
    ("to nowhere", lambda _: Reply(302, "", {"Location": "http://[::"})),
    ("packed", lambda _: Reply(200, _packed(), {"Content-Encoding": "gzip"})),
    ("packed twice", lambda _: Reply(200, gzip.compress(_packed()), {"Content-Encoding": "gzip, gzip"})),
)  # fmt: skip


def run(budget: Budget) -> Figures:
    """Each case is an answer, to the download of a module by URL and to that of a toolchain in turn."""
    random = Random(budget.seed)  # noqa: S311
    counts: Counter[str] = Counter()
    wrong, clock = 0, Clock()
    pinned = hashlib.sha256(_GOOD).hexdigest()
    for _, make in _ANSWERS:
        make(random)  # what the packed ones take to be made does not count
    forget_peak()
    before = resident_bytes()
    with tempfile.TemporaryDirectory(prefix="rpkpy-soak-") as folder:
        for index in budget.rounds():
            name, make = _ANSWERS[index // 2 % len(_ANSWERS)]
            target = Path(folder) / "file"
            with serving(_answers(make(random))) as server, clock:
                url = f"http://{server.address}/x"
                try:
                    if index % 2:
                        download.fetch(url, target, pinned, _BOUNDS, fix="Try again.")
                        content = target.read_bytes()
                    else:
                        content = modules.fetch(url, max_bytes=_MOST_BYTES, timeout_s=2.0)
                    counts["taken"] += 1
                    # without a pinned sum any file that came whole is taken; the pinned one is the pinned one
                    wrong += (
                        content != _GOOD if index % 2 else name not in ("good", "another file", "longer than announced")
                    )
                except RpkpyError as error:
                    counts["refused"] += 1
                    wrong += name == "good" or (name == "too large" and not isinstance(error, InvalidError))
            target.unlink(missing_ok=True)
    grown = peak_bytes() - before
    cases = counts.total()
    return Figures(
        cases,
        wrong == 0 and grown <= _SLACK_BYTES and cases > 0,
        f"{cases:,} answers of {len(_ANSWERS)} kinds: {counts['taken']:,} taken, {counts['refused']:,} refused, "
        f"{wrong} wrongly; the process grew by {grown / (1 << 20):.1f} MiB, the slowest took {clock.wall_s:.1f} s",
        {"wrong": wrong, "grown_bytes": grown},
    )


def _answers(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda asked: reply
