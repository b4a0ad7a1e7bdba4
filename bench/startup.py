"""How long a person waits for the command line: CPU and wall time as ratios to `python -c pass`.

Runs in turn (A B A B ...), so a machine whose speed drifts does not tilt the ratios; prints the median of the ratios.

    python bench/startup.py [--runs 15]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "--version": (["--version"], 2.0),
    "--help": (["--help"], 5.0),
    "transform --help": (["transform", "--help"], 5.0),
    "version (talks to nothing)": (["version"], 6.0),
    "transform deploy --help": (["transform", "deploy", "--help"], None),
}


def once(argv: list[str]) -> tuple[float, float]:
    """CPU seconds (user and system) and wall seconds of one run."""
    start = time.perf_counter()
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15, help="counted runs of each command")
    runs = parser.parse_args().runs
    script = os.path.join(os.path.dirname(sys.executable), "rpkpy")  # noqa: PTH118, PTH120
    base = [sys.executable, "-c", "pass"]
    print(f"{'command':<28} {'CPU ratio':>9} {'wall ratio':>10} {'CPU ms':>7} {'aim':>5}")
    for name, (args, aim) in COMMANDS.items():
        command = [script, *args]
        once(base), once(command)
        pairs = [(once(base), once(command)) for _ in range(runs)]
        cpu = statistics.median(b[0] / a[0] for a, b in pairs)
        wall = statistics.median(b[1] / a[1] for a, b in pairs)
        cpu_ms = statistics.median(b[0] for _, b in pairs) * 1000
        print(f"{name:<28} {cpu:>9.2f} {wall:>10.2f} {cpu_ms:>7.1f} {f'{aim:.0f} x' if aim else '':>5}")


if __name__ == "__main__":
    main()
