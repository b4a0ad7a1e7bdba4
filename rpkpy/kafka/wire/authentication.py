"""Connections that may be used: the broker's versions looked at, and who we are said.

SASL: RFC 4616 (PLAIN), RFC 5802 and 7677 (SCRAM), RFC 7628 (OAUTHBEARER); Kafka carries the messages in
SaslHandshake and SaslAuthenticate (KIP-152).
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

from rpkpy.config.settings import OAUTHBEARER, KafkaSettings, Sasl
from rpkpy.errors import AuthError
from rpkpy.kafka.wire.connection import Connection
from rpkpy.kafka.wire.errors import Unsupported
from rpkpy.kafka.wire.protocol import Api, Reader, bytes_, string

MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", OAUTHBEARER)

_HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
# Kafka refuses to store fewer, and nobody stores many more: a broker must not make us compute for hours.
_ITERATIONS = (4096, 1_000_000)


def connect(host: str, port: int, settings: KafkaSettings, timeout_s: float) -> Connection:
    """A connection that takes requests.

    Raises ConnectionLost, AuthError, ConfigError, and Unsupported for a broker too old or a mechanism not known.
    """
    connection = Connection(host, port, settings, timeout_s)
    try:
        if settings.sasl is None:
            _check_versions(connection, timeout_s)
        else:
            _authenticate(connection, settings.sasl, timeout_s)
            _check_versions(connection, timeout_s)
    except BaseException:
        connection.close()
        raise
    return connection


def _check_versions(connection: Connection, timeout_s: float) -> None:
    answer = connection.ask(Api.API_VERSIONS, (), timeout_s)
    if code := answer.int16():
        raise Unsupported(f"The broker does not say which calls it knows (error {code}).")
    ranges = {
        key: (low, high) for key, low, high in answer.array(lambda: (answer.int16(), answer.int16(), answer.int16()))
    }
    for api in Api:
        if api in (Api.SASL_HANDSHAKE, Api.SASL_AUTHENTICATE):
            continue
        key, version = api.value
        low, high = ranges.get(key, (0, -1))
        if not low <= version <= high:
            raise Unsupported(f"The broker {connection.address} does not know {api.name}, version {version}.")


def _authenticate(connection: Connection, sasl: Sasl, timeout_s: float) -> None:
    mechanism = sasl.mechanism.upper()
    if mechanism not in MECHANISMS:
        raise Unsupported(f"The SASL mechanism {sasl.mechanism} is not one of {', '.join(MECHANISMS)}.")
    answer = connection.ask(Api.SASL_HANDSHAKE, [string(mechanism)], timeout_s)
    code = answer.int16()
    if code:
        known = ", ".join(answer.array(answer.string))
        raise AuthError(
            "The brokers refused the credentials.",
            cause=f"They do not take {mechanism}.",
            fix=f"Pass -X sasl.mechanism=NAME with one that the broker takes: {known}."
            if known
            else "This port takes no credentials: name one that does, or leave out -X user and -X pass.",
        )

    def say(message: bytes) -> bytes:
        reply = connection.ask(Api.SASL_AUTHENTICATE, [bytes_(message)], timeout_s)
        return _reply(reply)

    if sasl.token is not None:
        say(f"n,,\x01auth=Bearer {sasl.token}\x01\x01".encode())
    elif mechanism == "PLAIN":
        say(f"\0{sasl.user}\0{sasl.password}".encode())
    else:
        _scram(_HASHES[mechanism], sasl, say)


def _reply(answer: Reader) -> bytes:
    code, message, data = answer.int16(), answer.string(), answer.bytes_()
    if code:
        raise _refused(message or f"error {code}")
    if data.startswith(b"{"):  # RFC 7628: a refusal comes as JSON in a challenge
        raise _refused(data[:200].decode("utf-8", "replace"))
    return data


def _refused(cause: str) -> AuthError:
    return AuthError(
        "The brokers refused the credentials.",
        cause=cause,
        fix="Check kafka_api.sasl of the profile, or -X user=..., -X pass=... and -X sasl.mechanism=....",
    )


def _scram(hash_name: str, sasl: Sasl, say: Callable[[bytes], bytes]) -> None:
    """The client's side of SCRAM; the broker has to prove that it knows the password, too."""
    user = sasl.user.replace("=", "=3D").replace(",", "=2C")
    nonce = secrets.token_urlsafe(24)
    first = f"n={user},r={nonce}"
    answer = say(b"n,," + first.encode())
    fields = _fields(answer)
    try:
        theirs, salt, iterations = fields["r"], base64.b64decode(fields["s"], validate=True), int(fields["i"])
    except (KeyError, ValueError):
        raise _refused("The broker's SCRAM message cannot be read.") from None
    if not theirs.startswith(nonce) or theirs == nonce:
        raise _refused("The broker's SCRAM message answers somebody else.")
    if not _ITERATIONS[0] <= iterations <= _ITERATIONS[1]:
        raise _refused(f"The broker asks for {iterations} iterations of SCRAM.")

    def mac(key: bytes, message: bytes) -> bytes:
        return hmac.digest(key, message, hash_name)

    salted = hashlib.pbkdf2_hmac(hash_name, sasl.password.encode(), salt, iterations)
    client_key = mac(salted, b"Client Key")
    last = f"c=biws,r={theirs}"  # biws: the header "n,," in base64
    message = b",".join((first.encode(), answer, last.encode()))
    signature = mac(hashlib.new(hash_name, client_key).digest(), message)
    proof = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    final = _fields(say(f"{last},p={base64.b64encode(proof).decode()}".encode()))
    expected = base64.b64encode(mac(mac(salted, b"Server Key"), message)).decode()
    if not hmac.compare_digest(final.get("v", ""), expected):
        raise _refused("The broker did not prove that it knows the password.")


def _fields(message: bytes) -> dict[str, str]:
    pairs = (part.partition("=") for part in message.decode("utf-8", "replace").split(","))
    return {name: value for name, _, value in pairs}
