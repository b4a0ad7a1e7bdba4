"""Clients that take their time, or send more than is asked for: on real sockets, with the host's own server."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx  # noqa: TID253
import pytest
from starlette.applications import Starlette  # noqa: TID253
from starlette.requests import Request  # noqa: TID253
from starlette.responses import PlainTextResponse, Response  # noqa: TID253
from starlette.routing import Route  # noqa: TID253

from rpkpy.host.access import connections, listening
from rpkpy.host.access.listening import ServerTls
from tests.fakes.certificates import Authority
from tests.host.harness import eventually, served

HEAD = b"GET /quick HTTP/1.1\r\nHost: 127.0.0.1\r\n"


async def quick(request: Request) -> Response:
    return PlainTextResponse("quick")


async def body(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server as the host has it, with other endpoints."""
    app = Starlette(routes=[Route("/quick", quick), Route("/body", body, methods=["POST"])])
    with served(app, tls) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server whose deadlines are short enough to wait for."""
    monkeypatch.setattr(connections, "HEAD_S", 2.0)
    monkeypatch.setattr(connections, "REQUEST_S", 3.0)
    with serving() as port:
        yield port


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=15)


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side ends it, within the socket's timeout."""
    try:
        while connection.recv(65_536):
            pass
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False
    return True


def dripped(connection: socket.socket, part: bytes) -> bool:
    """Send `part` again and again, ten times a second; whether the other side put an end to it within 15 s."""
    connection.settimeout(0.1)
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            connection.sendall(part)
            if connection.recv(65_536) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def answered(connection: socket.socket) -> bool:
    """Whether a whole answer comes; head and body may come apart."""
    got = b""
    while not got.endswith(b"quick"):
        part = connection.recv(65_536)
        if not part:
            return False
        got += part
    return True


def answers(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/quick", trust_env=False, timeout=10).status_code == 200


def test_silence_is_ended(port: int) -> None:
    with connected(port) as connection:
        assert is_closed(connection)


def test_a_head_that_drips_is_ended(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /quick HTTP/1.1\r\nX-Long: ")
        assert dripped(connection, b"x")


def test_a_body_that_drips_is_ended(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"POST /body HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n")
        assert dripped(connection, b"x")


def test_a_body_that_nobody_wants_is_not_waited_for(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"POST /unknown HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 404")
        assert dripped(connection, b"x")


def test_requests_one_after_the_other_keep_their_connection(port: int) -> None:
    with connected(port) as connection:
        for _ in range(6):
            connection.sendall(HEAD + b"\r\n")
            assert answered(connection)
            time.sleep(0.5)  # longer than a head's deadline in all


def test_many_slow_clients_do_not_keep_others_out(port: int) -> None:
    held = [connected(port) for _ in range(connections.MOST_CONNECTIONS + 20)]
    try:
        for connection in held:
            connection.sendall(HEAD)
        assert eventually(lambda: answers(port), 15)
    finally:
        for connection in held:
            connection.close()


def test_heads_are_bounded(port: int) -> None:
    with connected(port) as connection:
        assert dripped(connection, b"GET /" + b"x" * 4_000)


def test_no_client_takes_all_places(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an address that is not loopback's is treated, where one stands for one client."""
    monkeypatch.setattr(connections, "_is_local", lambda address: False)
    monkeypatch.setattr(connections, "HEAD_S", 60.0)
    held = [connected(port) for _ in range(connections.MOST_OF_ONE_ADDRESS + 8)]
    try:
        assert all(is_closed(connection) for connection in held[connections.MOST_OF_ONE_ADDRESS :])
        held[0].sendall(HEAD + b"\r\n")
        assert answered(held[0])
    finally:
        for connection in held:
            connection.close()


def test_a_handshake_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(connections, "HANDSHAKE_S", 1.0)
    server = Authority(tmp_path, "ca").issue("server")
    with serving(listening.context(ServerTls(server.cert, server.key))) as port, connected(port) as connection:
        connection.sendall(b"\x16\x03\x01")
        assert is_closed(connection)
