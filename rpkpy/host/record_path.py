"""How records get from Kafka to a guest and from a guest to Kafka: what a processor asks of either way.

There may be several ways (per message through a client library, whole batches from the socket); they serve the same
two protocols, and `choose` says which one a host takes.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rpkpy.batches.record import Record
from rpkpy.errors import RefusedError, RpkpyError

if TYPE_CHECKING:
    from rpkpy.config.settings import KafkaSettings
    from rpkpy.engine import Output
    from rpkpy.host.model import Transform
    from rpkpy.host.settings import HostSettings
    from rpkpy.host.topology import Topology

logger = logging.getLogger("rpkpy.host")

PATHS = ("auto", "wire", "client")

MAX_FEED_RECORDS = 16 * 1024
"""Of one feed, about; each path has its bound in bytes besides."""

DEAD_LETTER = -1
"""The dead-letter topic's place among the outputs in what `Sink.settle` answers."""

Area = Callable[[int], memoryview]
"""Makes room for an input of so many bytes, to be filled in place: `Instance.input_area`."""


class RecordRefused(RefusedError):
    """An output that cannot take a record, however often it is tried: too large, no key in a compacted topic.

    It is the record's fault and no failure of the cluster, so that an error policy applies to it.
    """


@dataclass(frozen=True, slots=True)
class Feed:
    """What now stands in the input area: `size` bytes of v2 record batches, of any compression.

    `first_offset` is that of the first record for the guest, `last_offset` the last offset covered (after which the
    next feed begins, also where compaction or markers left no record there). `records` is at most how many there
    are. Records below `skip_until`, where that is given, are not for the guest.
    """

    size: int
    first_offset: int
    last_offset: int
    records: int
    skip_until: int | None = None


class Source(Protocol):
    """Reads one input partition, committed records only, in order. Used by one thread.

    Methods raise UnreachableError, AuthError or RefusedError when Kafka says so.
    """

    @property
    def path(self) -> str:
        """Which way it is, one of PATHS but "auto"."""
        ...

    @property
    def end_seen(self) -> int | None:
        """Set when everything before this offset has been handed out and nothing followed, markers included."""
        ...

    def read(
        self, area: Area, wait_s: float, *, max_records: int = MAX_FEED_RECORDS, last_offset: int | None = None
    ) -> Feed | None:
        """Put what comes next into the area, waiting up to `wait_s` for it; None when nothing came.

        `max_records` 1 is exact; a larger one is a wish, which a path that hands over whole batches may exceed by
        the rest of a batch. None of the records is past `last_offset` where that is given and not yet passed.
        """
        ...

    def seek(self, offset: int) -> None:
        """Go back: the next feed begins at `offset`, which the last feed covered."""
        ...

    def record(self) -> Record:
        """The one record of the last feed, which was read with `max_records` 1: its bytes, time and offset."""
        ...

    def end(self) -> int | None:
        """The offset after the partition's last record, as of the last fetch; None before the first."""
        ...

    def close(self) -> None:
        """Let go of the partition."""
        ...


class Sink(Protocol):
    """Writes what one input partition of a transform makes. Used by one thread.

    Records of one output partition keep their order, and are not repeated by retries of requests. How outputs are
    compressed, to which partition a record goes and what time it carries, the transform says (`Transform.options`);
    records that carry times have them in the Output already.

    **Exactly once** (`Transform.options.guarantee`): making the sink takes over the transactional id of this input
    partition (`commits.transactional_id`), which ends every transaction of an earlier owner, and fences it. What is
    sent belongs to a transaction that begins with it, and that `commit` ends; `close` aborts one that is open.
    """

    @property
    def path(self) -> str:
        """Which way it is, one of PATHS but "auto"."""
        ...

    def send(self, output: "Output", skip: Sequence[bool]) -> None:
        """Begin to write an Output, without the topics that are marked in `skip` (by the outputs' order).

        Takes what it needs before it returns: the Output dies with the next input. Where it can tell that an output
        cannot take a record, nothing is written: RecordRefused.
        """
        ...

    def dead_letter(self, record: Record) -> None:
        """Begin to write `record` as it stands to the dead-letter topic, in the partition that follows the input's.

        The time is that of the write. RecordRefused where the topic cannot take it.
        """
        ...

    def settle(self) -> dict[int, RpkpyError]:
        """Wait until everything sent is acknowledged; what went wrong, by output (or DEAD_LETTER). Empty: all is well.

        RecordRefused where a topic refused a record for what it is. An output with an error may have taken part of it.
        """
        ...

    def commit(self, position: int, metadata: str) -> None:
        """Exactly once: commit the transaction, with everything settled before, and in it the progress.

        In the transform's group (`commits.group_id`) the input partition's offset becomes `position` + 1, with
        `metadata`. Without anything sent before, a transaction holds the progress alone. Raises RpkpyError; whether
        the transaction was committed, only the group then says, to a new sink.
        """
        ...

    def idle(self) -> None:
        """Called from time to time while nothing is written."""
        ...

    def close(self) -> None:
        """Give up what is not settled, abort what is not committed."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """The way that is taken, one of PATHS but "auto", and why."""

    path: str
    why: str


_chosen: dict["KafkaSettings", Choice] = {}
_left_out: dict[tuple["KafkaSettings", str], str] = {}
"""Topics that cannot be read over the wire, and why."""


def choose(settings: "HostSettings") -> Choice:
    """Which way a host takes: a broker is asked, once.

    Raises RefusedError where it is told to take a way that the cluster does not allow, UnreachableError, AuthError.
    """
    if settings.record_path == "client":
        return Choice("client", "it is asked for")
    found = _chosen.get(settings.kafka)
    if found is None:
        found = _chosen[settings.kafka] = _probed(settings.kafka)
        logger.info("records take the %s path: %s", found.path, found.why)
    if settings.record_path == "wire" and found.path != "wire":
        raise RefusedError("The wire path is not possible with this cluster.", cause=found.why)
    return found


def _probed(kafka: "KafkaSettings") -> Choice:
    from rpkpy.kafka.wire.errors import Unsupported
    from rpkpy.kafka.wire.leaders import Leaders

    try:
        Leaders(kafka).probe()
    except Unsupported as error:
        return Choice("client", error.message)
    return Choice("wire", "the brokers know all that it needs")


def leave_out(kafka: "KafkaSettings", topic: str, why: str) -> None:
    """From now on `topic` is read by the other way, where a host may choose."""
    _left_out[kafka, topic] = why
    logger.warning("%s is read per message from now on: %s", topic, why)


def client_why(settings: "HostSettings", topic: str) -> str:
    """Why records of an input topic take the client path, in whole or only when they are read."""
    choice = choose(settings)
    return choice.why if choice.path == "client" else _left_out.get((settings.kafka, topic), "")


def open_source(settings: "HostSettings", transform: "Transform", partition: int, first_offset: int) -> Source:
    """A source of an input partition from `first_offset` on. Raises as Source's methods do."""
    from rpkpy.host.source import ClientSource
    from rpkpy.host.wire_source import WireSource

    topic = transform.input_topic
    kept_out = settings.record_path == "auto" and (settings.kafka, topic) in _left_out
    if choose(settings).path == "wire" and not kept_out:
        return WireSource(settings.kafka, topic, partition, first_offset)
    return ClientSource(settings.kafka, topic, partition, first_offset)


def open_sink(settings: "HostSettings", topology: "Topology", transform: "Transform", partition: int) -> Sink:
    """A sink for what `partition` makes. Raises UnreachableError, AuthError or RefusedError when Kafka says so."""
    from rpkpy.host.sink import ClientSink
    from rpkpy.host.wire_sink import WireSink

    made = WireSink if choose(settings).path == "wire" else ClientSink
    return made(settings.kafka, topology, transform, partition)
