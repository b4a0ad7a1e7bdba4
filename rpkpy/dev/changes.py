"""Which parts of a project have changed: by content, so that neither a touched file nor a build of our own counts."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from rpkpy.errors import MissingExtraError, RpkpyError
from rpkpy.project import project as projects
from rpkpy.project.fixtures.model import FOLDER
from rpkpy.project.manifest import FILE_NAME

SOURCES, CASES = "sources", "cases"
"""What a change asks for: a build, or the tests and samples alone."""

EVERYTHING = frozenset((SOURCES, CASES))
# A burst of writes is one change: it is over when nothing has been written for so long.
_QUIET_MS = 25
_LONGEST_BURST_MS = 400
_MAX_HASHED_BYTES = 64 * 1024 * 1024


class Changes:
    """The changes of the project in `root`. Raises MissingExtraError where the extra `watch` is not installed."""

    def __init__(self, root: Path) -> None:
        try:
            import watchfiles
        except ImportError as error:
            raise MissingExtraError("rpkpy transform dev", "watch") from error
        self._root = root
        self._watching = watchfiles.watch(
            root,
            watch_filter=lambda _change, name: self._matters(Path(name)),
            debounce=_LONGEST_BURST_MS,
            step=_QUIET_MS,
            rust_timeout=100,
            yield_on_timeout=True,
        )
        next(self._watching)  # it has begun: what changes from here on is seen
        self._seen = self._state()

    def __iter__(self) -> Iterator[frozenset[str]]:
        """For each burst of changes what it asks for; an empty set now and then, while nothing happens."""
        for written in self._watching:
            yield self._changed() if written else frozenset()

    def _changed(self) -> frozenset[str]:
        before, self._seen = self._seen, self._state()
        return frozenset(part for part in EVERYTHING if before[part] != self._seen[part])

    def _matters(self, path: Path) -> bool:
        """Whether a build could depend on it: hidden files and modules are our own, or somebody's cache."""
        inside = path.relative_to(self._root).parts if path.is_relative_to(self._root) else path.parts
        return path.suffix != ".wasm" and not any(part.startswith(".") and part != ".cargo" for part in inside)

    def _state(self) -> dict[str, str]:
        return {SOURCES: self._sources(), CASES: _hash(self._root, self._cases())}

    def _sources(self) -> str:
        """The hash of transform.yaml and of the sources; of the manifest alone where it does not say the language."""
        said = _hash(self._root, [self._root / FILE_NAME])
        try:
            project = projects.load(self._root)
            return said + project.source_hash(project.toolchain())
        except (RpkpyError, OSError):  # a file that went away meanwhile, or a manifest in the middle of an edit
            return said + _hash(self._root, sorted(path for path in self._root.glob("*") if self._matters(path)))

    def _cases(self) -> list[Path]:
        folders = (self._root / FOLDER, self._root / "samples")
        return sorted(path for folder in folders for path in folder.rglob("*") if self._matters(path))


def _hash(root: Path, paths: list[Path]) -> str:
    digest = hashlib.sha256()
    left = _MAX_HASHED_BYTES
    for path in paths:
        try:
            if not path.is_file() or (left := left - path.stat().st_size) < 0:
                continue
            content = path.read_bytes()
        except OSError:
            continue
        digest.update(f"{path.relative_to(root)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
