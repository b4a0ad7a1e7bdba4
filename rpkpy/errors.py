"""The exception tree of rpkpy and its exit codes.

    RpkpyError                     1
    ├── UsageError                 2   arguments that cannot be meant
    ├── ConfigError                2   rpk.yaml, profiles, -X, environment variables
    │   └── MissingExtraError      2   a Python package of an extra is not installed
    ├── ProjectError               2   transform.yaml, project files, templates
    ├── InvalidError               3   a module, a record or a test did not pass
    ├── AuthError                  4   credentials are missing, wrong or expired
    ├── UnreachableError           5   no answer: refused, reset, timed out
    ├── RefusedError               6   the cluster answered no
    ├── ToolchainError             7   a compiler or runtime is missing or too old
    ├── BuildError                 1   a compiler ran and failed
    ├── GuestError                 1   a module trapped, exited or ran out of a limit
    ├── LocalError                 1   the local cluster could not do what was asked
    └── DriftError                 8   what is deployed differs from what was asked for

Every error meant for a user says what went wrong, why, and what to do next.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the `rpkpy` command, one for each kind of outcome."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INVALID = 3
    AUTH = 4
    UNREACHABLE = 5
    REFUSED = 6
    TOOLCHAIN = 7
    DRIFT = 8
    INTERRUPTED = 130


class RpkpyError(Exception):
    """An error meant for a user: what went wrong, why (`cause`), and what to do next (`fix`)."""

    exit_code: ExitCode = ExitCode.FAILED

    def __init__(self, message: str, *, cause: str | None = None, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.fix = fix


class UsageError(RpkpyError):
    """Arguments that cannot be meant."""

    exit_code = ExitCode.USAGE


class ConfigError(RpkpyError):
    """rpk.yaml, profiles, -X overrides or environment variables that cannot be used."""

    exit_code = ExitCode.USAGE


class MissingExtraError(ConfigError):
    """A command needs Python packages of an extra that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs packages that are not installed.",
            cause=f"They belong to the extra `{extra}`, which a plain install leaves out.",
            fix=f'pip install "rpkpy[{extra}]"',
        )


class ProjectError(RpkpyError):
    """A transform project (transform.yaml, its files, its template) that cannot be used."""

    exit_code = ExitCode.USAGE


class InvalidError(RpkpyError):
    """A module, a record or a test did not pass."""

    exit_code = ExitCode.INVALID


class AuthError(RpkpyError):
    """Credentials are missing, wrong or expired."""

    exit_code = ExitCode.AUTH


class UnreachableError(RpkpyError):
    """A server gave no answer: refused, reset, timed out."""

    exit_code = ExitCode.UNREACHABLE


class RefusedError(RpkpyError):
    """A server answered, and the answer was no."""

    exit_code = ExitCode.REFUSED


class ToolchainError(RpkpyError):
    """A compiler or runtime is missing or too old."""

    exit_code = ExitCode.TOOLCHAIN


class BuildError(RpkpyError):
    """A compiler ran and failed."""


class GuestError(RpkpyError):
    """A module trapped, exited or ran out of one of its limits."""


class LocalError(RpkpyError):
    """The local cluster could not do what was asked."""


class DriftError(RpkpyError):
    """What is deployed differs from what was asked for."""

    exit_code = ExitCode.DRIFT
