"""Fetches the archive of a Debian source package with apt, whatever suite the machine itself runs.

apt works in a folder of its own here: the machine's lists and settings stay as they are. Whoever asks for an archive
checks its sum.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from rpkpy.errors import BuildError

Run = Callable[[Sequence[str], Path], None]
"""Runs a command in a folder. BuildError when it fails, with what it printed."""

_WRITE_SITES = """apt-get indextargets --format '$(SITE)' 'Created-By: Packages' > "$1\""""
_KEYS = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def fetch(package: str, suite: str, folder: Path, run: Run) -> None:
    """Leave the files of the source package `package` (`NAME=VERSION`) of `suite` in the empty `folder`.

    BuildError when there is no apt, when it knows no archive of Debian, or when it cannot fetch.
    """
    sites = folder / "sites"
    run(("sh", "-c", _WRITE_SITES, "sh", str(sites)), folder)
    site = _archive(sites.read_text(encoding="utf-8"))
    state = folder / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (state / name).mkdir(parents=True)
    signed = f"[signed-by={_KEYS}] " if _KEYS.is_file() else ""
    (state / "sources.list").write_text(f"deb-src {signed}{site} {suite} main\n", encoding="utf-8")
    options = (
        *("-q", "-o", f"Dir::Etc::sourcelist={state / 'sources.list'}", "-o", "Dir::Etc::sourceparts=/dev/null"),
        *("-o", f"Dir::State::lists={state / 'lists'}", "-o", f"Dir::Cache={state / 'cache'}"),
        *("-o", "APT::Sandbox::User=root"),
    )
    run(("apt-get", *options, "update"), folder)
    run(("apt-get", *options, "source", "--download-only", package), folder)


def _archive(sites: str) -> str:
    """The address of Debian's archive that this machine uses."""
    for site in sites.splitlines():
        if site.rstrip("/").endswith("/debian"):
            return site
    raise BuildError("apt knows no archive of Debian here.")
