"""The command tree, its help, its start-up, its behaviour off a terminal."""

import importlib.util
import keyword
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rpkpy.__main__ import run as run_process
from rpkpy.cli.commands import ROOT, Command, Group
from tests.cli.harness import Cli


def leaves(group: Group = ROOT, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Command]]:
    """Every command of the program with its path."""
    found: list[tuple[tuple[str, ...], Command]] = []
    for name, member in group.members.items():
        if isinstance(member, Group):
            found += leaves(member, (*path, name))
        else:
            found.append(((*path, name), member))
    return found


def run(*args: str, stdin: int | None = subprocess.DEVNULL, **env: str) -> subprocess.CompletedProcess[str]:
    """`python -m rpkpy ARGS` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "rpkpy", *args],
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **env},
        check=False,
    )


@pytest.mark.parametrize(("path", "command"), leaves(), ids=[" ".join(path) for path, _ in leaves()])
def test_every_command_stands_where_its_name_says_and_has_help(
    path: tuple[str, ...], command: Command, cli: Cli
) -> None:
    parts = [f"{part}_" if keyword.iskeyword(part) else part.replace("-", "_") for part in path]
    assert command.module == ".".join(["rpkpy.cli", *parts])
    outcome = cli(*path, "--help")
    assert outcome.code == 0
    assert outcome.err == ""
    text = outcome.stdout
    assert text.index("Examples:") < text.index("Usage:") < text.index("Global options:")
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    "args", [[], ["--help"], ["-h"], ["help"], ["transform"], ["help", "transform"], ["wasm", "-h"]]
)
def test_group_help(args: list[str], cli: Cli) -> None:
    outcome = cli(*args)
    assert (outcome.code, outcome.err) == (0, "")
    assert "Commands:" in outcome.stdout


def test_group_help_after_global_options_is_the_same(cli: Cli) -> None:
    assert cli("-v", "transform", "--help").out == cli("transform", "--help").out


@pytest.mark.parametrize("alias", ["container", "wasm", "transfrom"])
def test_aliases_reach_their_group(alias: str, cli: Cli) -> None:
    assert cli(alias, "--help").code == 0


def test_a_typo_is_answered_with_the_near_name(cli: Cli) -> None:
    outcome = cli("transform", "biuld")
    assert outcome.code == 2
    assert "'build'" in outcome.err
    assert "Fix: rpkpy transform --help" in outcome.err


@pytest.mark.parametrize(
    "args", [["nope"], ["version", "--nope"], ["version", "extra"], ["--config"], ["version", "--format", "xml"]]
)
def test_bad_usage_is_exit_2_on_stderr(args: list[str], cli: Cli) -> None:
    outcome = cli(*args)
    assert outcome.code == 2
    assert outcome.out == b""
    assert outcome.err.startswith("Error: ")


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["transform", "--help"]])
def test_help_and_version_import_nothing_heavy(args: list[str]) -> None:
    code = (
        f"import sys; sys.argv = ['rpkpy', *{args!r}]; from rpkpy.__main__ import run; code = run(); "
        "heavy = {'httpx', 'wasmtime', 'confluent_kafka', 'jinja2', 'rich', 'ruamel', 'typer', 'asyncio'}; "
        "found = heavy & set(sys.modules); assert not found, found; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("path", "command"), leaves(), ids=[" ".join(path) for path, _ in leaves()])
def test_no_command_module_imports_anything_heavy(path: tuple[str, ...], command: Command) -> None:
    code = (
        f"import sys, {command.module}; "
        "heavy = {'httpx', 'wasmtime', 'confluent_kafka', 'jinja2', 'rich', 'ruamel', 'asyncio', 'starlette'}; "
        "found = heavy & set(sys.modules); assert not found, found"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_version_flag_and_command_agree(cli: Cli) -> None:
    done = run("--version")
    assert done.returncode == 0
    version = done.stdout.split()[1]
    assert f'"rpkpy":"{version}"' in cli("version", "--format", "JSON").stdout


def test_format_help_shows_the_shape(cli: Cli) -> None:
    assert cli("version", "--format", "help").stdout.startswith("{\n  rpkpy: string\n")


def test_version_with_libraries(cli: Cli) -> None:
    assert "wasmtime" not in cli("version").stdout
    assert "wasmtime" in cli("version", "-v").stdout


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    shell = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m rpkpy --help | true; {sys.executable} -m rpkpy version | true"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert shell.stderr == ""


def test_ctrl_c_before_anything_runs_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("gc.disable", lambda: None)  # this process goes on
    monkeypatch.setattr("rpkpy.cli.main.main", interrupted)
    monkeypatch.setattr(sys, "argv", ["rpkpy", "version"])
    assert run_process() == 130
    assert capsys.readouterr().err == "Interrupted.\n"


# answered before any import, written by rpkpy, written while Click runs the command
@pytest.mark.parametrize("args", [["--version"], ["--help"], ["version"]])
def test_a_reader_that_went_away_is_exit_141(args: list[str]) -> None:
    command = [sys.executable, "-m", "rpkpy", *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (141, b"")


@pytest.mark.parametrize("args", ["--version", "--help", "version"])
def test_a_full_disk_is_an_error_and_no_traceback(args: str) -> None:
    shell = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m rpkpy {args} >/dev/full"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (shell.returncode, shell.stderr.splitlines()[0]) == (1, "Error: No space left on device.")
    assert "Traceback" not in shell.stderr


def test_a_deleted_folder_is_no_traceback(tmp_path: Path) -> None:
    gone = f"mkdir {tmp_path}/gone; cd {tmp_path}/gone; rmdir {tmp_path}/gone; {sys.executable} -m rpkpy"
    for args, code in (("version", 0), ("transform build", 2)):
        shell = subprocess.run(
            ["sh", "-c", f"{gone} {args}"],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (shell.returncode, "Traceback" in shell.stderr) == (code, False), shell.stderr


@pytest.mark.parametrize("args", ["--help", "version"])
@pytest.mark.parametrize("fd", [0, 1, 2])
def test_a_closed_stream_is_no_traceback(fd: int, args: str) -> None:
    shell = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m rpkpy {args} {fd}>&-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in shell.stderr
    if fd == 1:  # what was asked for cannot be said
        assert (shell.returncode, shell.stderr.splitlines()[0]) == (1, "Error: Bad file descriptor.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_completion_script_names_the_variable_that_answers(shell: str, cli: Cli) -> None:
    outcome = cli("completion", shell)
    assert outcome.code == 0
    assert "_RPKPY_COMPLETE" in outcome.stdout


def test_completion_of_an_unknown_shell(cli: Cli) -> None:
    assert cli("completion", "tcsh").code == 2


def test_completion_answers_with_commands() -> None:
    done = run(_RPKPY_COMPLETE="complete_bash", COMP_WORDS="rpkpy transform de", COMP_CWORD="2")
    assert done.returncode == 0
    assert {"deploy", "delete"} <= set(done.stdout.split())
    assert all(word.startswith("de") for word in done.stdout.split())


@pytest.mark.parametrize(
    ("words", "answer"), [("--language pyth", ["python"]), ("--lang c --pattern mask", ["masking"])]
)
def test_completion_answers_with_values(words: str, answer: list[str]) -> None:
    line = f"rpkpy transform init {words}"
    done = run(_RPKPY_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1))
    assert (done.returncode, done.stdout.split()) == (0, answer)


def test_every_registered_module_exists() -> None:
    missing = [command.module for _, command in leaves() if importlib.util.find_spec(command.module) is None]
    assert missing == []


@pytest.mark.parametrize(
    ("env", "args", "colored"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"FORCE_COLOR": "1"}, ["--no-color"], False),
        ({"NO_COLOR": ""}, [], False),
    ],
)
def test_colour(env: dict[str, str], args: list[str], colored: bool, cli: Cli) -> None:
    assert ("\x1b[" in cli("version", "--format", "xml", *args, env=env).err) is colored


def test_flags_from_before_x_count_less_than_x(cli: Cli) -> None:
    """rpk's hidden ones: a command line written years ago still leads to its cluster."""
    timeout = ["-X", "globals.command_timeout=1s"]
    outcome = cli("transform", "list", "--hosts", "127.0.0.9:1", *timeout)
    assert (outcome.code, "127.0.0.9:1" in outcome.err) == (5, True)
    outcome = cli("transform", "--api-urls=127.0.0.9:1", "list", "-X", "admin.hosts=127.0.0.8:1", *timeout)
    assert (outcome.code, "127.0.0.8:1" in outcome.err) == (5, True)
    outcome = cli("transform", "list", "--admin-url", "127.0.0.9:1", "--admin-api-tls-enabled", *timeout)
    assert "https://127.0.0.9:1" in outcome.err
    assert "--admin-url" not in cli("transform", "list", "--help").stdout


def test_every_old_flag_names_a_key() -> None:
    from rpkpy.cli.old_flags import OLD_FLAGS
    from rpkpy.config import keys

    assert all(keys.find(key) for _, key, _ in OLD_FLAGS)
