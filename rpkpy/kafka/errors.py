"""confluent-kafka's errors as rpkpy's."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import AuthError, InvalidError, RefusedError, RpkpyError, UnreachableError
from rpkpy.kafka import codes, connection_failures

if TYPE_CHECKING:
    from confluent_kafka import KafkaError

# Where librdkafka's name of a protocol error is not the protocol's, which rpk and Java print.
_NAMES = {
    "INVALID_MSG": "CORRUPT_MESSAGE",
    "MSG_SIZE_TOO_LARGE": "MESSAGE_TOO_LARGE",
    "TOPIC_EXCEPTION": "INVALID_TOPIC_EXCEPTION",
    "UNKNOWN_TOPIC_OR_PART": "UNKNOWN_TOPIC_OR_PARTITION",
}


@contextmanager
def translating(settings: KafkaSettings) -> Iterator[None]:
    """confluent-kafka's exceptions as rpkpy's."""
    from confluent_kafka import KafkaException

    try:
        yield
    except KafkaException as error:
        raise translate(error.args[0], settings) from error


def translate(error: "KafkaError", settings: KafkaSettings, doing: str | None = None) -> RpkpyError:
    """The error for a person: UnreachableError, AuthError, InvalidError (a message too large), else RefusedError."""
    from confluent_kafka import KafkaError

    code, text = error.code(), error.str()
    cause = f"{_NAMES.get(error.name(), error.name())}: {text.removeprefix('Broker: ')}"
    if code in (codes.AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED):
        return AuthError("The brokers refused the credentials.", cause=text, fix=_credentials(text, settings))
    if code == codes.SSL:
        return connection_failures.of(text, settings) or UnreachableError(
            f"TLS with {_names(settings)} failed.", cause=text, fix="Check -X tls.ca and -X tls.cert."
        )
    if code in (
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    ):
        who = f"User:{settings.sasl.user}" if settings.sasl and settings.sasl.user else "this user"
        return RefusedError(
            doing or f"{who} may not do this.",
            cause=cause,
            fix=f"Have {who} given an ACL for it (read, write, describe, create, ...), or use another user.",
        )
    if code in (codes.TRANSPORT, codes.ALL_BROKERS_DOWN, codes.RESOLVE):
        return unreachable(settings, text)
    if code in (
        codes.TIMED_OUT,
        KafkaError.REQUEST_TIMED_OUT,
        codes.MSG_TIMED_OUT,
        codes.TIMED_OUT_QUEUE,
    ):
        return UnreachableError(doing or "The brokers did not answer in time.", cause=cause)
    if code == KafkaError.MSG_SIZE_TOO_LARGE:
        return InvalidError(
            doing or "A record is too large.",
            cause=cause,
            fix="Raise --max-message-bytes and the topic's max.message.bytes.",
        )
    return RefusedError(doing or "The cluster refused the request.", cause=cause)


def code_of(error: RpkpyError) -> int | None:
    """The Kafka error code that `error` was made of; None where it has another cause."""
    from confluent_kafka import KafkaException

    cause = error.__cause__
    return cause.args[0].code() if isinstance(cause, KafkaException) else None


def about_no_group(error: "KafkaError") -> bool:
    """Whether a consumer's error is about the group that it had to name and never joins: no right to it is needed."""
    from confluent_kafka import KafkaError

    return error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED


def _credentials(text: str, settings: KafkaSettings) -> str:
    """What to do about refused credentials."""
    _, known, mechanisms = text.partition("supported mechanisms:")
    if known:
        mechanisms = mechanisms.partition("(")[0].strip().replace(",", ", ")
        if mechanisms:
            return f"Pass -X sasl.mechanism=NAME with one that the broker takes: {mechanisms}."
        return "This port takes no credentials: name one that does, or leave out -X user and -X pass."
    if settings.sasl is not None and settings.sasl.token is not None:
        return "It may have expired, or be for another cluster: pass a new one, -X pass=token:TOKEN."
    return "Check kafka_api.sasl of the profile, or -X user=..., -X pass=... and -X sasl.mechanism=...."


def unreachable(settings: KafkaSettings, cause: str) -> UnreachableError:
    return UnreachableError(
        f"No Kafka broker answers at {_names(settings)}.",
        cause=cause,
        fix="Start the local cluster with `rpkpy local start`, or name another with -X brokers=HOST:PORT.",
    )


def _names(settings: KafkaSettings) -> str:
    return ", ".join(settings.brokers)
