"""The offsets of a group, for a member of it, over a connection of their own.

A broker reads no further request of a connection as long as it holds back an answer on it, and it holds back that to
a member that joins until the whole group has joined, or who has died is given up. A client library asks and commits
on the same connection: meanwhile it cannot, although the group takes commits until the rebalance is complete
(org.apache.kafka.coordinator.group: PREPARING_REBALANCE).
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka.wire import errors
from rpkpy.kafka.wire.connection import Connection
from rpkpy.kafka.wire.coordinators import Coordinators, code_of_partitions
from rpkpy.kafka.wire.leaders import GROUP
from rpkpy.kafka.wire.protocol import Api, Reader, array, int32, int64, string

_MAGIC = b"CGMDv2:"
_GENERATION = struct.Struct("=i")


@dataclass(frozen=True, slots=True)
class Member:
    """Who commits: a member, as its group knows it, in a generation of the group; "" and -1 for one that is in none."""

    id: str
    generation: int

    @classmethod
    def of(cls, metadata: object) -> "Member | None":
        """The member in a confluent-kafka consumer's group metadata; None where that cannot be read.

        The form: rd_kafka_consumer_group_metadata_write (librdkafka's rdkafka_cgrp.c): magic, generation in the
        machine's byte order, the group and the member's id with a zero behind each.
        """
        if not isinstance(metadata, bytes) or not metadata.startswith(_MAGIC):
            return None
        ids = metadata[len(_MAGIC) + _GENERATION.size :].split(b"\0")
        if len(ids) < 3:
            return None
        (generation,) = _GENERATION.unpack_from(metadata, len(_MAGIC))
        return cls(ids[1].decode("utf-8", "replace"), generation)


class GroupOffsets:
    """The offsets of one group. Used by one thread; a call takes about `timeout_s`, once a broker was found.

    Calls raise UnreachableError, AuthError, and RefusedError (`kafka.errors.code_of` says why).
    """

    def __init__(self, settings: KafkaSettings, group: str, timeout_s: float) -> None:
        self._settings = settings
        self._group = group
        self._timeout_s = timeout_s
        self._coordinators = Coordinators(settings, timeout_s)

    def commit(self, member: Member, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
        """Commit an offset and its metadata for partitions of `topic`.

        Who is no member commits nothing: to Kafka that would be somebody who sets the offsets of an empty group.
        """
        if member.generation < 0 or not member.id:
            raise errors.raised(errors.UNKNOWN_MEMBER_ID, self._settings, "This worker is not in the group now.")
        entries = [
            int32(partition) + int64(offset) + int32(-1) + string(metadata)
            for partition, (offset, metadata) in offsets.items()
        ]
        body = (
            string(self._group) + int32(member.generation) + string(member.id) + string(None)
            + array([string(topic) + array(entries)])
        )  # fmt: skip

        def ask(connection: Connection) -> tuple[int, None]:
            return code_of_partitions(connection.ask(Api.OFFSET_COMMIT, [body], self._timeout_s)), None

        self._coordinators.ask(GROUP, self._group, ask, "The progress cannot be committed.")

    def fetch(self, topic: str, partitions: Iterable[int]) -> dict[int, tuple[int, str]]:
        """What is committed of partitions of `topic`: the offset, negative where there is none, and its metadata.

        Not what an open transaction will commit, or will not.
        """
        wanted = [int32(partition) for partition in partitions]
        body = string(self._group) + array([string(topic) + array(wanted)])

        def ask(connection: Connection) -> tuple[int, dict[int, tuple[int, str]]]:
            return _fetched(connection.ask(Api.OFFSET_FETCH, [body], self._timeout_s))

        return self._coordinators.ask(GROUP, self._group, ask, "What is committed cannot be read.")

    def close(self) -> None:
        """End the connections."""
        self._coordinators.close()


def _fetched(answer: Reader) -> tuple[int, dict[int, tuple[int, str]]]:
    """The first error, and the offsets by partition."""

    def partition() -> tuple[int, tuple[int, str], int]:
        number, offset, _ = answer.int32(), answer.int64(), answer.int32()
        return number, (offset, answer.string()), answer.int16()

    answer.int32()  # throttle time
    topics = answer.array(lambda: (answer.string(), answer.array(partition)))
    found = [each for _, partitions in topics for each in partitions]
    code = answer.int16() or next((code for _, _, code in found if code), 0)
    return code, {number: offset for number, offset, _ in found}
