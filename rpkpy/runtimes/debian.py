"""Where mirrors of Debian's archive have the files of a source package, whatever system this is.

A file is fetched by its address alone, without apt and its lists; whoever asks for one knows its sum.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from rpkpy.errors import BuildError

Run = Callable[[Sequence[str], Path], None]
"""Runs a command in a folder. BuildError when it fails, with what it printed."""

MIRROR = "RPKPY_DEBIAN_MIRROR"
"""The variable that names a mirror of Debian's archive, for machines whose apt knows none."""

_WRITE_SITES = (
    f'if [ -n "${MIRROR}" ]; then echo "${MIRROR}"; '
    "elif command -v apt-get >/dev/null; then apt-get indextargets --format '$(SITE)' 'Created-By: Packages'; "
    'fi > "$1"'
)
# What an archive of a distribution is called, and the part of it that has packages like ours (policy manual, 2.2).
_COMPONENTS = {"debian": "main", "ubuntu": "universe"}


def addresses(package: str, file: str, folder: Path, run: Run) -> list[str]:
    """Where `file` of the source package `package` (`NAME=VERSION`) may be, in order; `folder` is for scratch.

    That is in the mirror that RPKPY_DEBIAN_MIRROR names, else in those that apt uses here; BuildError without any.
    """
    sites = folder / "sites"
    run(("sh", "-c", _WRITE_SITES, "sh", str(sites)), folder)
    found = [f"{site}/{_path(site, package, file)}" for site in _archives(sites.read_text(encoding="utf-8"))]
    if not found:
        raise BuildError("No mirror of Debian's archive is known here.")
    return found


def _archives(sites: str) -> list[str]:
    """The archives of whole distributions among the addresses; one alone, as a variable names it, is taken as it is."""
    known = [site.strip().rstrip("/") for site in sites.splitlines()]
    known = [site for site in dict.fromkeys(known) if site.startswith(("http://", "https://"))]
    return known if len(known) == 1 else [site for site in known if site.rpartition("/")[2] in _COMPONENTS]


def _path(site: str, package: str, file: str) -> str:
    """Where an archive keeps a source package: pool/COMPONENT/PREFIX/NAME/, the prefix of a library being longer."""
    name = package.partition("=")[0]
    prefix = name[:4] if name.startswith("lib") else name[0]
    return f"pool/{_COMPONENTS.get(site.rpartition('/')[2], 'main')}/{prefix}/{name}/{file}"
