"""Which ACL a host lacks, said by name: the client's own words leave out both the right and the resource."""

from collections.abc import Iterator
from contextlib import contextmanager

from rpkpy.errors import RefusedError
from rpkpy.kafka.errors import code_of


def is_denial(code: int | None) -> bool:
    """Whether a Kafka error code says that the user may not do something."""
    from confluent_kafka import KafkaError

    return code in (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    )


@contextmanager
def denied(right: str) -> Iterator[None]:
    """Errors of authorisation raised inside name `right`, such as `Write on Topic x`, as what is needed."""
    try:
        yield
    except RefusedError as error:
        if not is_denial(code_of(error)):
            raise
        raise lacking(right, error) from error


def lacking(right: str, error: RefusedError) -> RefusedError:
    """The error for a user without `right`."""
    return RefusedError(
        "The transform host lacks a right in Kafka.",
        cause=f"It needs {right}. {error.cause or error.message}",
        fix="Grant it to the host's user; the transform host's documentation lists all that it needs.",
    )
