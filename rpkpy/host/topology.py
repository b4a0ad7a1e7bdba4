"""What the host asks Kafka about topics: existence, identity, partitions, bounds, limits."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from rpkpy.errors import UnreachableError
from rpkpy.host import commits
from rpkpy.host.start_offset import Bounds
from rpkpy.kafka import client, codes
from rpkpy.kafka.contact import Kept
from rpkpy.kafka.errors import translate

if TYPE_CHECKING:
    from concurrent.futures import Future

    from confluent_kafka.admin import AdminClient

    from rpkpy.config.settings import KafkaSettings
    from rpkpy.host.model import Transform

T = TypeVar("T")

# Waits between looks at a topic that was made a moment ago; none after the last.
_SETTLING_S = (0.05, 0.15, 0.3, 0.0)
_ASK_AGAIN_S = 0.1
_ASK_S = 3.0
"""How long one question may take at first: who does not answer may lead no more."""

_DEFAULT_MAX_MESSAGE_BYTES = 1_048_588  # Kafka's default of max.message.bytes


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: `id` tells it from a later one of the same name."""

    name: str
    id: str
    partitions: int
    internal: bool


class Topology:
    """The topics that transforms use, asked for when needed and kept for those who ask often.

    Every method that asks Kafka raises UnreachableError (no answer within `timeout_s`), AuthError or RefusedError; so
    does making one, after `dial_timeout_s`.
    """

    def __init__(self, kafka: "KafkaSettings", timeout_s: float, *, dial_timeout_s: float | None = None) -> None:
        self._settings = kafka
        self._timeout_s = timeout_s
        self._admin: Kept[AdminClient] = Kept(
            lambda more: client.admin(kafka, dial_timeout_s=dial_timeout_s, **more).raw
        )
        self._lock = threading.Lock()
        self._known: dict[str, Topic | None] = {}

    def describe(self, names: Iterable[str]) -> dict[str, Topic | None]:
        """The topics called `names`, None for those that do not exist; remembered for `known`."""
        from confluent_kafka import KafkaException, TopicCollection

        wanted = sorted(set(names))
        found: dict[str, Topic | None] = {}
        legal = [name for name in wanted if _legal(name)]
        if legal:

            def ask(admin: "AdminClient", timeout_s: float) -> dict[str, Topic | None]:
                futures = admin.describe_topics(TopicCollection(legal), request_timeout=timeout_s)
                return {name: _topic(future) for name, future in futures.items()}

            try:
                found = self._controlled(ask)
            except KafkaException as error:
                raise translate(error.args[0], self._settings, "Topics cannot be looked up.") from error
        found |= {name: None for name in wanted if not _legal(name)}
        with self._lock:
            self._known |= found
        return found

    def settled(self, names: Iterable[str]) -> dict[str, Topic | None]:
        """The same, but a topic that seems not to exist is asked for again for half a second.

        Brokers answer the maker of a topic before all of them know it, and scripts deploy right after.
        """
        wanted = list(names)
        for wait_s in _SETTLING_S:
            found = self.describe(wanted)
            if all(found.values()):
                break
            time.sleep(wait_s)
        return found

    def known(self, name: str) -> Topic | None:
        """The topic as it was when last described; None when it did not exist then, or was never asked for."""
        with self._lock:
            return self._known.get(name)

    def partitions_of(self, transform: "Transform") -> Iterable[int]:
        """The input's partitions; those of the deploy while the topic is gone, so that their state is seen."""
        topic = self.known(transform.input_topic)
        return range(topic.partitions) if topic is not None else sorted(transform.start.committed)

    def bounds(self, topic: str, partitions: Iterable[int]) -> dict[int, Bounds]:
        """First and end offset of each partition, as a reader of committed records sees them."""
        from confluent_kafka.admin import OffsetSpec

        wanted = list(partitions)
        starts = self._offsets(topic, wanted, OffsetSpec.earliest())
        ends = self._offsets(topic, wanted, OffsetSpec.latest())
        return {partition: Bounds(starts[partition], ends[partition]) for partition in wanted}

    def answers(self, timeout_s: float) -> bool:
        """Whether the cluster answers within `timeout_s`."""
        from confluent_kafka import KafkaException

        try:
            self._admin.get().describe_cluster(request_timeout=timeout_s).result()
        except (KafkaException, UnreachableError):
            return False
        return True

    def ends(self, topic: str, partitions: Iterable[int], timeout_s: float) -> dict[int, int]:
        """The end offset of each partition, as a reader of committed records sees it, asked for this long."""
        from confluent_kafka.admin import OffsetSpec

        return self._offsets(topic, list(partitions), OffsetSpec.latest(), timeout_s)

    def offsets_at(self, topic: str, partitions: Iterable[int], timestamp_ms: int) -> dict[int, int | None]:
        """The offset of each partition's first record at or after `timestamp_ms`; None where there is none."""
        from confluent_kafka.admin import OffsetSpec

        found = self._offsets(topic, list(partitions), OffsetSpec.for_timestamp(timestamp_ms))
        return {partition: None if offset < 0 else offset for partition, offset in found.items()}

    def committed(self, group: str, topic: str, partition: int) -> commits.Commit:
        """What `group` has committed. No transaction may still change it."""
        from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition

        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, partition)])
        deadline = time.monotonic() + self._timeout_s
        # A client of its own: one that has asked a group's coordinator once is never answered again by it after the
        # broker was restarted (librdkafka 2.16).
        admin = client.admin(self._settings, dial_timeout_s=self._timeout_s).raw
        while True:
            futures = admin.list_consumer_group_offsets([asked], require_stable=True, request_timeout=self._timeout_s)
            try:
                (found,) = futures[group].result().topic_partitions
                if found.error is not None:
                    raise KafkaException(found.error)
                if (commit := commits.of(found)) is not None:
                    return commit
                if time.monotonic() > deadline:
                    raise UnreachableError(f"Progress in {topic} cannot be read.")
            except KafkaException as error:
                not_yet = (*codes.COORDINATOR_NOT_READY, KafkaError.UNSTABLE_OFFSET_COMMIT)
                if error.args[0].code() not in not_yet or time.monotonic() > deadline:
                    raise translate(error.args[0], self._settings, f"Progress in {topic} cannot be read.") from error
            time.sleep(_ASK_AGAIN_S)

    def max_message_bytes(self, topics: Iterable[str]) -> dict[str, int]:
        """Each topic's max.message.bytes; Kafka's default where it may not be read."""
        from confluent_kafka import KafkaException
        from confluent_kafka.admin import ConfigResource, ResourceType

        resources = {name: ConfigResource(ResourceType.TOPIC, name) for name in topics}
        futures = self._admin.get().describe_configs(list(resources.values()), request_timeout=self._timeout_s)
        sizes: dict[str, int] = {}
        for name, resource in resources.items():
            try:
                sizes[name] = int(futures[resource].result()["max.message.bytes"].value)
            except (KafkaException, KeyError, TypeError, ValueError):
                sizes[name] = _DEFAULT_MAX_MESSAGE_BYTES
        return sizes

    def ensure(self, name: str, *, partitions: int, config: Mapping[str, str]) -> Topic:
        """The topic called `name`, made with `partitions` and `config` where there is none."""
        from confluent_kafka import KafkaError, KafkaException
        from confluent_kafka.admin import NewTopic

        existing = self.describe([name])[name]
        if existing is not None:
            return existing
        new = NewTopic(name, num_partitions=partitions, replication_factor=-1, config=dict(config))
        try:
            self._controlled(
                lambda admin, timeout_s: admin.create_topics([new], request_timeout=timeout_s)[name].result()
            )
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise translate(error.args[0], self._settings, f"The topic {name} cannot be made.") from error
        made = self._wait_for(name)
        if made is None:
            raise UnreachableError(f"The topic {name} was made, but no broker knows it yet.")
        return made

    def _wait_for(self, name: str) -> Topic | None:
        for _ in range(50):
            topic = self.describe([name])[name]
            if topic is not None:
                return topic
            time.sleep(0.1)
        return None

    def _offsets(self, topic: str, partitions: list[int], spec: Any, timeout_s: float | None = None) -> dict[int, int]:
        from confluent_kafka import OFFSET_INVALID, IsolationLevel, KafkaError, KafkaException, TopicPartition

        if not partitions:
            return {}
        asked = {TopicPartition(topic, partition): spec for partition in partitions}
        patience_s = timeout_s or self._timeout_s
        deadline = time.monotonic() + patience_s
        waits = iter(_SETTLING_S)
        doing = f"Offsets of {topic} cannot be looked up."
        while True:
            try:
                futures = self._admin.get().list_offsets(
                    asked, isolation_level=IsolationLevel.READ_COMMITTED, request_timeout=min(patience_s, _ASK_S)
                )
                found = {key.partition: future.result().offset for key, future in futures.items()}
                if OFFSET_INVALID not in found.values():
                    return found
                cause = "A broker did not answer."  # the client takes that for no error
            except KafkaException as error:
                cause, code = error.args[0].str(), error.args[0].code()
                if code == KafkaError.UNKNOWN_TOPIC_OR_PART and (wait_s := next(waits, 0.0)):
                    time.sleep(wait_s)
                    continue
                if code not in codes.LEADER_NOT_READY:
                    raise translate(error.args[0], self._settings, doing) from error
            if time.monotonic() > deadline:
                raise UnreachableError(doing, cause=cause)
            # A client asks on the leaders that it once knew, whoever leads by now (librdkafka 2.16).
            self._learn_leaders(topic)
            time.sleep(_ASK_AGAIN_S)

    def _controlled(self, ask: "Callable[[AdminClient, float], T]") -> T:
        """What `ask` gets from the controller, with a client and a time-out in seconds. Raises what it raises.

        A client goes on waiting for the broker that it once took for the controller (librdkafka 2.16), so the second
        time another one asks.
        """
        from confluent_kafka import KafkaException

        admin = self._admin.get()
        try:
            return ask(admin, min(self._timeout_s, _ASK_S))
        except KafkaException as error:
            if error.args[0].code() not in (codes.TIMED_OUT, codes.TIMED_OUT_QUEUE, codes.TRANSPORT):
                raise
        return ask(self._admin.instead_of(admin), self._timeout_s)

    def _learn_leaders(self, topic: str) -> None:
        from confluent_kafka import KafkaException

        with contextlib.suppress(KafkaException):
            self._admin.get().list_topics(topic, timeout=_ASK_S)


class Snapshot:
    """A set of described topics, as the deploy rules ask for them."""

    def __init__(self, topics: Mapping[str, Topic | None]) -> None:
        self._topics = topics

    def exists(self, topic: str) -> bool:
        """Whether there is such a topic."""
        return self._topics.get(topic) is not None

    def internal(self, topic: str) -> bool:
        """Whether the topic is one of Kafka's own."""
        found = self._topics.get(topic)
        return found is not None and found.internal


def _topic(described: "Future[Any]") -> Topic | None:
    """The topic that is described, None where it does not exist. Raises KafkaException."""
    from confluent_kafka import KafkaError, KafkaException

    try:
        topic = described.result()
    except KafkaException as error:
        if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise
        return None
    return Topic(topic.name, str(topic.topic_id), len(topic.partitions), bool(topic.is_internal))


def _legal(name: str) -> bool:
    """Whether Kafka could have a topic of that name; asking for another fails the whole request."""
    return (
        0 < len(name) <= 249
        and name not in (".", "..")
        and all(char.isascii() and (char.isalnum() or char in "._-") for char in name)
    )
