"""The command line as a fuzzer looks at it: exit codes that are documented, nothing that says there is a bug."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rpkpy.errors import ExitCode
from tests.cli.harness import Cli, Outcome

_KNOWN = frozenset({*ExitCode, 141})  # 141: whoever read the output went away
_RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@contextmanager
def shell() -> Iterator[Cli]:
    """A person's shell in a new home folder."""
    with tempfile.TemporaryDirectory(prefix="rpkpy-soak-") as folder:
        yield Cli(Path(folder))


def complaint(outcome: Outcome) -> str | None:
    """What is wrong with how a command ended; None when nothing is."""
    if outcome.code not in _KNOWN:
        return f"exit code {outcome.code}"
    if "bug in rpkpy" in outcome.err or "Traceback" in outcome.err:
        return outcome.err[-1500:]
    if _RAW.search(outcome.err) or _RAW.search(outcome.out.decode("utf-8", "replace")):
        return "a raw control character is shown"
    if outcome.code not in (0, ExitCode.DRIFT) and not outcome.err and not outcome.out:
        return "nothing is said"
    return None
