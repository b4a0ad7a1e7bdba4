"""The entry point: fast answers for help, one place where errors become text and exit codes."""

import os
import sys
from typing import TYPE_CHECKING, cast

from rpkpy.errors import ExitCode

if TYPE_CHECKING:
    from rpkpy.cli.context import Context

# Set by a shell's completion script; Typer answers it with the words that may follow.
_COMPLETE = "_RPKPY_COMPLETE"


def main(argv: list[str] | None = None, context: "Context | None" = None) -> int:
    """Run `rpkpy ARGV` (this process's arguments by default) and return the exit code.

    `context` stands for the process: its streams, environment, directories. Tests pass their own.
    """
    args = sys.argv[1:] if argv is None else argv
    stdout = sys.stdout if context is None else context.stdout
    completing = _COMPLETE in (os.environ if context is None else context.environ)
    text = None if completing else _fast_help(args)
    if text is not None and stdout is not None:  # None: it was closed
        try:
            stdout.write(text)
            stdout.flush()
        except BrokenPipeError:
            return _broken_pipe()
        return ExitCode.OK

    from rpkpy.cli.context import Context

    context = context or Context.of_process()
    return _run(args, context)


def _fast_help(args: list[str]) -> str | None:
    """The help text where ARGV asks for a group's help and nothing else."""
    from rpkpy.cli.help import group_help, resolve

    if args and args[-1] in ("-h", "--help", "help"):
        path = args[:-1]
    elif args and args[0] == "help":
        path = args[1:]
    else:
        path = args
    found = resolve(path)
    return group_help(*found) if found else None


def _run(args: list[str], context: "Context") -> int:
    import gc
    from contextlib import redirect_stdout

    import typer

    from rpkpy.cli.app import root
    from rpkpy.cli.report import report, report_usage
    from rpkpy.errors import RpkpyError

    # Click's UsageError, which Typer vendors and exports only through its subclasses
    usage_error = cast("type[Exception]", typer.BadParameter.__mro__[1])
    gc.freeze()  # nor will the collection at exit walk it
    gc.enable()
    if _COMPLETE in context.environ:
        from typer.completion import get_completion_inspect_parameters

        get_completion_inspect_parameters()  # registers the shells
    try:
        with redirect_stdout(context.stdout):  # the help of commands goes where their data goes
            result = root().main(args, prog_name="rpkpy", standalone_mode=False, obj=context)
        context.stdout.flush()
        if result == ExitCode.INTERRUPTED:  # Typer turns Ctrl-C into this code
            raise KeyboardInterrupt
        return int(result) if isinstance(result, int) else ExitCode.OK
    except BrokenPipeError:
        return _broken_pipe()
    except SystemExit as error:  # Click's way with a reader that went away, even when it is not to exit
        if isinstance(error.__context__, BrokenPipeError):
            return _broken_pipe()
        raise
    except (KeyboardInterrupt, typer.Abort):
        context.stderr.write("Interrupted.\n")  # no error: it is how a watch is ended
        context.stderr.flush()
        return ExitCode.INTERRUPTED
    except RpkpyError as error:
        return report(context, error)
    except usage_error as error:
        return report_usage(context, error)
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        reason = error.strerror or str(error) or type(error).__name__
        return report(context, RpkpyError(f"{named}{reason}.", cause=f"The operating system said {error!r}."))
    except Exception as error:
        fix = "This is a bug in rpkpy: run again with -v and report the traceback."
        return report(context, RpkpyError(f"Unexpected {type(error).__name__}: {error}", fix=fix), error)


def _broken_pipe() -> int:
    """The reader of standard output went away (`| head`): say nothing more, as a Unix program dies of SIGPIPE."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    return 141
