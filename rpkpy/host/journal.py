"""The state topics: compacted, of one partition, written by hosts alone (docs/host.md gives their formats)."""

import time
from typing import TYPE_CHECKING, Any

from rpkpy.errors import UnreachableError
from rpkpy.host.rights import denied
from rpkpy.host.topology import Topology
from rpkpy.kafka import client, errors

if TYPE_CHECKING:
    from confluent_kafka import Message

    from rpkpy.config.settings import KafkaSettings

TRANSFORMS = "_rpkpy.transforms"
MODULES = "_rpkpy.modules"
STATUS = "_rpkpy.status"

# Small segments and an eager cleaner: the topics are read whole at every start of a host.
_COMPACT = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1"}
_CONFIGS = {
    TRANSFORMS: _COMPACT | {"segment.bytes": str(4 * 1024 * 1024)},
    MODULES: _COMPACT | {"segment.bytes": str(16 * 1024 * 1024)},
    # A heartbeat every few seconds, and tombstones: what is not the last word on a worker is soon gone.
    STATUS: _COMPACT | {"segment.bytes": str(1024 * 1024), "delete.retention.ms": "60000"},
}


def ensure(topology: Topology) -> None:
    """Make the state topics that are not there. Raises UnreachableError, AuthError or RefusedError."""
    with denied("Describe, Read and Write on Topic _rpkpy.* (a prefix)"):
        found = topology.describe(_CONFIGS)
    for name, config in _CONFIGS.items():
        if found[name] is None:
            with denied(f"Create on Topic {name} (or on Cluster)"):
                topology.ensure(name, partitions=1, config=config)


def reader(kafka: "KafkaSettings", **more: Any) -> Any:
    """A consumer for whole partitions: committed records only, told of each end, member of no group."""
    return client.consumer(
        kafka,
        group_id="_rpkpy.unused",  # the client demands one; nothing is committed to it
        enable_auto_commit=False,
        enable_partition_eof=True,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        fetch_queue_backoff_ms=5,
        **more,
    )


def last_values(kafka: "KafkaSettings", topic: str, timeout_s: float) -> dict[bytes, bytes]:
    """Every key of `topic`, which has one partition, and its last value, in the order of those last values.

    Raises UnreachableError after `timeout_s` of silence, and RefusedError.
    """
    return {key: record.value() or b"" for key, record in last_records(kafka, topic, timeout_s).items()}


def last_records(kafka: "KafkaSettings", topic: str, timeout_s: float) -> "dict[bytes, Message]":
    """The same with the records whole."""
    from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

    records: dict[bytes, Message] = {}
    # nothing will come that is waited for: the end is what is looked for
    consumer = reader(kafka, fetch_wait_max_ms=10)
    deadline = time.monotonic() + timeout_s
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(0.5)
            if message is None:
                if time.monotonic() > deadline:
                    raise UnreachableError(f"Kafka did not answer: could not read {topic}.")
                continue
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return records
                if not error.retriable() and not errors.about_no_group(error):
                    raise errors.translate(error, kafka, f"{topic} cannot be read.")
                continue
            deadline = time.monotonic() + timeout_s  # of silence, not of the whole
            key = message.key()
            if key is None:
                continue
            records.pop(key, None)
            if message.value() is not None:
                records[key] = message
    finally:
        consumer.close()
