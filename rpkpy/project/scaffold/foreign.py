"""Templates that are not rpkpy's, opened: a folder as it is, a repository's fetched for as long as it is needed."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rpkpy.errors import ProjectError
from rpkpy.project.scaffold import fetching, reading, reference
from rpkpy.project.scaffold.model import Origin, Template


@dataclass(frozen=True, slots=True)
class Opened:
    """Templates, where they came from (None: they are rpkpy's own), and what a person should know of them."""

    templates: tuple[Template, ...]
    origin: Origin | None = None
    remarks: tuple[str, ...] = ()


@contextmanager
def opened(
    given: str, *, cwd: Path, environ: Mapping[str, str], say: Callable[[str], None] = lambda line: None
) -> Iterator[Opened]:
    """The templates at `given`, a folder or a git reference; they can be rendered inside the block.

    Raises what fetching.fetch raises, UsageError for no reference, ProjectError for a template that is wrong.
    """
    wanted = reference.parse(given)
    if wanted is None:
        folder = (cwd / given).resolve()
        if not folder.is_dir():
            raise ProjectError(f"There is no folder {given}.", fix="Name a template's folder, or URL@TAG#FOLDER.")
        yield Opened(reading.load_foreign(folder, given), Origin(given))
        return
    with tempfile.TemporaryDirectory(prefix="rpkpy-template-") as name:
        folder = Path(name).resolve() / (wanted.folder.rpartition("/")[2] or "template")
        folder.mkdir()
        fetched = fetching.fetch(wanted, folder, environ=environ, say=say)
        origin = Origin(wanted.at(fetched.commit), fetched.ref, fetched.commit)
        yield Opened(reading.load_foreign(folder, origin.template), origin, tuple(_remarks(wanted, fetched, origin)))


def _remarks(wanted: reference.Reference, fetched: fetching.Fetched, origin: Origin) -> Iterator[str]:
    if fetched.branch:
        yield (
            f"{fetched.ref} is a branch, which moves on; it is at {fetched.commit} now.\n"
            f"Pinned, the template is {origin.template}"
        )
    if wanted.url.lower().startswith("http://"):
        yield "The template came over plain HTTP: whoever is on the way could have changed it."
