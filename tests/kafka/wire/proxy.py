"""A TCP proxy in front of a broker, which knows requests from responses and can spoil either."""

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka.wire.protocol import Api, int32, string

_SIZE = struct.Struct(">i")


class Cut(Exception):
    """End the connection, after sending `data` to the client."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data


Spoil = Callable[[Api, bytes], bytes | None]
"""(call, response with its size and correlation id before it) -> what the client gets; None: nothing. May raise Cut."""


class Proxy:
    """Forwards to `broker`. `spoil` is asked about every response, in whatever thread."""

    def __init__(self, broker: str) -> None:
        self.spoil: Spoil = lambda _, frame: frame
        self.connections = 0
        host, _, port = broker.rpartition(":")
        self._broker = host, int(port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        # Brokers say where they are: what they say leads here instead.
        self._theirs, self._ours = (string(host) + int32(number) for number in (int(port), self.port))
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """End everything."""
        for one in (self._listener, *self._sockets):
            _end(one)

    def cut(self) -> None:
        """End the connections that there are."""
        for one in list(self._sockets):
            _end(one)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                broker = socket.create_connection(self._broker)
                self._sockets += [client, broker]
                calls: deque[Api] = deque()
                for target in (self._requests, self._responses):
                    threading.Thread(target=target, args=(client, broker, calls), daemon=True).start()

    def _requests(self, client: socket.socket, broker: socket.socket, calls: "deque[Api]") -> None:
        with contextlib.suppress(OSError):
            while frame := _frame(client):
                key = int.from_bytes(frame[4:6], "big")
                calls.append(next(api for api in Api if api.value[0] == key))
                broker.sendall(frame)
        _end(broker)

    def _responses(self, client: socket.socket, broker: socket.socket, calls: "deque[Api]") -> None:
        with contextlib.suppress(OSError):
            try:
                while frame := _frame(broker):
                    given = self.spoil(calls.popleft(), frame.replace(self._theirs, self._ours))
                    client.sendall(given or b"")
            except Cut as cut:
                client.sendall(cut.data)
        _end(client)


def _frame(source: socket.socket) -> bytes:
    """The next request or response with its size; empty at the end."""
    head = _exactly(source, _SIZE.size)
    return head + _exactly(source, _SIZE.unpack(head)[0]) if head else b""


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = source.recv(size - len(data))
        if not part:
            return b""
        data += part
    return data


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextlib.contextmanager
def proxied(kafka: KafkaSettings) -> Iterator[tuple[Proxy, KafkaSettings]]:
    """A proxy before the first broker of `kafka`, and the settings that lead to it."""
    proxy = Proxy(kafka.brokers[0])
    try:
        yield proxy, replace(kafka, brokers=(f"127.0.0.1:{proxy.port}",), request_overhead_s=1.0, dial_timeout_s=1.0)
    finally:
        proxy.close()
