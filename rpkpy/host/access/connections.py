"""HTTP connections that cannot be held: deadlines for heads, requests and handshakes, and a share for each address.

uvicorn has none of them: a connection that sends nothing, or a byte now and then, would keep its place for ever.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol  # noqa: TID253  # imported by the host's service alone

HEAD_S = 10.0
"""From the connection, or the first byte after an answer, to the end of the next request's head."""
REQUEST_S = 120.0
"""From a request's head to the end of the answer: bodies and what the host does have shorter bounds of their own."""
HANDSHAKE_S = 10.0
MOST_CONNECTIONS = 64
MOST_OF_ONE_ADDRESS = 24
"""So that one client leaves room for others. Loopback is one address for everybody, and is not counted."""
MOST_HEAD_BYTES = 16 * 1024


class Bounded(H11Protocol):
    """A connection with a deadline at all times."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline: asyncio.TimerHandle | None = None
        self._serving: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait(HEAD_S)
        address = self.client[0] if self.client else ""
        same = sum(1 for each in self.connections if _address(each) == address)
        if same > MOST_OF_ONE_ADDRESS and not _is_local(address):
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came; only a whole head moves the deadline."""
        super().data_received(data)
        self._renew()

    def on_response_complete(self) -> None:
        """Wait for the next request: uvicorn's own time to keep an idle connection holds from here."""
        super().on_response_complete()
        self._stop()
        if not self.transport.is_closing():
            self._wait(max(HEAD_S, float(self.timeout_keep_alive)))
            self._renew()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        super().connection_lost(exc)
        self._stop()

    def _renew(self) -> None:
        cycle: Any = self.cycle  # None before the first
        if cycle is not None and cycle is not self._serving and not cycle.response_complete:
            self._serving = cycle
            self._stop()
            self._wait(REQUEST_S)

    def _wait(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Loop(asyncio.SelectorEventLoop):
    """An event loop whose servers wait HANDSHAKE_S for a TLS handshake; asyncio's default is a minute."""

    async def create_server(self, *args: Any, **kwargs: Any) -> asyncio.Server:
        """As asyncio's own."""
        if kwargs.get("ssl") is not None:
            kwargs |= {"ssl_handshake_timeout": HANDSHAKE_S, "ssl_shutdown_timeout": HANDSHAKE_S}
        return await super().create_server(*args, **kwargs)


def _address(connection: Any) -> str:
    client = getattr(connection, "client", None)
    return str(client[0]) if client else ""


def _is_local(address: str) -> bool:
    return address == "::1" or address.startswith("127.")
