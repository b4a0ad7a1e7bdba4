"""The files of a project that may decide what is compiled from it."""

import os
from collections.abc import Collection
from pathlib import Path

_HIDDEN_KEPT = {".cargo"}


def project_files(root: Path, leave_out: Collection[str] = ()) -> tuple[Path, ...]:
    """Every file below `root`, relative to it, sorted.

    Left out are modules (.wasm), hidden folders but .cargo, and the folders of the first level named in `leave_out`.
    Links to folders are not followed.
    """
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        not_here = leave_out if here == root else ()
        folders[:] = [
            name for name in folders if (not name.startswith(".") or name in _HIDDEN_KEPT) and name not in not_here
        ]
        files = (here / name for name in names)
        found.extend(path.relative_to(root) for path in files if path.suffix != ".wasm" and path.is_file())
    return tuple(sorted(found))
