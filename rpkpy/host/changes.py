"""Changes of what is deployed, one at a time over all hosts of a Kafka.

The lock is a Kafka transaction with one fixed transactional id. Whoever initialises it fences the one before, ends
what that left open, and then reads what is deployed to its end; so a change that commits was decided on the state
that it changes. One that was fenced is decided anew.
"""

import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rpkpy.errors import RefusedError, RpkpyError, UnreachableError
from rpkpy.host.followed import Followed
from rpkpy.host.journal import MODULES, TRANSFORMS
from rpkpy.host.model import Transform
from rpkpy.host.rejection import Rejected
from rpkpy.host.rights import is_denial, lacking
from rpkpy.kafka import client, errors

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

    from rpkpy.config.settings import KafkaSettings

logger = logging.getLogger("rpkpy.host")

TRANSACTIONAL_ID = "_rpkpy.changes"

_ATTEMPTS = 12
_BACKOFF_S = 0.02
_BACKOFF_MAX_S = 0.5
_TRANSACTION_S = 20
"""After which Kafka itself ends the transaction of a host that died; the next change ends it at once."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one change writes, all or nothing.

    `value` becomes that of `name` in the topic of transforms, None deletes it. `chunks` are records (key and value) and
    `dropped` keys to remove in the topic of modules.
    """

    name: str
    value: bytes | None
    chunks: Sequence[tuple[bytes, bytes]] = ()
    dropped: Sequence[bytes] = ()


Decide = Callable[[Mapping[str, Transform]], Change | None]
"""Given what is deployed, the change to make, or None for none; raises what the request is refused with."""


class _Fenced(Exception):
    """Another host has begun a change since this one was at it."""


class Changes:
    """Makes changes. Thread-safe.

    Raises UnreachableError where Kafka gave no answer in time (whether the change was made is then not known) and
    RefusedError where it said no.
    """

    def __init__(self, kafka: "KafkaSettings", followed: Followed, timeout_s: float) -> None:
        self._kafka = kafka
        self._followed = followed
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        # Kept from change to change: while nobody has fenced it, nobody has changed anything.
        self._producer: Producer | None = None
        self._sure = False
        """Whether all changes are known here that were made before this producer took the lock, and by it since."""

    def claim(self) -> None:
        """Take the lock, to see that it can be had, and end what a host that died in the middle left open."""
        with self._lock:
            self._claimed()
            self._followed.catch_up()
            self._sure = True

    def make(self, decide: Decide) -> int | None:
        """Make the change that `decide` wants; its offset in the topic of transforms, None where there was none.

        `decide` is called anew when another host was faster. What is deployed is known here, changed, on return.
        """
        with self._lock:
            offset = self._decided(decide)
            if offset is not None:
                self._sure = self._followed.wait(lambda: self._followed.position > offset, self._timeout_s)
            return offset

    def _decided(self, decide: Decide) -> int | None:
        for attempt in range(_ATTEMPTS):
            if attempt:
                time.sleep(random.uniform(0.2, 1) * min(_BACKOFF_MAX_S, _BACKOFF_S * 2**attempt))  # noqa: S311
            with contextlib.suppress(_Fenced):
                producer = self._claimed()
                change = self._decision(decide)
                return self._write(producer, change) if change is not None else None
        raise UnreachableError("Other hosts keep changing what is deployed; nothing was changed.")

    def _decision(self, decide: Decide) -> Change | None:
        if self._sure:
            # Whoever changed something since has fenced this producer, so that a change fails that was decided on an
            # old state. A refusal would not fail: it is decided on what is surely new.
            with contextlib.suppress(Rejected):
                change = decide(self._followed.transforms())
                if change is not None:
                    return change
        self._followed.catch_up()
        self._sure = True
        return decide(self._followed.transforms())

    def close(self) -> None:
        """Give back what the client holds."""
        self._producer = None

    def _claimed(self) -> "Producer":
        """The producer that holds the lock, or held it last."""
        if self._producer is None:
            self._sure = False
            producer = client.producer(
                self._kafka,
                transactional_id=TRANSACTIONAL_ID,
                transaction_timeout_ms=_TRANSACTION_S * 1_000,
                message_timeout_ms=int(self._timeout_s * 1_000),
                linger_ms=0,
                retry_backoff_ms=5,
            )
            with self._translating("The change cannot begin."):
                producer.init_transactions(self._timeout_s)
            self._producer = producer
        return self._producer

    def _write(self, producer: "Producer", change: Change) -> int:
        """Write and commit; the offset of the transform's record. Raises _Fenced, or as `make` does."""
        offsets: list[int] = []
        failed: list[KafkaError] = []

        def answered(error: "KafkaError | None", sent: "Message") -> None:
            if error is not None:
                failed.append(error)
            elif sent.topic() == TRANSFORMS:
                offsets.append(sent.offset() or 0)

        chunks = [*change.chunks, *((key, None) for key in change.dropped)]
        records = [*((MODULES, *chunk) for chunk in chunks), (TRANSFORMS, change.name.encode(), change.value)]
        try:
            with self._translating("The change cannot be written."):
                producer.begin_transaction()
                for topic, key, value in records:
                    producer.produce(topic, key=key, value=value, partition=0, on_delivery=answered)
                self._commit(producer, failed)
        except BaseException as error:
            self._producer = None  # how it stands with its transaction, the next claim finds out
            if not isinstance(error, _Fenced):
                self._abort(producer)
            raise
        return offsets[-1]

    def _commit(self, producer: "Producer", failed: "list[KafkaError]") -> None:
        from confluent_kafka import KafkaError, KafkaException

        try:
            producer.commit_transaction(self._timeout_s)
        except KafkaException as error:
            # It says only that a record was not delivered; why, the record's own answer says.
            if error.args[0].code() == KafkaError._INCONSISTENT and failed:  # noqa: SLF001
                raise KafkaException(failed[0]) from error
            raise

    def _abort(self, producer: "Producer") -> None:
        from confluent_kafka import KafkaException

        try:
            producer.abort_transaction(1)
        except KafkaException as error:
            logger.info("a change was given up without an answer to its end: %s", error)

    def _translating(self, doing: str) -> "_Translating":
        return _Translating(self._kafka, doing)


class _Translating:
    """confluent-kafka's exceptions as _Fenced, as a right that is missing, or as rpkpy's errors."""

    def __init__(self, kafka: "KafkaSettings", doing: str) -> None:
        self._kafka = kafka
        self._doing = doing

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, raised: BaseException | None, trace: object) -> None:
        from confluent_kafka import KafkaException

        if not isinstance(raised, KafkaException):
            return
        error = raised.args[0]
        if _is_fence(error):
            raise _Fenced from raised
        found: RpkpyError = errors.translate(error, self._kafka, self._doing)
        if error.retriable() and not isinstance(found, UnreachableError):
            found = UnreachableError(found.message, cause=found.cause)
        if isinstance(found, RefusedError) and is_denial(error.code()):
            raise lacking(_right(error), found) from raised
        raise found from raised


def _is_fence(error: "KafkaError") -> bool:
    from confluent_kafka import KafkaError

    fences = (
        KafkaError._FENCED,  # noqa: SLF001
        KafkaError.PRODUCER_FENCED,
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.INVALID_PRODUCER_ID_MAPPING,  # forgotten: it was idle for a week
        KafkaError.UNKNOWN_PRODUCER_ID,
    )
    return error.code() in fences


def _right(error: "KafkaError") -> str:
    from confluent_kafka import KafkaError

    if error.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        return f"Write on Topic {TRANSFORMS} and Topic {MODULES}"
    return f"Write and Describe on TransactionalId {TRANSACTIONAL_ID}"
