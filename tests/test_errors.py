"""One test for each exit code, and one for the words of an error."""

import pytest

from rpkpy import errors
from rpkpy.errors import ExitCode, RpkpyError
from tests.cli.harness import Cli

EXPECTED = {
    ExitCode.OK: 0,
    ExitCode.FAILED: 1,
    ExitCode.USAGE: 2,
    ExitCode.INVALID: 3,
    ExitCode.AUTH: 4,
    ExitCode.UNREACHABLE: 5,
    ExitCode.REFUSED: 6,
    ExitCode.TOOLCHAIN: 7,
    ExitCode.DRIFT: 8,
    ExitCode.INTERRUPTED: 130,
}


@pytest.mark.parametrize("code", list(ExitCode))
def test_code_is_as_documented(code: ExitCode) -> None:
    assert code == EXPECTED[code]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.RpkpyError, ExitCode.FAILED),
        (errors.UsageError, ExitCode.USAGE),
        (errors.ConfigError, ExitCode.USAGE),
        (errors.ProjectError, ExitCode.USAGE),
        (errors.InvalidError, ExitCode.INVALID),
        (errors.AuthError, ExitCode.AUTH),
        (errors.UnreachableError, ExitCode.UNREACHABLE),
        (errors.RefusedError, ExitCode.REFUSED),
        (errors.ToolchainError, ExitCode.TOOLCHAIN),
        (errors.BuildError, ExitCode.FAILED),
        (errors.GuestError, ExitCode.FAILED),
        (errors.LocalError, ExitCode.FAILED),
        (errors.DriftError, ExitCode.DRIFT),
        (KeyboardInterrupt, ExitCode.INTERRUPTED),
        (ValueError, ExitCode.FAILED),
    ],
)
def test_raised_by_a_command_ends_with_its_code(
    kind: type[BaseException], code: ExitCode, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise kind("it went wrong")

    monkeypatch.setattr("rpkpy.cli.version.emit", fail)
    outcome = cli("version")
    assert outcome.code == code
    assert outcome.out == b""
    assert "Traceback" not in outcome.err
    assert outcome.err.startswith("Interrupted." if code == ExitCode.INTERRUPTED else "Error: ")


def test_error_prints_cause_and_fix_and_no_control_character(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RpkpyError("went\x1b[31m wrong\nsecond", cause="because", fix="do this")

    monkeypatch.setattr("rpkpy.cli.version.emit", fail)
    outcome = cli("version")
    assert outcome.err == "Error: went\\x1b[31m wrong\n  second\nCause: because\nFix: do this\n"


def test_verbose_shows_the_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise RpkpyError("went wrong")

    monkeypatch.setattr("rpkpy.cli.version.emit", fail)
    assert "Traceback" in cli("version", "-v").err


def test_missing_extra_names_the_extra() -> None:
    error = errors.MissingExtraError("The local cluster", "local")
    assert error.fix == 'pip install "rpkpy[local]"'
    assert error.exit_code == ExitCode.USAGE
