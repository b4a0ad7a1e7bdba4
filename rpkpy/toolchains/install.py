"""Installs a release archive into rpkpy's cache: fetched, its sum checked, unpacked aside, moved into place."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from rpkpy.archive import Bounds, unpack
from rpkpy.errors import InvalidError, ToolchainError, UnreachableError, UsageError
from rpkpy.toolchains import tinygo
from rpkpy.trust import system_context

if TYPE_CHECKING:
    import httpx

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
_MAX_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16


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
        fetch(url, archive, expected.lower(), progress, bounds)
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


def fetch(url: str, to: Path, sha256: str, progress: Callable[[int, int | None], None], bounds: Bounds) -> None:
    """Write what `url` answers to the file `to`, when its sum is `sha256`.

    Redirects go to http and https alone, and never from https back to http. Raises UnreachableError when the server
    gives no whole answer, InvalidError when the answer is too large or has another sum.
    """
    import httpx

    deadline = time.monotonic() + bounds.seconds
    try:
        with httpx.Client(follow_redirects=False, timeout=30.0, verify=system_context()) as client:
            response = _open(client, url)
            try:
                digest = _save(response, to, deadline, progress, bounds)
            finally:
                response.close()
    except httpx.HTTPError as error:
        cause = str(error) or type(error).__name__
        raise UnreachableError(f"{url} could not be fetched.", cause=cause, fix=_BY_HAND) from error
    if digest != sha256:
        raise InvalidError(
            "The archive is not what it should be; nothing was installed.",
            cause=f"Its sha256 is {digest}, not {sha256}.",
            fix="Try again; if it stays so, the server or something on the way to it sends another file.",
        )


_BY_HAND = "Check the network, or install TinyGo by hand: https://tinygo.org/getting-started/install"


def _open(client: "httpx.Client", url: str) -> "httpx.Response":
    """The answer to a GET of `url` with its body unread, redirects followed."""
    import httpx

    try:
        target = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UsageError(f"{url} is no address.", cause=str(error)) from error
    for _ in range(_MAX_REDIRECTS + 1):
        if target.scheme not in ("http", "https") or not target.host:
            raise UsageError(f"{target} is no http or https address.")
        response = client.send(
            client.build_request("GET", target, headers={"Accept-Encoding": "identity"}), stream=True
        )
        if not response.is_redirect:
            if response.status_code != 200:
                response.close()
                reason = f"The server answered {response.status_code} {response.reason_phrase}".rstrip()
                raise UnreachableError(f"{target} could not be fetched.", cause=f"{reason}.", fix=_BY_HAND)
            return response
        response.close()
        following = target.join(response.headers["location"])
        if following.scheme not in ("http", "https") or (target.scheme == "https" and following.scheme == "http"):
            raise InvalidError(f"{target} redirects to {following}, which rpkpy does not follow.")
        target = following
    raise UnreachableError(f"{url} could not be fetched.", cause=f"It redirects more than {_MAX_REDIRECTS} times.")


def _save(
    response: "httpx.Response",
    to: Path,
    deadline: float,
    progress: Callable[[int, int | None], None],
    bounds: Bounds,
) -> str:
    """Write the body to `to`; its sha256 in hex."""
    length = response.headers.get("content-length", "")
    total = int(length) if length.isdecimal() and len(length) < 16 else None
    digest = hashlib.sha256()
    done = 0
    with to.open("wb") as file:
        # raw: what a transfer encoding hides is not what the sum was made of
        for chunk in response.iter_raw(_CHUNK_BYTES):
            done += len(chunk)
            if done > bounds.archive_bytes:
                raise InvalidError(f"The archive is larger than {bounds.archive_bytes:,} bytes, so it was not taken.")
            if time.monotonic() > deadline:
                raise UnreachableError("The archive did not come in time.", cause=f"{done:,} bytes came.", fix=_BY_HAND)
            digest.update(chunk)
            file.write(chunk)
            progress(done, total)
    return digest.hexdigest()
