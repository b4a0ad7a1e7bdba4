"""The file of users: read, refused, followed."""

from pathlib import Path

import pytest

from rpkpy.errors import ConfigError
from rpkpy.host.access import users
from rpkpy.host.access.credentials import Password, Token
from rpkpy.host.access.users import User, Users
from tests.cli.harness import Cli

ANN = User("ann", True, Password.of("correct horse", log2_n=2, parallel=1))
CI = User("ci", False, Token.made(2_000_000_000)[1])


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "users"
    users.write(path, {"ann": ANN, "ci": CI})
    assert users.read(path) == {"ann": ANN, "ci": CI}
    assert path.stat().st_mode & 0o777 == 0o600
    assert "correct" not in path.read_text()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_that_others_can_read_or_change(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "users"
    users.write(path, {"ann": ANN})
    path.chmod(mode)
    with pytest.raises(ConfigError, match="Others can read or change") as caught:
        users.read(path)
    assert "chmod 600" in (caught.value.fix or "")


@pytest.mark.parametrize(
    "line",
    [
        "ann superuser",
        f"ann admin {ANN.secret}",
        f"a:nn user {ANN.secret}",
        f"ann user {ANN.secret} more",
        "ann user secret",
        f"ann user {ANN.secret}\nann superuser {ANN.secret}",
        "\0",
        "\udcff",
    ],
)
def test_lines_that_are_no_user(tmp_path: Path, line: str) -> None:
    path = tmp_path / "users"
    path.touch(0o600)
    path.write_bytes(b"# users\n\n" + line.encode("utf-8", "surrogateescape") + b"\n")
    with pytest.raises(ConfigError, match=r"Line [34] of .* is no user") as caught:
        users.read(path)
    assert str(ANN.secret) not in f"{caught.value} {caught.value.cause}"


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        users.read(tmp_path / "none")
    assert "rpkpy host user add" in (caught.value.fix or "")


def test_a_change_is_followed_and_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    now = [0.0]
    path = tmp_path / "users"
    users.write(path, {"ann": ANN})
    followed = Users(path, lambda: now[0])
    users.write(path, {"ann": ANN, "ci": CI})
    assert set(followed.all()) == {"ann"}
    now[0] += 2
    assert set(followed.all()) == {"ann", "ci"}
    for broken in ("nonsense\n", None):
        if broken is None:
            path.unlink()
        else:
            path.write_text(broken)
        now[0] += 2
        assert set(followed.all()) == {"ann", "ci"}
    users.write(path, {"ci": CI})
    now[0] += 2
    assert set(followed.all()) == {"ci"}


def test_the_commands(cli: Cli) -> None:
    file = ("--admin-users", "users")
    added = cli("host", "user", "add", "ann", "--superuser", "--password-stdin", *file, stdin=b"correct horse\n")
    assert (added.code, added.stdout) == (0, "")
    token = cli("host", "user", "add", "ci", "--token", "--expires-days", "2", *file)
    assert token.code == 0
    found = users.read(cli.cwd / "users")
    assert isinstance(found["ann"].secret, Password)
    assert found["ann"].secret.fits("correct horse")
    assert found["ann"].superuser
    assert isinstance(found["ci"].secret, Token)
    assert not found["ci"].superuser
    listed = cli("host", "user", "list", *file)
    assert listed.stdout.splitlines()[1].split() == ["ann", "superuser", "password", "-"]
    assert listed.stdout.splitlines()[2].split()[:3] == ["ci", "user", "token"]
    assert all(str(user.secret) not in listed.stdout for user in found.values())
    assert cli("host", "user", "delete", "ann", *file).code == 0
    assert set(users.read(cli.cwd / "users")) == {"ci"}
    assert "has no user 'ann'" in cli("host", "user", "delete", "ann", *file).err


@pytest.mark.parametrize(
    ("arguments", "stdin", "words"),
    [
        (["ann", "--password-stdin"], b"short\n", "8 characters or more"),
        (["ann", "--password-stdin"], b"", "8 characters or more"),
        (["ann", "--password-stdin"], b"x" * 5_000, "1024 bytes at most"),
        (["ann", "--password-stdin"], b"\xff" * 10, "not UTF-8"),
        (["ann"], b"", "--password-stdin"),
        (["a:b", "--token"], b"", "cannot be a user's name"),
        (["ann", "--token", "--password-stdin"], b"", "no password to read"),
        (["ann", "--password-stdin", "--expires-days", "3"], b"correct horse", "is for a --token"),
    ],
)
def test_what_cannot_be_added(cli: Cli, arguments: list[str], stdin: bytes, words: str) -> None:
    outcome = cli("host", "user", "add", *arguments, "--admin-users", "users", stdin=stdin)
    assert outcome.code == 2
    assert words in outcome.err
    assert not (cli.cwd / "users").exists()
