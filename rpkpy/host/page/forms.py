"""Forms of the page: read within bounds, and what they mean."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from rpkpy.errors import InvalidError
from rpkpy.host.rejection import Rejected

if TYPE_CHECKING:
    from starlette.datastructures import FormData
    from starlette.requests import Request
    from starlette.types import Message

_TIMEOUT_S = 30.0
_FIELDS = 20


@asynccontextmanager
async def reading(request: "Request", most_bytes: int) -> "AsyncIterator[FormData]":
    """The form in the request's body. Raises Rejected: 413 for a larger one, 400 for what is none, 408."""
    form = await _read(request, most_bytes)
    try:
        yield form
    finally:
        await form.close()


async def _read(request: "Request", most_bytes: int) -> "FormData":
    from starlette.exceptions import HTTPException
    from starlette.formparsers import MultiPartException
    from starlette.requests import ClientDisconnect
    from starlette.requests import Request as Bounded

    left = most_bytes

    async def receive() -> "Message":
        nonlocal left
        message = await request.receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise MultiPartException("too large")  # which makes the parser let go of what it has
        return message

    try:
        async with asyncio.timeout(_TIMEOUT_S):
            form = Bounded(request.scope, receive).form(max_files=1, max_fields=_FIELDS, max_part_size=most_bytes)
            return await form
    except TimeoutError as error:
        raise Rejected(408, f"The form did not arrive within {_TIMEOUT_S:g} s.") from error
    except (HTTPException, MultiPartException, ClientDisconnect) as error:
        if left < 0:
            raise Rejected(413, f"The form is larger than {most_bytes // 1024} KiB.") from error
        raise Rejected(400, "The form cannot be read.") from error


def text(form: "FormData", name: str) -> str:
    """A field's text; empty where it is not there."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def variables(written: str) -> dict[str, str]:
    """KEY=VALUE lines. Raises InvalidError."""
    found: dict[str, str] = {}
    for number, line in enumerate(written.replace("\r\n", "\n").split("\n")):
        if not line.strip():
            continue
        key, equals, value = line.partition("=")
        if not equals or not key.strip():
            raise InvalidError(f"Line {number + 1} of the variables is not KEY=VALUE.")
        found[key.strip()] = value
    return found


def lines(environment: Mapping[str, str]) -> str:
    """What `variables` reads."""
    return "\n".join(f"{key}={value}" for key, value in environment.items())
