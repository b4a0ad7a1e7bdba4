"""Fetches a file whose sum is known from an address, bounded in size and time."""

import hashlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.archive import Bounds
from rpkpy.errors import InvalidError, UnreachableError, UsageError
from rpkpy.trust import system_context

if TYPE_CHECKING:
    import httpx

_MAX_REDIRECTS = 5
_CHUNK_BYTES = 1 << 16

Progress = Callable[[int, int | None], None]
"""Takes the bytes that came, and how many there are if the server says so."""


def fetch(
    url: str,
    to: Path,
    sha256: str,
    bounds: Bounds,
    *,
    fix: str,
    progress: Progress = lambda done, total: None,
) -> None:
    """Write what `url` answers to the file `to`, when its sum is `sha256`.

    Redirects go to http and https alone, and never from https back to http. Raises UnreachableError, whose advice is
    `fix`, when the server gives no whole answer, InvalidError when the answer is too large or has another sum, and
    UsageError for what is no address.
    """
    import httpx

    deadline = time.monotonic() + bounds.seconds
    try:
        with httpx.Client(follow_redirects=False, timeout=30.0, verify=system_context()) as client:
            response = _open(client, url, fix)
            try:
                digest = _save(response, to, deadline, progress, bounds, fix)
            finally:
                response.close()
    except httpx.HTTPError as error:
        cause = str(error) or type(error).__name__
        raise UnreachableError(f"{url} could not be fetched.", cause=cause, fix=fix) from error
    if digest != sha256:
        raise InvalidError(
            "The archive is not what it should be; nothing was installed.",
            cause=f"Its sha256 is {digest}, not {sha256}.",
            fix="Try again; if it stays so, the server or something on the way to it sends another file.",
        )


def _open(client: "httpx.Client", url: str, fix: str) -> "httpx.Response":
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
                raise UnreachableError(f"{target} could not be fetched.", cause=f"{reason}.", fix=fix)
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
    progress: Progress,
    bounds: Bounds,
    fix: str,
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
                raise UnreachableError("The archive did not come in time.", cause=f"{done:,} bytes came.", fix=fix)
            digest.update(chunk)
            file.write(chunk)
            progress(done, total)
    return digest.hexdigest()
