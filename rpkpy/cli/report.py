"""How an error reaches the person: `Error:`, `Cause:` and `Fix:` lines on standard error."""

import traceback
from typing import Any

from rpkpy.cli.context import Context
from rpkpy.errors import ExitCode, RpkpyError
from rpkpy.text import printable


def report(context: Context, error: RpkpyError, origin: BaseException | None = None) -> int:
    """Print `error` and return its exit code; with -v the traceback as well."""
    if context.options.verbose:
        trace = origin or error
        context.stderr.write("".join(traceback.format_exception(trace)))
    _line(context, "Error", error.message, "bold red")
    if error.cause:
        _line(context, "Cause", error.cause, "bold")
    if error.fix:
        _line(context, "Fix", error.fix, "bold")
    context.stderr.flush()
    return error.exit_code


def report_usage(context: Context, error: Any) -> int:
    """Print what the argument parser refused, with the help to ask for."""
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "rpkpy"
    return report(context, RpkpyUsage(error.format_message(), fix=f"{path} --help"))


class RpkpyUsage(RpkpyError):
    """An argument line that does not parse."""

    exit_code = ExitCode.USAGE


def _line(context: Context, label: str, text: str, style: str) -> None:
    first, *rest = printable(text).splitlines() or [""]
    head = context.style(f"{label}:", style, context.stderr)
    context.stderr.write(f"{head} {first}\n")
    for line in rest:
        context.stderr.write(f"  {line}\n")
