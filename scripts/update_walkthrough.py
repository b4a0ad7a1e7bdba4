"""Writes docs/walkthrough.md: does what its blocks say in a real terminal, on a real local cluster, in a home folder
that goes away, and puts what came into the blocks. The text between them is written by hand.

Where nothing but times, hashes, addresses and measures differ, the page stays as it is, to the byte.

python scripts/update_walkthrough.py [--check | --fresh]    # --fresh: new times and measures in any case
"""

import argparse
import difflib
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from walkthrough import page as pages  # noqa: E402
from walkthrough.person import Person  # noqa: E402

PAGE = ROOT / "docs" / "walkthrough.md"
PICTURES = ROOT / "docs" / "walkthrough"


def played(page: str, home: Path, cache: Path | None = None) -> tuple[str, dict[str, str]]:
    """The page after everything that it says was done, and its pictures by name."""
    home.mkdir()
    with Person(home, cache) as person:
        return pages.rewritten(page, person.do), person.pictures


def difference(old: str, new: str) -> str:
    """What differs, but for what differs from run to run; empty where nothing does."""
    return "\n".join(difflib.unified_diff(_lines(old), _lines(new), "the page", "what came", lineterm=""))


def _lines(page: str) -> list[str]:
    return [line for block in pages.blocks(page) for line in pages.normal(block.content).splitlines()]


def main() -> int:
    """Play the page, and write it where it differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where the page differs")
    parser.add_argument("--fresh", action="store_true", help="write it also where only times and measures differ")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it, and so would all below it
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    old = PAGE.read_text(encoding="utf-8")
    try:
        with tempfile.TemporaryDirectory(prefix="rpkpy-walkthrough-") as folder:
            new, pictures = played(old, Path(folder) / "home")
    except KeyboardInterrupt:
        print("Interrupted; nothing is left behind.", file=sys.stderr)
        return 130
    found = difference(old, new)
    print(found or "the walk-through is up to date")
    if asked.check:
        return int(bool(found))
    if found or asked.fresh:
        PAGE.write_text(new, encoding="utf-8")
        PICTURES.mkdir(exist_ok=True)
        for name, svg in pictures.items():
            (PICTURES / name).write_text(svg, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
