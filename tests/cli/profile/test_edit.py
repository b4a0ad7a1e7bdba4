"""`rpkpy profile edit` and `edit-globals`, with editors that are small programs."""

import re
import stat
import tempfile
from pathlib import Path

import pytest

from tests.cli.harness import Cli, Outcome


class Editor:
    """An editor that puts a given text in the place of what it is shown, and keeps that."""

    def __init__(self, cli: Cli) -> None:
        self.cli = cli
        self.script = cli.home / "my editor"
        self.saw = cli.home / "saw"

    def __call__(self, *args: str, text: str | None = None, code: int = 0) -> Outcome:
        """Run `profile ARGS`; the editor writes `text` (None: leaves it)."""
        write = "" if text is None else f"cat > \"$1\" <<'END'\n{text}\nEND\n"
        self.script.write_text(
            f'#!/bin/sh\ncat "$1" > "{self.saw}"\nstat -c "%a" "$1" "$(dirname "$1")" > "{self.saw}.modes"\n{write}'
            f"exit {code}\n"
        )
        self.script.chmod(0o755)
        return self.cli("profile", *args, env={"EDITOR": f"'{self.script}'", "VISUAL": ""})


@pytest.fixture
def editor(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Editor:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return Editor(cli)


def run(editor: Editor, *args: str, text: str | None = None, code: int = 0) -> tuple[int, str, str]:
    outcome = editor(*args, text=text, code=code)
    return outcome.code, outcome.stdout, outcome.err


def test_edit(cli: Cli, file: Path, editor: Editor) -> None:
    before = file.read_bytes()
    assert run(editor, "edit", "p2") == (0, 'Profile "p2" updated successfully.\n', "")
    assert file.read_bytes() == before
    assert "password: hush" in editor.saw.read_text()
    assert Path(f"{editor.saw}.modes").read_text() == "600\n700\n"
    code, _, _ = run(editor, "edit", text="name: p1\ndescription: new  # mine\nkafka_api: {brokers: [h3:3]}")
    assert code == 0
    assert "description: new # mine\n" in file.read_text()
    assert "hush" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_edit_can_rename(cli: Cli, file: Path, editor: Editor) -> None:
    assert run(editor, "edit", text="name: p7")[1] == (
        'Profile "p1" updated successfully and renamed to "p7".\nCurrent profile has been updated to "p7".\n'
    )
    assert cli("profile", "current").stdout == "p7\n"


@pytest.mark.parametrize("text", ["name: [", "kafka_api: {brokers: ['a b']}", "- a", "name: p2"])
def test_a_text_that_cannot_be_used_is_kept(file: Path, editor: Editor, text: str) -> None:
    before = file.read_bytes()
    code, out, err = run(editor, "edit", text=text)
    assert (code, out) == (2, "")
    assert file.read_bytes() == before
    kept = re.search(r"kept in (\S+)\.$", err, re.MULTILINE)
    assert kept is not None
    assert Path(kept[1]).read_text() == text + "\n"


def test_an_editor_that_fails_or_is_not_there(cli: Cli, file: Path, editor: Editor, tmp_path: Path) -> None:
    before = file.read_bytes()
    code, _, err = run(editor, "edit", text="name: x", code=3)
    assert (code, "exit code 3" in err) == (2, True)
    outcome = cli("profile", "edit", env={"EDITOR": "no-such-editor", "VISUAL": ""})
    assert (outcome.code, "Name an editor" in outcome.err) == (2, True)
    assert file.read_bytes() == before
    assert list(tmp_path.glob("rpkpy-*")) == []


def test_edit_globals(cli: Cli, editor: Editor) -> None:
    assert run(editor, "edit-globals", text="dial_timeout: 7s") == (
        0,
        "Global configurations updated successfully.\n",
        "",
    )
    assert editor.saw.read_text().startswith("prompt: ''\nno_default_cluster: false\n")
    assert "dial_timeout: 7s\n" in cli("profile", "print-globals").stdout
    code, _, err = run(editor, "edit-globals", text="dial_timeout: soon")
    assert (code, "not a duration" in err) == (2, True)
    assert "dial_timeout: 7s\n" in cli("profile", "print-globals").stdout
