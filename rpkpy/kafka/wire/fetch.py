"""One partition, fetched on: a request is always under way while what came before is worked on."""

import logging
import struct
import time
from collections.abc import Callable
from typing import NamedTuple

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import UnreachableError
from rpkpy.kafka.wire import errors
from rpkpy.kafka.wire.connection import Connection, ConnectionLost
from rpkpy.kafka.wire.incoming import Aborted, Survey, survey
from rpkpy.kafka.wire.leaders import Backoff, Leaders
from rpkpy.kafka.wire.protocol import Api, MalformedResponse, Reader, int8, int32, int64, string

logger = logging.getLogger("rpkpy.host")

MAX_BYTES = 1024 * 1024
"""What a fetch asks for; one batch that is larger comes whole."""

MAX_RESPONSE_BYTES = 128 * 1024 * 1024
"""Of one fetch. Brokers take no batch near it (socket.request.max.bytes is 100 MiB)."""

_MAX_WAIT_S = 0.5
_LONGEST_THROTTLE_S = 60.0
_COMMITTED = 1
_EARLIEST = -2
_NO_EPOCH = _NO_SESSION = _CONSUMER = -1
_ABORTED_BYTES = 16

# Of a response for one partition: throttle time, error, session, number of topics; then behind the topic's name the
# number of partitions, and of the partition its number, error, high watermark, last stable offset, first offset and
# the number of aborted transactions; behind these the preferred replica and the size of the records.
_TOP = struct.Struct(">ihii")
_PARTITION = struct.Struct(">iihqqqi")
_RECORDS = struct.Struct(">ii")
_ABORTED = struct.Struct(">qq")

Area = Callable[[int], memoryview]


class Fetched(NamedTuple):
    """What a fetch brought: batches from `offset` on, of which `view` holds whole ones. The first may begin earlier."""

    view: memoryview
    offset: int
    found: Survey


class Fetcher:
    """Fetches committed records of a partition from `offset` on. Used by one thread.

    Goes after leaders that move and connections that break, waiting a little longer each time, and begins at the
    first offset there is where records are gone that were not read yet.
    """

    def __init__(
        self, settings: KafkaSettings, topic: str, partition: int, offset: int, *, max_bytes: int = MAX_BYTES
    ) -> None:
        self._settings = settings
        self._topic = topic
        self._partition = partition
        self._max_bytes = max_bytes
        self._leaders = Leaders(settings)
        self._connection: Connection | None = None
        self._backoff = Backoff()
        self._asked: int | None = None
        self._answer_by = 0.0
        self._name = string(topic)
        self._head = memoryview(bytearray(_TOP.size + len(self._name) + _PARTITION.size))
        self._throttled_s = 0.0
        self._said: str | None = None
        self.offset = offset
        """Where the next batches begin."""
        self.high_watermark: int | None = None
        self.last_stable: int | None = None
        """The offset after the last record that is committed, as of the last fetch."""

    def poll(self, area: Area, wait_s: float) -> Fetched | None:
        """What comes next, put into what `area` gives for its size; None when nothing came within `wait_s`.

        The next fetch is under way when this returns. Raises AuthError, RefusedError, MalformedResponse and
        MalformedBatch; after them the next call connects anew.
        """
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fetched = self._poll(area, deadline)
                if fetched is not None:
                    return fetched
            except UnreachableError as error:
                self._drop()
                if isinstance(error, MalformedResponse):
                    raise
                self._say(f"{error.message} {error.cause or ''}")
            except BaseException:
                self._drop()
                raise
            if time.monotonic() >= deadline:
                return None

    def seek(self, offset: int) -> None:
        """Go on at `offset`. What is under way for another one is not waited for: at the end that takes its time."""
        if self._asked not in (None, offset):
            self._drop()
        self.offset = offset

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _poll(self, area: Area, deadline: float) -> Fetched | None:
        connection = self._connected(deadline)
        if connection is None:
            return None
        if self._asked is None:
            self._ask(connection)
        if not connection.readable(deadline - time.monotonic()):
            if time.monotonic() > self._answer_by:
                raise ConnectionLost(
                    f"The broker {connection.address} is not heard of any more.", cause="It did not answer a fetch."
                )
            return None
        return self._receive(connection, area)

    def _connected(self, deadline: float) -> Connection | None:
        """The connection to the leader; None where there is none before `deadline`."""
        if self._connection is not None:
            return self._connection
        wait_s = self._backoff.left_s()
        if wait_s > 0:
            time.sleep(min(wait_s, max(0.0, deadline - time.monotonic())))
            if self._backoff.left_s() > 0:
                return None
        self._backoff.failed()  # until an answer comes
        leader = self._leaders.of(self._topic, self._partition)
        if isinstance(leader, int):
            self._say(f"No broker leads it (error {leader}).")
            return None
        self._connection = self._leaders.connect(leader)
        return self._connection

    def _ask(self, connection: Connection) -> None:
        body = (
            int32(_CONSUMER) + int32(int(_MAX_WAIT_S * 1000)) + int32(1) + int32(self._max_bytes) + int8(_COMMITTED)
            + int32(0) + int32(_NO_SESSION)
            + int32(1) + self._name + int32(1)
            + int32(self._partition) + int32(_NO_EPOCH) + int64(self.offset) + int64(-1) + int32(self._max_bytes)
            + int32(0) + string("")
        )  # fmt: skip
        connection.send(Api.FETCH, [body], self._settings.request_overhead_s)
        self._asked = self.offset
        self._answer_by = time.monotonic() + _MAX_WAIT_S + self._throttled_s + self._settings.request_overhead_s

    def _receive(self, connection: Connection, area: Area) -> Fetched | None:
        timeout_s = self._settings.request_overhead_s
        left = connection.begin(MAX_RESPONSE_BYTES, timeout_s)
        self._asked = None
        if left < len(self._head):  # an error of the whole request
            answer = Reader(self._read(connection, left))
            answer.int32()  # throttle time
            code = answer.int16()
            if not code:
                raise MalformedResponse(f"It is not of {self._topic}, partition {self._partition}.")
            self._failed(code)
            return None
        connection.read_into(self._head, timeout_s)
        left -= len(self._head)
        aborted_count = self._check_head()
        if not aborted_count * _ABORTED_BYTES <= left - _RECORDS.size:
            raise MalformedResponse(f"It says that {aborted_count} aborted transactions follow.")
        listed = self._read(connection, aborted_count * _ABORTED_BYTES + _RECORDS.size)
        left -= len(listed)
        size = max(0, _RECORDS.unpack_from(listed, len(listed) - _RECORDS.size)[1])
        if size != left:
            raise MalformedResponse(f"Its records' size is {size}, and {left} bytes follow.")
        code = int(_PARTITION.unpack_from(self._head, _TOP.size + len(self._name))[2])
        if code:
            self._read(connection, left)
            self._failed(code)
            return None
        self._backoff.succeeded()
        self._said = None
        if not size:
            return None
        view = area(size)
        connection.read_into(view, timeout_s)
        aborted = [_ABORTED.unpack_from(listed, index * _ABORTED_BYTES) for index in range(aborted_count)]
        return self._take(connection, view, aborted)

    def _take(self, connection: Connection, view: memoryview, aborted: Aborted) -> Fetched:
        found = survey(view, aborted)
        if found.last_offset < self.offset:
            raise MalformedResponse(f"A fetch from offset {self.offset} brought no batch with it.")
        fetched = Fetched(view[: found.size], self.offset, found)
        self.offset = found.last_offset + 1
        self._ask(connection)
        return fetched

    def _check_head(self) -> int:
        """Test that the response is of the one partition that was asked for; how many aborted transactions it lists."""
        throttle_ms, code, _, topics = _TOP.unpack_from(self._head)
        names_at = _TOP.size
        name = self._head[names_at : names_at + len(self._name)]
        partitions, partition, _, high, stable, _, aborted = _PARTITION.unpack_from(
            self._head, names_at + len(self._name)
        )
        if code or (topics, partitions, partition) != (1, 1, self._partition) or name != self._name:
            raise MalformedResponse(f"It is not of {self._topic}, partition {self._partition}.")
        self._throttled_s = min(max(0, throttle_ms) / 1000, _LONGEST_THROTTLE_S)
        if high >= 0:
            self.high_watermark, self.last_stable = high, stable
        return max(0, int(aborted))

    def _read(self, connection: Connection, size: int) -> bytearray:
        data = bytearray(size)
        connection.read_into(memoryview(data), self._settings.request_overhead_s)
        return data

    def _failed(self, code: int) -> None:
        """What an error code asks for: another offset, another leader, a little patience; else raise it."""
        if code == errors.OFFSET_OUT_OF_RANGE:
            self.offset = self._earliest()
            logger.warning(
                "%s, partition %d: the next records are gone, going on at offset %d",
                self._topic,
                self._partition,
                self.offset,
            )
        elif code in errors.PASSING:
            self._say(f"It cannot be fetched now (error {code}).")
            self._drop()
        else:
            raise errors.raised(code, self._settings, f"{self._topic}, partition {self._partition}, cannot be read.")

    def _earliest(self) -> int:
        assert self._connection is not None  # noqa: S101
        body = (
            int32(_CONSUMER) + int8(_COMMITTED) + int32(1) + self._name + int32(1)
            + int32(self._partition) + int64(_EARLIEST)
        )  # fmt: skip
        answer = self._connection.ask(Api.LIST_OFFSETS, [body], self._settings.request_overhead_s)
        answer.int32()  # throttle time

        def partition() -> tuple[int, int]:
            _, code, _, offset = answer.int32(), answer.int16(), answer.int64(), answer.int64()
            return code, offset

        found = answer.array(lambda: (answer.string(), answer.array(partition)))
        if not found or not found[0][1]:
            raise MalformedResponse("It names no offset.")
        code, offset = found[0][1][0]
        if code in errors.PASSING:
            raise ConnectionLost(f"{self._topic} is not led by this broker any more.", cause=f"Error {code}.")
        if code:
            raise errors.raised(code, self._settings, f"{self._topic}, partition {self._partition}, cannot be read.")
        return max(0, offset)

    def _drop(self) -> None:
        """Let go of the connection; the next one is tried after the backoff."""
        self.close()
        self._asked = None

    def _say(self, what: str) -> None:
        """Log a passing trouble, once."""
        if self._said != what:
            self._said = what
            logger.info("%s, partition %d: %s Trying again.", self._topic, self._partition, what)
