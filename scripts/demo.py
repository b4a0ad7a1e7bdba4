"""The main job of rpkpy, end to end: personal fields of `customer` are masked on their way to `customer_masked`.

Everything lives in a folder of its own (nothing of your configuration is read or written) and is stopped and
removed at the end, also after Ctrl-C. Called by scripts/demo.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rpkpy.text import printable

console = Console(highlight=False)


class Demo:
    """A person at a shell, in a home folder that goes away."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.env = os.environ | {
            "XDG_CONFIG_HOME": str(home / "config"),
            "RPKPY_DATA_DIR": str(home / "data"),
            "RPKPY_STATE_DIR": str(home / "state"),
        }
        for name in [name for name in self.env if name.startswith(("RPK_", "REDPANDA_"))]:
            del self.env[name]

    def rpkpy(
        self, *args: str, cwd: Path | None = None, stdin: bytes | None = None, quiet: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command as a person would, showing it and what it prints; a failing one ends the demo."""
        if not quiet:
            console.print(Text(f"\n$ rpkpy {' '.join(args)}", style="bold cyan"))
        done = subprocess.run(
            [sys.executable, "-m", "rpkpy", *args],
            cwd=cwd or self.home,
            env=self.env,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE if quiet else None,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"The demo stopped: `rpkpy {' '.join(args)}` ended with {done.returncode}.")
        return done

    def values(self, topic: str, count: int) -> list[bytes]:
        """The first `count` values of `topic`, waiting for them; a null value is shown as null."""
        done = self.rpkpy("topic", "consume", topic, "-n", str(count), "-f", "%v{hex}\n", quiet=True)
        return [bytes.fromhex(line) for line in done.stdout.decode().split("\n")[:count]]


def play(demo: Demo) -> None:
    """The whole life of a transform."""
    demo.rpkpy("local", "start")
    project = demo.home / "mask"
    demo.rpkpy("transform", "init", "mask", "--lang", "c", "--pattern", "masking", "--install-deps=false")
    demo.rpkpy("transform", "build", cwd=project)
    demo.rpkpy("transform", "validate", cwd=project)
    demo.rpkpy("topic", "create", "customer", "customer_masked")
    demo.rpkpy("transform", "deploy", "--input-topic=customer", "--output-topic=customer_masked", cwd=project)

    samples = [json.loads(line) for line in (project / "samples" / "input.jsonl").read_text("utf-8").splitlines()]
    customers = [s for s in samples if isinstance(s["value"], str) and isinstance(s["key"], str)]
    lines = "".join(f"{s['key']}\t{s['value']}\n" for s in customers)
    start = time.monotonic()
    demo.rpkpy("topic", "produce", "customer", "-f", "%k\t%v\n", "-o", "", stdin=lines.encode())
    console.print(f"{len(customers)} customers produced.")

    before = demo.values("customer", len(customers))
    after = demo.values("customer_masked", len(customers))
    took = time.monotonic() - start
    side_by_side(before, after)
    expected = expected_values(project, samples)
    if after != expected:
        raise SystemExit("The demo failed: customer_masked does not hold what samples/expected.jsonl says.")
    console.print(
        f"{len(after)} of {len(before)} customers masked, {took:.1f} s from the first produced.", style="green"
    )

    demo.rpkpy("transform", "list")
    demo.rpkpy("transform", "logs", "mask")


def expected_values(project: Path, samples: list[dict[str, object]]) -> list[bytes]:
    """The masked values of the customers that were produced, as the template's samples have them."""
    lines = (project / "samples" / "expected.jsonl").read_text("utf-8").splitlines()
    pairs = zip(samples, (json.loads(line) for line in lines), strict=True)
    return [after["value"].encode() for before, after in pairs if isinstance(before["value"], str) and before["key"]]


def side_by_side(before: list[bytes], after: list[bytes]) -> None:
    """Print the records of both topics beside each other."""
    table = Table(show_lines=True, expand=True)
    table.add_column("customer", ratio=1, overflow="fold")
    table.add_column("customer_masked", ratio=1, overflow="fold")
    for left, right in zip(before, after, strict=True):
        table.add_row(*(Text(printable(value.decode("utf-8", "backslashreplace"))) for value in (left, right)))
    console.print()
    console.print(table)


def main() -> int:
    """Play the demo and clean up."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    home = Path(tempfile.mkdtemp(prefix="rpkpy-demo-"))
    demo = Demo(home)
    try:
        play(demo)
    except KeyboardInterrupt:
        console.print("\nInterrupted; cleaning up.", style="yellow")
        return 130
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave a broker behind
        demo.rpkpy("local", "purge", "--no-confirm")
        shutil.rmtree(home, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
