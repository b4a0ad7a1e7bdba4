"""Row 24: compilers that crash, flood their output, or hang, as `transform build` runs them."""

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.soak.figures import Budget, Figures, forget_peak, peak_bytes, resident_bytes
from rpkpy.errors import BuildError, ExitCode
from rpkpy.toolchains import process

_FLOOD_BYTES = 100_000_000
_SLACK_BYTES = 32 << 20
_HANG_S = 0.5
_MOST_CAUSE = 10_000
_TOOLS = {
    "exits": "print('error: no such thing'); raise SystemExit(3)",
    "crashes": "import os, signal; print('about to', flush=True); os.kill(os.getpid(), signal.SIGSEGV)",
    "floods lines": f"import sys\nfor _ in range({_FLOOD_BYTES} // 100): print('x' * 99)\nsys.exit(1)",
    "floods one line": f"import sys\nfor _ in range(100): sys.stdout.write('x' * {_FLOOD_BYTES // 100})\nsys.exit(1)",
    "hangs": "from signal import *; import time; signal(SIGTERM, SIG_IGN); print('up', flush=True); time.sleep(600)",
}


def run(budget: Budget) -> Figures:
    """The tools in turn."""
    ends: Counter[str] = Counter()
    right = longest = 0.0
    most_cause = 0
    forget_peak()
    before = resident_bytes()
    with tempfile.TemporaryDirectory(prefix="rpkpy-soak-") as folder:
        for index in budget.rounds():
            name = list(_TOOLS)[index % len(_TOOLS)]
            timeout_s = _HANG_S if name == "hangs" else 300.0
            began = time.monotonic()
            try:
                process.build(
                    [sys.executable, "-c", _TOOLS[name]],
                    cwd=Path(folder),
                    env={"PATH": "/usr/bin:/bin"},
                    say=lambda line: None,
                    timeout_s=timeout_s,
                )
            except BuildError as error:
                ends[name] += 1
                right += error.exit_code == ExitCode.FAILED and bool(error.cause)
                most_cause = max(most_cause, len(error.cause or ""))
                if name == "hangs":
                    longest = max(longest, time.monotonic() - began)
    grown = peak_bytes() - before
    cases = ends.total()
    shown = ", ".join(f"{count} x {name}" for name, count in ends.items())
    return Figures(
        cases,
        right == cases > 0 and most_cause <= _MOST_CAUSE and grown <= _SLACK_BYTES and longest < 10,
        f"{cases} tools ({shown}; a flood is 100 MB): each a build error with the tool's last words; one that ignores "
        f"SIGTERM was gone {longest:.1f} s after its start, the process grew by {grown / (1 << 20):.1f} MiB",
        {"grown_bytes": grown, "hang_ended_s": round(longest, 2), "longest_cause": most_cause},
    )
