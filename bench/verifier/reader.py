"""The output, as a reader of committed records sees it."""

import time
from collections.abc import Sequence
from typing import Any

from confluent_kafka import KafkaError, TopicPartition

from bench.verifier.account import Account
from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client

_AT_ONCE = 2_000


class Reader:
    """Reads all partitions of some topics from the beginning."""

    def __init__(self, kafka: KafkaSettings, topics: Sequence[str], partitions: int) -> None:
        self._accounts = {(topic, each): Account(each) for topic in topics for each in range(partitions)}
        self._consumer = client.consumer(
            kafka,
            group_id="verifier",
            enable_auto_commit=False,
            enable_partition_eof=True,
            isolation_level="read_committed",
        )
        self._consumer.assign([TopicPartition(topic, partition, 0) for topic, partition in self._accounts])

    def accounts(self, count: int, patience_s: float) -> list[Account]:
        """Read until each partition has `count` records and is at its end, or nothing new comes for `patience_s`."""
        at_end: set[tuple[str, int]] = set()
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            for message in self._consumer.consume(_AT_ONCE, 0.5):
                if self._took(message, at_end):
                    deadline = time.monotonic() + patience_s
            if len(at_end) == len(self._accounts) and not any(each.missing(count) for each in self._accounts.values()):
                break
        self._consumer.close()
        for account in self._accounts.values():
            account.end()
        return list(self._accounts.values())

    def _took(self, message: Any, at_end: set[tuple[str, int]]) -> bool:
        error, place = message.error(), (message.topic(), message.partition())
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                at_end.add(place)
            return False
        at_end.discard(place)
        self._accounts[place].take(message.value(), message.timestamp()[1] / 1_000)
        return True
