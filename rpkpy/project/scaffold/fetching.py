"""Fetches one folder of a repository at one commit, and executes nothing of it.

Nothing is checked out: the files are read from git's objects and written here, so there are no links, hooks, filters,
submodules or line endings to change on the way.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rpkpy.errors import ProjectError, UsageError
from rpkpy.project.scaffold import paths
from rpkpy.project.scaffold.git import Git
from rpkpy.project.scaffold.reference import Reference

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head")
_FETCHED = "refs/rpkpy/template"
# The lines of `git ls-tree -r -l` and of `git ls-remote --symref`.
_ENTRY = re.compile(r"(?P<mode>[0-7]{6}) (?P<kind>\w+) (?P<object>[0-9a-f]{40}) +(?P<size>\d+|-)\t(?P<path>.+)")
_REF = re.compile(r"([0-9a-f]{40}|ref: (?P<branch>\S+))\t(?P<name>\S+)")


@dataclass(frozen=True, slots=True)
class Fetched:
    """The commit that came, and the name it has there: of a branch, which may move on, or of what does not."""

    commit: str
    ref: str
    branch: bool


def fetch(reference: Reference, to: Path, *, environ: Mapping[str, str], say: Callable[[str], None]) -> Fetched:
    """Write the reference's folder into the folder `to`.

    Raises ToolchainError without git, AuthError, UnreachableError, UsageError for what the repository does not have,
    ProjectError for one that is too large or holds anything but files.
    """
    with tempfile.TemporaryDirectory(prefix="rpkpy-git-") as folder:
        git = Git(Path(folder), reference, environ, say)
        fetched = _resolve(git, reference)
        _write(git, f"{fetched.commit}:{reference.folder}", to)
        return fetched


def _resolve(git: Git, reference: Reference) -> Fetched:
    """Fetch what the reference names, and nothing before it in the history where the host can do so."""
    if reference.is_commit:
        return Fetched(_fetch_commit(git, reference), reference.ref, branch=False)
    wanted = [f"refs/tags/{reference.ref}", f"refs/heads/{reference.ref}"] if reference.ref else ["HEAD"]
    names: dict[str, str] = {}

    def listed(line: str) -> None:
        if (found := _REF.fullmatch(line)) and found["name"] in wanted:
            names.setdefault(found["name"], "")
            names[found["name"]] = found["branch"] or names[found["name"]]

    git.run("ls-remote", "--symref", "--", reference.url, *wanted, each=listed)
    name = next((name for name in wanted if name in names), None)
    if name is None:
        raise _no_such_ref(reference)
    _fetch(git, reference.url, f"+{name}:{_FETCHED}")
    branch = (names[name] or name).removeprefix("refs/heads/")
    return Fetched(_commit(git, _FETCHED), reference.ref or branch, branch=not name.startswith("refs/tags/"))


def _no_such_ref(reference: Reference) -> UsageError:
    if not reference.ref:
        return UsageError(f"{reference.shown_url} is empty.", fix="Name a tag or a branch: REPOSITORY@TAG.")
    short = re.fullmatch("[0-9a-f]{7,39}", reference.ref)
    fix = "Write the whole commit, 40 digits." if short else f"git ls-remote {reference.shown_url} lists them."
    return UsageError(f"{reference.shown_url} has no tag or branch {reference.ref!r}.", fix=fix)


def _fetch(git: Git, url: str, refspec: str) -> None:
    try:
        git.run(*_FETCH, "--depth=1", "--", url, refspec)
    except ProjectError as error:
        if "shallow" not in (error.cause or ""):  # a host of plain files cannot leave out the history
            raise
        git.run(*_FETCH, "--", url, refspec)


def _fetch_commit(git: Git, reference: Reference) -> str:
    try:
        _fetch(git, reference.url, f"+{reference.ref}:{_FETCHED}")
    except ProjectError:  # the host gives out what has a name alone, or has no such commit
        git.run(*_FETCH, "--", reference.url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    return _commit(git, reference.ref)


def _commit(git: Git, name: str) -> str:
    found: list[str] = []
    try:
        git.run("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}", each=found.append)
    except ProjectError as error:
        raise UsageError("There is no such commit in the repository.", cause=error.cause) from error
    return found[-1]


def _write(git: Git, tree: str, to: Path) -> None:
    """Write the files of a tree below `to`; ProjectError, before anything is written, for what is no file."""
    files: list[tuple[str, int, PurePosixPath]] = []
    size = 0

    def listed(line: str) -> None:
        nonlocal size
        entry = _ENTRY.fullmatch(line)
        if entry is None or entry["path"].startswith('"') or "\ufffd" in entry["path"]:
            raise ProjectError(f"The repository holds what no template can: {line}.")
        if entry["kind"] != "blob" or entry["mode"] == "120000":
            what = "a symbolic link" if entry["mode"] == "120000" else "a submodule"
            raise ProjectError(f"The repository holds {what}: {entry['path']}.", cause="A template is made of files.")
        size += int(entry["size"])
        paths.check_amount(len(files) + 1, size)
        path = paths.below(PurePosixPath(entry["path"]))
        files.append((entry["object"], 0o755 if int(entry["mode"], 8) & 0o111 else 0o644, path))

    try:
        git.run("ls-tree", "-r", "-l", "--full-tree", "--end-of-options", tree, each=listed)
    except ProjectError as error:
        if not re.search("Not a valid object name|not a tree object", error.cause or ""):
            raise
        raise UsageError(
            f"The repository has no folder {tree.partition(':')[2]!r}.", fix="It follows the `#`."
        ) from None
    contents = git.blobs([name for name, _, _ in files])
    for (_, mode, path), content in zip(files, contents, strict=True):
        target = to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        target.chmod(mode)
