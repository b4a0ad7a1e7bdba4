"""Modules by URL: one GET, bounded in size and time; nothing is written to disk."""

import asyncio
import hashlib
import re

import httpx  # noqa: TID253  # imported by commands inside their function alone

from rpkpy.errors import InvalidError, RefusedError, UnreachableError, UsageError
from rpkpy.redpanda import event_loop
from rpkpy.redpanda.refusals import message_of
from rpkpy.text import printable
from rpkpy.trust import system_context
from rpkpy.version import __version__

MAX_BYTES = 10 * 1024 * 1024
TIMEOUT_S = 60.0
_CONNECT_TIMEOUT_S = 5.0
_MAX_REDIRECTS = 5
_PIN = "#sha256="


def is_url(text: str) -> bool:
    """Whether `text` names a module by http or https."""
    return text.lower().startswith(("http://", "https://"))


def fetch(url: str, *, max_bytes: int = MAX_BYTES, timeout_s: float = TIMEOUT_S) -> bytes:
    """The bytes at `url`; where it ends in `#sha256=SUM` they have that sum.

    Raises UnreachableError, RefusedError (a status that is no success), InvalidError (more than `max_bytes`, or another
    sum) and UsageError (not a URL, or no sum). Redirects are followed, never from https to http.
    """
    address, _, pin = url.partition(_PIN)
    if pin and not re.fullmatch(r"[0-9a-fA-F]{64}", pin):
        raise UsageError(f"{url} ends in no SHA-256.", fix="Write #sha256= and 64 hexadecimal digits.")
    content = event_loop.run(_fetch(address, max_bytes, timeout_s))
    found = hashlib.sha256(content).hexdigest()
    if pin and found != pin.lower():
        raise InvalidError(
            f"{address} is not the file that was named.",
            cause=f"Its sha256 is {found}, not {pin.lower()}.",
            fix="Do not deploy it; ask who changed it.",
        )
    return content


async def _fetch(url: str, max_bytes: int, timeout_s: float) -> bytes:
    timeout = httpx.Timeout(timeout_s, connect=_CONNECT_TIMEOUT_S)
    headers = {"User-Agent": f"rpkpy/{__version__}", "Accept-Encoding": "identity"}
    try:
        async with (
            asyncio.timeout(timeout_s),
            httpx.AsyncClient(timeout=timeout, headers=headers, trust_env=False, verify=system_context()) as client,
        ):
            target = httpx.URL(url)
            for _ in range(_MAX_REDIRECTS + 1):
                async with client.stream("GET", target) as response:
                    if not response.is_redirect:
                        return await _body(response, max_bytes)
                following = target.join(response.headers["Location"])
                if target.scheme == "https" and following.scheme != "https":
                    raise RefusedError(f"unable to fetch {url}: it redirects from https to {following.scheme}.")
                target = following
            raise RefusedError(f"unable to fetch {url}: more than {_MAX_REDIRECTS} redirects.")
    except TimeoutError:
        raise UnreachableError(f"unable to fetch {url}: not complete within {timeout_s:g} s.") from None
    except httpx.InvalidURL as error:
        raise UsageError(f"{url} is not a URL: {error}.") from error
    except httpx.UnsupportedProtocol as error:
        raise RefusedError(f"unable to fetch {url}: {error}.") from error
    except (httpx.HTTPError, OSError) as error:
        raise UnreachableError(
            f"unable to fetch {url}.", cause=str(error) or type(error).__name__, fix="Check the address, or try again."
        ) from error


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    if not response.is_success:
        said = bytearray()
        async for chunk in response.aiter_raw():
            said += chunk
            if len(said) > 4096:
                break
        raise RefusedError(
            f"unable to fetch {response.url}: status {response.status_code} {response.reason_phrase}.",
            cause=message_of(bytes(said)) or None,
            fix="Check the address.",
        )
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise RefusedError(
            f"unable to fetch {response.url}: it comes packed ({printable(encoding)[:40]}), which was not asked for.",
            fix="Name an address that serves the module as it is.",
        )
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > max_bytes:
            raise InvalidError(
                f"{response.url} is larger than {max_bytes} bytes.",
                cause="That is the largest module a cluster takes (data_transforms_binary_max_size).",
            )
    return bytes(content)
