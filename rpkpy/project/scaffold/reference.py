"""How a template in a git repository is written: `URL[@REF][#FOLDER]`, or a folder's path where it is none of these.

https://host/org/repo.git@v1.2#folder    http, ssh and file too; `git+` before it is taken (pip, copier)
git@host:org/repo.git@v1.2               ssh, as git itself is given it
gh:org/repo@v1.2                         also gl: and bb: (cookiecutter, copier, cargo-generate)

REF is a tag, a branch or a whole commit: what follows the path's last `@` (one in the path itself is `%40`).
"""

import re
from dataclasses import dataclass

from rpkpy.errors import UsageError

SCHEMES = ("https", "ssh", "file", "http")
_HOSTS = {"gh": "https://github.com/", "gl": "https://gitlab.com/", "bb": "https://bitbucket.org/"}
_URL = re.compile(r"(?P<start>(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/]*)/)(?P<path>.+)")
_SHORT = re.compile(rf"(?P<start>(?P<scheme>{'|'.join(_HOSTS)}):)(?P<path>[^/:].*)")
_SCP = re.compile(r"(?P<start>(?P<host>\w[\w.-]*@\w[\w.-]*):)(?P<path>[^:].*)")
_COMMIT = re.compile(r"[0-9a-f]{40}")
# What git check-ref-format refuses in a name.
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|^[-/.]|[/.]$|\.lock$|^$")
_NO_URL = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Reference:
    """A folder of a repository at a tag, a branch or a commit; `ref` is empty for what the repository gives out."""

    url: str
    ref: str
    folder: str

    @property
    def is_commit(self) -> bool:
        """Whether `ref` is a whole commit."""
        return _COMMIT.fullmatch(self.ref) is not None

    @property
    def secret(self) -> str:
        """What the URL holds before its host, where that may be a password: it is never shown or written down."""
        found = _URL.fullmatch(self.url)
        user = found["host"].rpartition("@")[0] if found else ""
        return user if found and (found["scheme"] != "ssh" or ":" in user) else ""

    @property
    def shown_url(self) -> str:
        """The URL without that."""
        return self.url.replace(f"{self.secret}@", "", 1) if self.secret else self.url

    def at(self, commit: str) -> str:
        """The reference to the same folder at a commit, for people."""
        return f"{self.shown_url}@{commit}" + (f"#{self.folder}" if self.folder else "")


def parse(text: str) -> Reference | None:
    """The reference that `text` is, None where it is a folder's path; UsageError where it cannot be used."""
    head, _, folder = text.removeprefix("git+").partition("#")
    found = _URL.fullmatch(head) or _SHORT.fullmatch(head) or _SCP.fullmatch(head)
    if found is None:
        if "://" in head:
            raise UsageError(_NONE, fix=_FIX)
        return None
    path, at, ref = found["path"].rpartition("@")
    if not at:
        path, ref = found["path"], ""
    elif _NO_REF.search(ref):
        raise UsageError(f"{ref!r} cannot be a tag, a branch or a commit.", cause="git allows no such name.", fix=_FIX)
    start = found["start"]
    if found.re is _SHORT:
        start, path = _HOSTS[found["scheme"]], f"{path.removesuffix('.git')}.git"
    elif found.re is _URL and found["scheme"].lower() not in SCHEMES:
        raise UsageError(
            f"A template cannot come by {found['scheme']}://.", fix=f"Use one of {', '.join(SCHEMES)}, or a folder."
        )
    if _NO_URL.search(start + path) or (found.re is _URL and found["host"].rpartition("@")[2].startswith("-")):
        raise UsageError(_NONE, fix=_FIX)
    return Reference(start + path, ref, _folder(folder))


_NONE = "This is no reference to a template."  # and what it is may hold a password
_FIX = "Write URL@TAG#FOLDER, such as https://host/org/repo.git@v1.2#folder; see docs/templates.md."


def _folder(fragment: str) -> str:
    folder = fragment.removeprefix("subdirectory=").strip("/")
    if any(part in ("..", ".", "") for part in folder.split("/")[: len(folder)]) or _NO_REF.search(f"x{folder}x"):
        raise UsageError(f'"{fragment}" is no folder of a repository.', fix=_FIX)
    return folder
