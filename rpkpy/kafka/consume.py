"""Consuming: spans resolved to offsets, records in batches, groups that commit what was handed out."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RpkpyError, UsageError
from rpkpy.kafka import client, codes, errors, topics
from rpkpy.kafka.client import POLL_S, Admin
from rpkpy.kafka.formats.record import TopicRecord
from rpkpy.kafka.positions import Place, offsets_at
from rpkpy.kafka.span import Anchor, Position, Span

if TYPE_CHECKING:
    from confluent_kafka import Consumer, Message

_BATCH = 1000
_NO_GROUP = "rpkpy"  # librdkafka wants a name even where no group is joined
_BALANCERS = ("range", "roundrobin", "cooperative-sticky")
_PASSING = (codes.TRANSPORT, codes.ALL_BROKERS_DOWN, codes.TIMED_OUT, codes.RESOLVE)


@dataclass(frozen=True, slots=True)
class Fetching:
    """How records are fetched. `max_wait_s` is how long a broker holds a fetch that has nothing to give."""

    read_committed: bool = False
    max_bytes: int = 1 << 20
    max_partition_bytes: int = 1 << 20
    max_wait_s: float = 0.5
    rack: str = ""

    def configuration(self) -> dict[str, Any]:
        """librdkafka's settings."""
        return {
            "isolation_level": "read_committed" if self.read_committed else "read_uncommitted",
            "fetch_max_bytes": self.max_bytes,
            "message_max_bytes": max(1000, min(1_000_000, self.max_bytes)),  # may not be above fetch.max.bytes
            "max_partition_fetch_bytes": self.max_partition_bytes,
            "fetch_wait_max_ms": int(self.max_wait_s * 1000),
            "fetch_queue_backoff_ms": 5,  # a full queue is looked at again soon: three times the throughput
            "client_rack": self.rack,
        }


def select(admin: Admin, names: Sequence[str], *, regex: bool, partitions: Sequence[int]) -> list[Place]:
    """The partitions to consume: those of the topics (which must exist), or the named ones of them."""
    found = topics.matching(topics.list_topics(admin), names, regex=regex)
    places = []
    for topic in found:
        if not partitions:
            places += [(topic.name, number) for number in range(topic.partitions)]
            continue
        for number in partitions:
            if not 0 <= number < topic.partitions:
                raise UsageError(
                    f"{topic.name} has no partition {number}.", cause=f"Its partitions are 0 to {topic.partitions - 1}."
                )
            places.append((topic.name, number))
    return places


def resolve(
    admin: Admin, places: Sequence[Place], span: Span, *, read_committed: bool
) -> dict[Place, tuple[int, int | None]]:
    """The first offset, and the one to stop before (None: none), of each partition that has something to give.

    Partitions whose span is empty are left out when the span ends.
    """
    starts = offsets_at(admin, places, span.start, read_committed=read_committed)
    if span.end is None:
        return {place: (starts[place], None) for place in places}
    ends = offsets_at(admin, places, span.end, read_committed=read_committed)
    latest = offsets_at(admin, places, Position(Anchor.END), read_committed=read_committed)
    first = offsets_at(admin, places, Position(Anchor.START), read_committed=read_committed)
    bounded = {place: (max(starts[place], first[place]), min(ends[place], latest[place])) for place in places}
    return {place: (start, end) for place, (start, end) in bounded.items() if start < end}


def records(
    settings: KafkaSettings,
    plan: Mapping[Place, tuple[int, int | None]],
    fetching: Fetching,
    *,
    dial_timeout_s: float | None = None,
    limit: int = 0,
) -> Iterator[list[TopicRecord]]:
    """The records of the planned partitions, in runs as they come.

    Ends when every partition has reached its end, or after `limit` records where that is not 0.
    """
    from confluent_kafka import TopicPartition

    if not plan:
        return
    ends = {place: end for place, (_, end) in plan.items() if end is not None}
    bounded = bool(ends)
    count = 0
    consumer = client.consumer(
        settings,
        dial_timeout_s=dial_timeout_s,
        group_id=_NO_GROUP,
        enable_auto_commit=False,
        enable_auto_offset_store=False,
        auto_offset_reset="earliest",
        enable_partition_eof=bounded,
        **fetching.configuration(),
    )
    try:
        consumer.assign([TopicPartition(topic, number, start) for (topic, number), (start, _) in plan.items()])
        while ends or not bounded:
            run = []
            for message in consumer.consume(_BATCH, timeout=POLL_S):
                place, offset = _place(message), message.offset() or 0
                error = message.error()
                if error is not None and error.code() != codes.PARTITION_EOF:
                    if not errors.about_no_group(error):
                        _judge(message, settings)
                    continue
                if bounded and place not in ends:
                    continue  # fetched beyond its end
                end = ends.get(place)
                if error is None and (end is None or offset < end):
                    run.append(_placed(message))
                # compaction and control records leave gaps: an end may be passed without being met
                if end is not None and offset >= (end if error is not None else end - 1):
                    del ends[place]
            if limit:
                run = run[: limit - count]
            if run:
                yield run
                count += len(run)
                if count == limit:
                    return
    finally:
        consumer.close()


def group_records(
    settings: KafkaSettings,
    group: str,
    names: Sequence[str],
    start: Position,
    fetching: Fetching,
    *,
    regex: bool,
    balancer: str,
    admin: Admin,
    dial_timeout_s: float | None = None,
    limit: int = 0,
) -> Iterator[list[TopicRecord]]:
    """Records as a member of `group`, `limit` of them (0: for ever); `start` holds where it has committed nothing.

    A run is committed after the next one has been asked for: what the caller did not come to work through is given
    again.
    """
    if balancer not in _BALANCERS:
        raise UsageError(f'--balancer "{balancer}" is not supported.', fix=f"Use one of {', '.join(_BALANCERS)}.")
    consumer = client.consumer(
        settings,
        dial_timeout_s=dial_timeout_s,
        group_id=group,
        enable_auto_commit=True,
        enable_auto_offset_store=False,
        auto_commit_interval_ms=1000,
        auto_offset_reset="latest" if start.anchor is Anchor.END else "earliest",
        partition_assignment_strategy=balancer,
        **fetching.configuration(),
    )
    count = 0
    try:
        consumer.subscribe(
            [f"^({name})$" if regex and not name.startswith("^") else name for name in names],
            on_assign=_starter(admin, start, cooperative=balancer == "cooperative-sticky"),
        )
        while True:
            run, last = [], {}
            for message in consumer.consume(min(_BATCH, limit - count) if limit else _BATCH, timeout=POLL_S):
                if message.error() is not None:
                    _judge(message, settings)
                    continue
                run.append(_placed(message))
                last[_place(message)] = message
            if run:
                yield run
                for message in last.values():
                    _store(consumer, message)
                count += len(run)
                if count == limit:
                    return
    finally:
        consumer.close()


def _store(consumer: "Consumer", message: "Message") -> None:
    from confluent_kafka import KafkaException

    try:
        consumer.store_offsets(message)
    except KafkaException:  # the partition went to another member meanwhile, which begins before this record
        return


def _starter(admin: Admin, start: Position, *, cooperative: bool) -> Callable[["Consumer", list[Any]], None]:
    """An on_assign callback that begins at `start` where nothing is committed."""

    def on_assign(consumer: "Consumer", assigned: list[Any]) -> None:
        plain = start.anchor in (Anchor.START, Anchor.END) and start.value == 0
        if not plain and assigned:
            fresh = [(place.topic, place.partition) for place in _committed(consumer, assigned) if place.offset < 0]
            begin = offsets_at(admin, fresh, start, read_committed=False)
            for place in assigned:
                if (place.topic, place.partition) in begin:
                    place.offset = begin[place.topic, place.partition]
        if cooperative:
            consumer.incremental_assign(assigned)
        else:
            consumer.assign(assigned)

    return on_assign


def _committed(consumer: "Consumer", assigned: list[Any]) -> list[Any]:
    """The group's committed offsets, asked for in short steps so that Ctrl-C is felt."""
    from confluent_kafka import KafkaException

    deadline = time.monotonic() + client.REQUEST_TIMEOUT_S
    while True:
        try:
            return consumer.committed(assigned, timeout=client.LONGEST_POLL_S)
        except KafkaException as error:
            if error.args[0].code() != codes.TIMED_OUT or time.monotonic() > deadline:
                raise


def _judge(message: "Message", settings: KafkaSettings) -> None:
    """Raise for an error that will not pass by itself; librdkafka retries the others."""
    from confluent_kafka import KafkaError

    error = message.error()
    if error is None or error.code() in _PASSING or error.retriable():
        return
    failure: RpkpyError = errors.translate(error, settings, doing=_failed(message))
    if error.code() in (codes.UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART) and message.topic():
        failure = topics.missing(str(message.topic()))
    raise failure


def _failed(message: "Message") -> str:
    where = f"{message.topic()}/{message.partition()}" if message.topic() else "The cluster"
    return f"{where} could not be consumed."


def placed(messages: "Sequence[Message]") -> list[TopicRecord]:
    """The records of `messages`; those that tell of an error, from which librdkafka recovers, are left out."""
    return [_placed(message) for message in messages if message.error() is None]


def _placed(message: "Message") -> TopicRecord:
    timestamp_type, timestamp_ms = message.timestamp()
    headers: Any = message.headers()
    record = Record(
        _bytes(message.key()),
        _bytes(message.value()),
        tuple((key.encode("utf-8", "surrogateescape"), _bytes(value)) for key, value in headers) if headers else (),
        timestamp_ms,
        message.offset() or 0,
    )
    epoch = message.leader_epoch()
    topic, partition = _place(message)
    return TopicRecord(
        topic,
        partition,
        record,
        leader_epoch=epoch if epoch is not None else -1,
        timestamp_type=max(0, timestamp_type - 1),  # librdkafka counts 1 create time, 2 log append time
    )


def _place(message: "Message") -> Place:
    return str(message.topic()), message.partition() or 0


def _bytes(data: Any) -> bytes | None:
    return data.encode() if isinstance(data, str) else data
