"""What may be deployed: the broker's rules for environment, names, topics and the number of transforms.

Source of every rule, figure and of their order: src/v/cluster/plugin_frontend.cc.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from rpkpy.config.host_options import HostOptions
from rpkpy.host.model import Transform
from rpkpy.host.rejection import (
    INVALID_CREATE,
    INVALID_ENVIRONMENT,
    INVALID_UPDATE,
    TOPIC_NOT_EXISTS,
    bad_request,
    limit_reached,
)
from rpkpy.redpanda import transform_logs
from rpkpy.redpanda.cluster import DeploySpec

MAX_VARIABLES = 128
MAX_VARIABLE_KEY_BYTES = 128
MAX_VARIABLE_VALUE_BYTES = 2_048
MAX_NAME_BYTES = 128
MAX_OUTPUT_TOPICS = 8
MAX_CYCLE_STEPS = 10_000

# The broker's protected topics, and the log topic, which the host alone writes.
NO_SINK_TOPICS = frozenset({"_redpanda.audit_log", "__consumer_offsets", "_schemas", transform_logs.TOPIC})
STATE_TOPIC_PREFIX = "_rpkpy."


class Topics(Protocol):
    """What the rules ask of the cluster's topics."""

    def exists(self, topic: str) -> bool:
        """Whether there is such a topic."""
        ...

    def internal(self, topic: str) -> bool:
        """Whether the topic is one of Kafka's own."""
        ...


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise Rejected (400) unless every variable fits."""
    if len(environment) > MAX_VARIABLES or not all(_variable_fits(*pair) for pair in environment.items()):
        raise bad_request(INVALID_ENVIRONMENT)


def check_deploy(spec: DeploySpec, deployed: Mapping[str, Transform], topics: Topics, *, max_transforms: int) -> None:
    """Raise Rejected (400) unless `spec` may be deployed beside `deployed` (by name), itself among them or not."""
    check_environment(spec.environment)
    existing = deployed.get(spec.name)
    if existing is not None:
        if (existing.input_topic, existing.output_topics) != (spec.input_topic, tuple(spec.output_topics)):
            raise bad_request(INVALID_UPDATE)
        return
    if len(deployed) >= max_transforms:
        raise limit_reached(max_transforms)
    if not _text_fits(spec.name, MAX_NAME_BYTES):
        raise bad_request(INVALID_CREATE)
    if not topics.exists(spec.input_topic):
        raise bad_request(TOPIC_NOT_EXISTS)
    outputs = spec.output_topics
    if (
        _protected(spec.input_topic, topics)
        or not 1 <= len(outputs) <= MAX_OUTPUT_TOPICS
        or len(set(outputs)) != len(outputs)
    ):
        raise bad_request(INVALID_CREATE)
    for output in outputs:
        if output in NO_SINK_TOPICS:
            raise bad_request(INVALID_CREATE)
        if not topics.exists(output):
            raise bad_request(TOPIC_NOT_EXISTS)
        if _protected(output, topics) or makes_cycle(spec.input_topic, output, deployed.values()):
            raise bad_request(INVALID_CREATE)


def check_options(options: HostOptions, input_topic: str, deployed: Mapping[str, Transform], topics: Topics) -> None:
    """Raise Rejected (400) unless a transform that reads `input_topic` may have these options of this host."""
    topic = options.dead_letters(input_topic)
    if topic is None:
        if options.dead_letter_topic is not None:
            raise bad_request("dead_letter_topic goes with on_error dlq")
        return
    if not topics.exists(topic):
        raise bad_request(f"Dead-letter topic {topic} does not exist")
    if topic in NO_SINK_TOPICS or _protected(topic, topics) or makes_cycle(input_topic, topic, deployed.values()):
        raise bad_request(f"Topic {topic} cannot be a dead-letter topic")


def makes_cycle(input_topic: str, output_topic: str, deployed: Iterable[Transform]) -> bool:
    """Whether what is written to `output_topic` reaches `input_topic` through `deployed`.

    Breadth first, and like the broker's search without a memory of what it has seen: after MAX_CYCLE_STEPS topics
    it gives up and calls it a cycle.
    """
    next_topics: dict[str, list[Sequence[str]]] = {}
    for transform in deployed:
        next_topics.setdefault(transform.input_topic, []).append(transform.output_topics)
    queue = deque([output_topic])
    for _ in range(MAX_CYCLE_STEPS):
        if not queue:
            return False
        topic = queue.popleft()
        if topic == input_topic:
            return True
        for outputs in next_topics.get(topic, ()):
            queue.extend(outputs)
    return True


def _protected(topic: str, topics: Topics) -> bool:
    return topics.internal(topic) or topic.startswith(STATE_TOPIC_PREFIX)


def _variable_fits(key: str, value: str) -> bool:
    return (
        _text_fits(key, MAX_VARIABLE_KEY_BYTES)
        and "=" not in key
        and not key.startswith("REDPANDA_")
        and _text_fits(value, MAX_VARIABLE_VALUE_BYTES)
    )


def _text_fits(text: str, max_bytes: int) -> bool:
    """1 to `max_bytes` bytes of UTF-8 without an ASCII control character."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:  # bytes that were not UTF-8 arrive as lone surrogates
        return False
    return 1 <= size <= max_bytes and not any(char < " " or char == "\x7f" for char in text)
