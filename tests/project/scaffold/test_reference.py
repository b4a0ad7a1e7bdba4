"""How a template in a repository is written."""

import pytest

from rpkpy.errors import UsageError
from rpkpy.project.scaffold import reference
from rpkpy.project.scaffold.reference import Reference

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "url", "ref", "folder"),
    [
        ("https://host/org/repo.git@v1.2#sub/one", "https://host/org/repo.git", "v1.2", "sub/one"),
        ("https://host/org/repo", "https://host/org/repo", "", ""),
        ("git+https://host/r.git@feature/x#subdirectory=a", "https://host/r.git", "feature/x", "a"),
        ("https://me:secret@host/r.git@v1", "https://me:secret@host/r.git", "v1", ""),
        ("https://me@host/r.git", "https://me@host/r.git", "", ""),
        ("ssh://git@host:22/org/r.git@v1#a/", "ssh://git@host:22/org/r.git", "v1", "a"),
        ("git@host:org/r.git", "git@host:org/r.git", "", ""),
        ("git@host:org/r.git@v1#a", "git@host:org/r.git", "v1", "a"),
        (f"file:///srv/r.git@{COMMIT}", "file:///srv/r.git", COMMIT, ""),
        ("gh:org/repo@v1#a", "https://github.com/org/repo.git", "v1", "a"),
        ("gl:org/repo.git", "https://gitlab.com/org/repo.git", "", ""),
    ],
)
def test_references(text: str, url: str, ref: str, folder: str) -> None:
    assert reference.parse(text) == Reference(url, ref, folder)


@pytest.mark.parametrize("text", ["mine", "./mine", "/srv/mine@v1", "../a#b", "C:mine", "ext::sh -c id", "@v1", ""])
def test_folders(text: str) -> None:
    assert reference.parse(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "ext://sh -c id",
        "ftp://host/r.git",
        "fd://17/x",
        "https://host",
        "https://-oProxyCommand=id/r.git",
        "ssh://git@-oProxyCommand=id/r.git",
        "https://host/r.git@",
        "https://host/r.git@-x",
        "https://host/r.git@a:b",
        "https://host/r.git@a..b",
        "https://host/r.git@+a b",
        "https://host/r.git@v1#../x",
        "https://host/r.git@v1#a//b",
        "https://host/r.git@v1#a:b",
        "https://ho st/r.git",
        "https://host/r\n.git",
    ],
)
def test_what_no_reference_is(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        reference.parse(text)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://me:secret@host/r.git@v1#a", f"https://host/r.git@{COMMIT}#a"),
        ("https://token@host/r.git", f"https://host/r.git@{COMMIT}"),
        ("ssh://me:secret@host:22/r.git", f"ssh://host:22/r.git@{COMMIT}"),
        ("ssh://git@host:22/r.git", f"ssh://git@host:22/r.git@{COMMIT}"),
        ("git@host:r.git@v1", f"git@host:r.git@{COMMIT}"),
    ],
)
def test_secrets_are_not_in_what_is_written_down(text: str, shown: str) -> None:
    found = reference.parse(text)
    assert found is not None
    assert found.at(COMMIT) == shown
    again = reference.parse(shown)
    assert again is not None and again.is_commit and not found.is_commit
