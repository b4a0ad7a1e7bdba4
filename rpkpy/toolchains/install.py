"""Installs a release archive into rpkpy's cache: fetched, its sum checked, unpacked aside, moved into place."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rpkpy import download
from rpkpy.archive import Bounds, unpack
from rpkpy.errors import InvalidError, ToolchainError, UsageError
from rpkpy.toolchains import tinygo

RELEASES = "https://github.com/tinygo-org/tinygo/releases/download"

# sha256 of tinygo0.34.0.PLATFORM.tar.gz, as rpk's buildpack pins them.
TINYGO_SHA256 = {
    "linux-amd64": "8acd27a39090e1e5c3ca341e81350f813ec6a02bf8090c4fc7c4b1afd4186341",
    "linux-arm64": "a84b5134dc5144a494e3b7e78579536aca34c77951ddd0b19c300209d8b541e1",
    "darwin-amd64": "451c51a080b3b64d1ac99906840478f712ac62bbf7e1e9bc55ddd04e3730455e",
    "darwin-arm64": "6a9bae4e57aaf8bf814cd62df6d527d402394eca59257b2bb1dddd3bcb3a51a7",
}

_MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_BOUNDS = Bounds()
_BY_HAND = "Check the network, or install TinyGo by hand: https://tinygo.org/getting-started/install"


@dataclass(frozen=True, slots=True)
class Installed:
    """A toolchain in the cache."""

    name: str
    version: str
    path: str
    already: bool


def platform_key(system: str, machine: str) -> str:
    """`linux-amd64` and the like, from platform.system() and platform.machine()."""
    return f"{system.lower()}-{_MACHINES.get(machine.lower(), machine.lower())}"


def install_tinygo(
    cache: Path,
    *,
    platform: str,
    base_url: str = RELEASES,
    version: str = tinygo.VERSION,
    sha256: str | None = None,
    progress: Callable[[int, int | None], None] = lambda done, total: None,
    bounds: Bounds = _BOUNDS,
) -> Installed:
    """Install TinyGo's release `version` for `platform`; nothing to do when it is there.

    The archive is `base_url/vVERSION/tinygoVERSION.PLATFORM.tar.gz`. `sha256` is needed for a version whose sum rpkpy
    does not know. Raises UnreachableError or InvalidError; the cache then holds what it held before.
    """
    expected = sha256 or (TINYGO_SHA256.get(platform) if version == tinygo.VERSION else None)
    if not PurePosixPath(version).name == version or version.startswith("."):
        raise UsageError(f"{version!r} is no version.")
    if expected is None:
        known = ", ".join(sorted(TINYGO_SHA256))
        raise ToolchainError(
            f"rpkpy does not know the sum of TinyGo {version} for {platform}.",
            cause=f"It knows {tinygo.VERSION} for {known}.",
            fix="Pass --sha256 with the sum that the release's page shows.",
        )
    home = tinygo.installed(cache) / version
    binary = home / "tinygo" / "bin" / "tinygo"
    if binary.is_file():
        return Installed("tinygo", version, str(binary), True)
    url = f"{base_url.rstrip('/')}/v{version}/tinygo{version}.{platform}.tar.gz"
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".install-", dir=home.parent))
    except OSError as error:
        raise ToolchainError(f"{home.parent} cannot be written.", cause=error.strerror) from error
    try:
        archive = staging / "archive.tar.gz"
        download.fetch(url, archive, expected.lower(), bounds, fix=_BY_HAND, progress=progress)
        unpack(archive, staging / "unpacked", bounds)
        if not (staging / "unpacked" / "tinygo" / "bin" / "tinygo").is_file():
            raise InvalidError("The archive holds no tinygo/bin/tinygo.", cause=f"It came from {url}.")
        if home.exists():  # a half-made one from before
            shutil.rmtree(home)
        (staging / "unpacked").rename(home)
    except OSError as error:
        raise ToolchainError("TinyGo could not be installed.", cause=str(error)) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return Installed("tinygo", version, str(binary), False)
