"""The main job of rpkpy, end to end: personal fields of `customer` are masked on their way to `customer_masked`.

Everything lives in a folder of its own (nothing of your configuration is read or written) and is stopped and
removed at the end, also after Ctrl-C. Called by scripts/demo.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rpkpy.errors import RpkpyError
from rpkpy.text import printable
from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildRequest

console = Console(highlight=False)

SHOWN = 6
"""Records printed beside each other; all of them are compared with the template's expected ones."""


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
            console.print(Text(f"\n$ {shlex.join(['rpkpy', *args])}", style="bold cyan"))
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
    written_in = language()
    demo.rpkpy("local", "start")
    project = demo.home / "mask"
    demo.rpkpy("transform", "init", "mask", "--lang", written_in, "--pattern", "masking")
    demo.rpkpy("transform", "build", cwd=project)
    demo.rpkpy("transform", "validate", cwd=project)
    demo.rpkpy("topic", "create", "customer", "customer_masked")
    demo.rpkpy("transform", "deploy", "--input-topic=customer", "--output-topic=customer_masked", cwd=project)

    samples = [json.loads(line) for line in (project / "samples" / "input.jsonl").read_text("utf-8").splitlines()]
    customers = [number for number, sample in enumerate(samples) if one_line(sample)]
    lines = "".join(f"{samples[n]['key']}\t{samples[n]['value']}\n" for n in customers)
    start = time.monotonic()
    demo.rpkpy("topic", "produce", "customer", "-f", r"%k\t%v\n", stdin=lines.encode())

    before = demo.values("customer", len(customers))
    after = demo.values("customer_masked", len(customers))
    took = time.monotonic() - start
    side_by_side(before, after)
    expected = (project / "samples" / "expected.jsonl").read_text("utf-8").splitlines()
    if after != [json.loads(expected[number])["value"].encode() for number in customers]:
        raise SystemExit("The demo failed: customer_masked does not hold what samples/expected.jsonl says.")
    console.print(
        f"{len(after)} of {len(before)} customers masked, {took:.1f} s from the first produced.", style="green"
    )

    demo.rpkpy("transform", "list")
    demo.rpkpy("transform", "logs", "mask")


def language() -> str:
    """Python, when its interpreter is here or can be built; else C."""
    cache = Path(os.environ.get("RPKPY_CACHE_DIR") or user_cache_path("rpkpy"))
    folder = Path()  # of no project: nothing but the runtime is built
    request = BuildRequest(folder, "", folder, (), os.environ, cache, lambda line: console.print(line, style="dim"))
    try:
        interpreters.runtime("python", request)
    except RpkpyError as error:
        console.print(Text(f"No Python here, so the demo goes on in C: {error.message}"), style="yellow")
        return "c"
    return "python"


def one_line(sample: dict[str, object]) -> bool:
    """Whether a sample is a JSON object that fits the line format the demo produces with."""
    value = sample["value"]
    return isinstance(sample["key"], str) and isinstance(value, str) and value.startswith("{") and "\n" not in value


def side_by_side(before: list[bytes], after: list[bytes]) -> None:
    """Print the records of both topics beside each other."""
    table = Table(show_lines=True, expand=True)
    table.add_column("customer", ratio=1, overflow="fold")
    table.add_column("customer_masked", ratio=1, overflow="fold")
    for left, right in list(zip(before, after, strict=True))[:SHOWN]:
        table.add_row(*(Text(printable(value.decode("utf-8", "backslashreplace"))) for value in (left, right)))
    console.print()
    console.print(table)
    if len(before) > SHOWN:
        console.print(f"... and {len(before) - SHOWN} more.", style="dim")


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
