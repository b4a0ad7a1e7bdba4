"""A connection to one broker: requests out, responses in, in order; nothing waits longer than it was told to."""

import select
import socket
import ssl
import struct
import time
from collections import deque
from collections.abc import Sequence

from rpkpy.config import addresses
from rpkpy.config.settings import KafkaSettings, Tls
from rpkpy.errors import ConfigError, UnreachableError
from rpkpy.kafka import connection_failures
from rpkpy.kafka.wire.protocol import MAX_SMALL_RESPONSE_BYTES, Api, MalformedResponse, Reader, string
from rpkpy.trust import system_context

_HEAD = struct.Struct(">ii")  # size of what follows, correlation id
_REQUEST = struct.Struct(">ihhi")  # size of what follows, api key, api version, correlation id
_CORRELATION_BYTES = 4
_MAX_CORRELATION = 0x7FFF_FFFF
# Of one sendmsg; the kernel's own bound (IOV_MAX) is 1024.
_BUFFERS = 256

Buffer = bytes | bytearray | memoryview


class ConnectionLost(UnreachableError):
    """The broker could not be reached, ended the connection, or did not answer in time."""


class Connection:
    """A TCP connection, with TLS where the settings have it; `authentication.connect` makes one that may be used.

    After any exception it is closed. Used by one thread.
    """

    def __init__(self, host: str, port: int, settings: KafkaSettings, timeout_s: float) -> None:
        self.address = f"{host}:{port}"
        self._settings = settings
        self._name = string(settings.client_id)
        self._correlation = 0
        self._expected: deque[int] = deque()
        self._size_left = 0
        try:
            self._socket = plain = socket.create_connection((host.strip("[]"), port), timeout_s)
        except (OSError, UnicodeError) as error:
            raise self._lost(str(error)) from error
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            if settings.tls:
                self._socket = _context(settings.tls).wrap_socket(plain, server_hostname=host.strip("[]"))
        except OSError as error:  # ssl.SSLError is one
            plain.close()
            cause = str(error)
            if isinstance(error, ssl.SSLEOFError | ConnectionResetError):  # in librdkafka's words
                cause += ": connecting to a PLAINTEXT broker listener?"
            raise connection_failures.of(cause, settings) or self._lost(cause) from error
        except BaseException:
            plain.close()
            raise
        self._tls = isinstance(self._socket, ssl.SSLSocket)

    def fileno(self) -> int:
        """For select."""
        return self._socket.fileno()

    def close(self) -> None:
        """End it. May be called again."""
        self._socket.close()

    def send(self, api: Api, parts: Sequence[Buffer], timeout_s: float) -> None:
        """Send a request whose body is `parts`, one after the other."""
        key, version = api.value
        self._correlation = (self._correlation + 1) & _MAX_CORRELATION
        size = _REQUEST.size - 4 + len(self._name) + sum(map(len, parts))
        head = _REQUEST.pack(size, key, version, self._correlation) + self._name
        try:
            self._write([head, *parts], time.monotonic() + timeout_s)
        except OSError as error:
            raise self._lost(str(error)) from error
        except BaseException:
            self.close()
            raise
        self._expected.append(self._correlation)

    def _write(self, buffers: list[Buffer], deadline: float) -> None:
        if self._tls:
            for buffer in buffers:
                self._socket.settimeout(_left(deadline))
                self._socket.sendall(buffer)
            return
        views = [memoryview(buffer).cast("B") for buffer in buffers if len(buffer)]
        while views:
            self._socket.settimeout(_left(deadline))
            sent = self._socket.sendmsg(views[:_BUFFERS])
            while views and sent >= len(views[0]):
                sent -= len(views.pop(0))
            if sent:
                views[0] = views[0][sent:]

    def readable(self, wait_s: float) -> bool:
        """Whether a response (or the end of the connection) has begun to arrive, waiting up to `wait_s`."""
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        poll = select.poll()
        try:
            poll.register(self._socket, select.POLLIN)
        except ValueError as error:
            raise self._lost("The connection is closed.") from error
        return bool(poll.poll(max(0.0, wait_s) * 1000))

    def begin(self, most_bytes: int, timeout_s: float) -> int:
        """Begin the oldest request's response: the size of its body, which `read_into` then takes piece by piece.

        Raises MalformedResponse for one of more than `most_bytes`.
        """
        if not self._expected:
            raise RuntimeError("no response is expected")
        head = bytearray(_HEAD.size)
        self._size_left = len(head)
        self.read_into(memoryview(head), timeout_s)
        size, correlation = _HEAD.unpack(head)
        size -= _CORRELATION_BYTES
        if correlation != self._expected.popleft():
            raise self._malformed("It answers another request.")
        if not 0 <= size <= most_bytes:
            raise self._malformed(f"It says that it has {size} bytes; at most {most_bytes} can be right.")
        self._size_left = int(size)
        return self._size_left

    def read_into(self, view: memoryview, timeout_s: float) -> None:
        """Fill `view` with what comes next of the response that was begun."""
        if len(view) > self._size_left:
            raise self._malformed("It is cut short.")
        self._size_left -= len(view)
        deadline = time.monotonic() + timeout_s
        receive, done, size = self._socket.recv_into, 0, len(view)
        try:
            while done < size:
                self._socket.settimeout(_left(deadline))
                got = receive(view[done:])
                if not got:
                    raise self._lost("The broker ended the connection.")
                done += got
        except OSError as error:
            raise self._lost(str(error)) from error
        except BaseException:
            self.close()
            raise

    def receive(self, timeout_s: float) -> Reader:
        """The oldest request's response, whole: for all but a fetch's."""
        body = bytearray(self.begin(MAX_SMALL_RESPONSE_BYTES, timeout_s))
        self.read_into(memoryview(body), timeout_s)
        return Reader(body)

    def ask(self, api: Api, parts: Sequence[Buffer], timeout_s: float) -> Reader:
        """Send a request and wait for its response; nothing else may be under way."""
        self.send(api, parts, timeout_s)
        return self.receive(timeout_s)

    def _lost(self, cause: str) -> ConnectionLost:
        if hasattr(self, "_socket"):
            self.close()
        return ConnectionLost(f"The connection to the broker {self.address} is lost.", cause=cause)

    def _malformed(self, what: str) -> MalformedResponse:
        self.close()
        return MalformedResponse(what)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The broker did not answer in time.")
    return left


def parse_address(broker: str) -> tuple[str, int]:
    """Host and port of a broker as the settings name it. Raises ConfigError."""
    try:
        _, host, port = addresses.parse(broker)
    except addresses.BadAddress as error:
        raise ConfigError(f"{broker!r} is not a broker's address.", cause=str(error)) from None
    return host, port or addresses.KAFKA_PORT


def _context(tls: Tls) -> ssl.SSLContext:
    """What librdkafka does with the same settings. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=tls.ca_file) if tls.ca_file else system_context()
        if tls.insecure_skip_verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if tls.cert_file:
            context.load_cert_chain(tls.cert_file, tls.key_file)
    except OSError as error:
        raise ConfigError(
            "TLS cannot be set up.",
            cause=str(error),
            fix="Check -X tls.ca, -X tls.cert and -X tls.key: PEM files, the key that of the certificate.",
        ) from error
    return context
