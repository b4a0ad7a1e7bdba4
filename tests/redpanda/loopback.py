"""A real HTTP server on loopback that answers what a test tells it and keeps what it was asked."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; `path` is not decoded."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """An answer: str and bytes bodies go out as they are, everything else as JSON.

    `closed` ends the connection without an answer, `hung` gives none for as long as the server runs; `cut` sends that
    much less than announced, or more where it is negative; `trickle_s` waits before each byte of the body.
    """

    status: int = 200
    body: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    closed: bool = False
    hung: bool = False
    cut: int = 0
    trickle_s: float = 0.0

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Loopback:
    """The server: `address` is host:port, `asked` what came so far; it speaks TLS with a context for it."""

    def __init__(self, answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.reads_bodies = True  # a proxy may answer without having read what it is sent
        self.answer = answer
        self.closing = threading.Event()
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:  # the client went away, which some tests are about
                    self.close_connection = True

            def do(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length) if loopback.reads_bodies else b""
                asked = Asked(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                loopback.asked.append(asked)
                reply = loopback.answer(asked)
                if reply.hung:
                    loopback.closing.wait()
                if reply.closed or reply.hung:
                    self.close_connection = True
                    return
                content = reply.content
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if reply.trickle_s:
                    for byte in content:
                        if loopback.closing.wait(reply.trickle_s):
                            break
                        self.wfile.write(bytes([byte]))
                else:
                    self.wfile.write((content + b"x" * -reply.cut)[: len(content) - reply.cut])
                if reply.cut or reply.trickle_s or not loopback.reads_bodies:
                    self.close_connection = True
                if not loopback.reads_bodies:  # closing at once would take the answer away with a reset
                    self.wfile.flush()
                    self.connection.shutdown(socket.SHUT_WR)
                    self.rfile.read(length)

            do_GET = do_POST = do_PUT = do_DELETE = do

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """End, whatever is under way; may be called again."""
        if self.closing.is_set():
            return
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def serving(answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    """A running server."""
    server = Loopback(answer, tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def always(*args: Any, **kwargs: Any) -> Callable[[Asked], Reply]:
    """The same answer to everything."""
    return lambda asked: Reply(*args, **kwargs)


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    """One answer after the other, the last one for all that follow."""
    left = list(replies)
    return lambda asked: left.pop(0) if len(left) > 1 else left[0]


def after(seconds: float, reply: Reply) -> Callable[[Asked], Reply]:
    """A late answer."""

    def answer(asked: Asked) -> Reply:
        time.sleep(seconds)
        return reply

    return answer
