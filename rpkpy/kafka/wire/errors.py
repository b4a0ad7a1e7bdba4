"""Kafka's error codes: which of them pass by themselves, and what the others say to a person.

Names and numbers: org.apache.kafka.common.protocol.Errors.
"""

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError, RpkpyError
from rpkpy.kafka import errors

NONE = 0
OFFSET_OUT_OF_RANGE = 1
UNKNOWN_TOPIC_OR_PARTITION = 3
NOT_LEADER_OR_FOLLOWER = 6
MESSAGE_TOO_LARGE = 10
COORDINATOR_LOAD_IN_PROGRESS = 14
COORDINATOR_NOT_AVAILABLE = 15
NOT_COORDINATOR = 16
RECORD_LIST_TOO_LARGE = 18
UNKNOWN_MEMBER_ID = 25
INVALID_TIMESTAMP = 32
OUT_OF_ORDER_SEQUENCE_NUMBER = 45
DUPLICATE_SEQUENCE_NUMBER = 46
INVALID_PRODUCER_EPOCH = 47
CONCURRENT_TRANSACTIONS = 51
INVALID_RECORD = 87
PRODUCER_FENCED = 90

STALE_LEADER = frozenset(
    {
        UNKNOWN_TOPIC_OR_PARTITION,
        5,  # LEADER_NOT_AVAILABLE
        NOT_LEADER_OR_FOLLOWER,
        8,  # BROKER_NOT_AVAILABLE
        9,  # REPLICA_NOT_AVAILABLE
        56,  # KAFKA_STORAGE_ERROR
        74,  # FENCED_LEADER_EPOCH
        75,  # UNKNOWN_LEADER_EPOCH
        100,  # UNKNOWN_TOPIC_ID
        103,  # INCONSISTENT_TOPIC_ID
    }
)
"""What a broker says that does not lead the partition, or not yet: ask who does, wait, try again."""

PASSING = STALE_LEADER | {
    7,  # REQUEST_TIMED_OUT
    13,  # NETWORK_EXCEPTION
    19,  # NOT_ENOUGH_REPLICAS
    20,  # NOT_ENOUGH_REPLICAS_AFTER_APPEND
    78,  # OFFSET_NOT_AVAILABLE
    89,  # THROTTLING_QUOTA_EXCEEDED
}
"""What may be well a moment later."""

COORDINATOR_MOVED = frozenset({COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR})

TOO_LARGE = frozenset({MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE})


class Unsupported(RefusedError):
    """A cluster or a topic that asks for what the wire path lacks: the per-message path takes over."""


def raised(code: int, settings: KafkaSettings, doing: str) -> RpkpyError:
    """The error for a person, in the words that confluent-kafka's errors get; `raise` it."""
    from confluent_kafka import KafkaError, KafkaException

    error = KafkaError(code)
    made = errors.translate(error, settings, doing)
    made.__cause__ = KafkaException(error)  # for errors.code_of
    return made
