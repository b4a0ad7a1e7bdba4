"""The topics of a deployment, looked at before the broker does: it does not say which one is missing."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rpkpy.config import addresses
from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError, UnreachableError
from rpkpy.redpanda.cluster import DeploySpec

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin

_PROBE_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics that transforms need, and which of them the cluster does not have, inputs first; `input_partitions`
    are those of the input that has most."""

    wanted: tuple[str, ...]
    missing: tuple[str, ...]
    input_partitions: int | None


def connect(settings: KafkaSettings) -> "Admin":
    """An admin client. Raises UnreachableError, at once where nobody listens, and AuthError."""
    if not _listening(settings.brokers):
        brokers = ", ".join(settings.brokers) or "no broker"
        raise UnreachableError(f"no answer from {brokers}.", fix="Pass -X brokers=HOST:PORT, or --profile.")
    from rpkpy.kafka import client

    return client.admin(settings)


def look(admin: "Admin", specs: Sequence[DeploySpec]) -> Topics:
    """Which topics of `specs` exist."""
    inputs = [spec.input_topic for spec in specs]
    written = [
        topic for spec in specs for topic in (*spec.output_topics, spec.options.dead_letters(spec.input_topic)) if topic
    ]
    wanted = tuple(dict.fromkeys([*inputs, *written]))
    known = admin.metadata().topics
    counts = [len(known[topic].partitions) for topic in inputs if topic in known]
    return Topics(wanted, tuple(topic for topic in wanted if topic not in known), max(counts, default=None))


def require(topics: Topics) -> None:
    """RefusedError that names what is missing."""
    if topics.missing:
        names = ", ".join(topics.missing)
        plural = len(topics.missing) > 1
        raise RefusedError(
            f"{'Topics' if plural else 'Topic'} {names} {'do' if plural else 'does'} not exist.",
            cause="The brokers do not have them, or do not show them to this user.",
            fix=f"Pass --create-topics, or: rpkpy topic create {' '.join(topics.missing)}\n"
            "--no-validate deploys without looking.",
        )


def create(admin: "Admin", topics: Topics, partitions: int | None) -> Sequence[str]:
    """Create what is missing and return it; with `partitions`, else as many as the input has, else the default."""
    from rpkpy.kafka import topics as kafka_topics

    count = partitions or topics.input_partitions or -1
    for outcome in kafka_topics.create(admin, topics.missing, partitions=count):
        if not outcome.ok and not outcome.exists:  # somebody else may have made it meanwhile
            raise RefusedError(f"Topic {outcome.topic} cannot be created.", cause=outcome.status)
    return topics.missing


def _listening(brokers: Sequence[str]) -> bool:
    """Whether any of the brokers takes a connection: a quick look, before a client that would try for seconds."""
    for broker in brokers:
        _, host, port = addresses.parse(broker)
        try:
            socket.create_connection((host.strip("[]"), port or addresses.KAFKA_PORT), _PROBE_TIMEOUT_S).close()
        except OSError:
            continue
        return True
    return False
