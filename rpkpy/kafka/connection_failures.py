"""Why a connection to a broker failed: librdkafka says that it did; the broker, asked once more, says why."""

import re
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

from rpkpy.config import addresses
from rpkpy.config.settings import KafkaSettings, Tls
from rpkpy.errors import AuthError, RpkpyError, UnreachableError
from rpkpy.trust import system_context

_PROBE_TIMEOUT_S = 1.0
_MAX_CERTIFICATE_BYTES = 1024 * 1024
_X509_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED (openssl/x509_vfy.h)
_X509_HOSTNAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH
# Of a client's certificate: RFC 8446, section 6.2; Kafka sends bad_certificate also where there is none.
_ALERT = re.compile(r"alert (bad certificate|certificate (required|unknown|expired|revoked)|unknown ca|access denied)")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def of(text: str, settings: KafkaSettings) -> RpkpyError | None:
    """The error for what librdkafka said of a connection; None where it is not about TLS.

    AuthError where the broker does not accept the client's certificate, else UnreachableError.
    """
    names = ", ".join(settings.brokers)
    tls = settings.tls or Tls()
    if "certificate verify failed" in text:
        why, fix = _untrusted(settings, tls)
        return UnreachableError(f"The certificate of {names} is not trusted.", cause=why, fix=fix)
    if _ALERT.search(text):
        return _client_certificate(names, tls, text)
    if "connecting to a PLAINTEXT broker listener?" in text or "wrong version number" in text:
        return UnreachableError(
            f"{names} does not speak TLS.", cause=text, fix="Pass -X tls.enabled=false, or the port that does."
        )
    return None


def of_silence(settings: KafkaSettings) -> RpkpyError | None:
    """The error for brokers that end connections without a word: they speak TLS, or want credentials.

    None where no broker takes a connection, or where the settings have both.
    """
    for broker in settings.brokers:
        if settings.tls is None and _speaks_tls(broker):
            return UnreachableError(
                f"{broker} speaks TLS, and the settings do not.",
                cause="It ended the connections without a word.",
                fix="Pass -X tls.enabled=true; and -X tls.ca=FILE where an authority of your own signed for it.",
            )
        if settings.sasl is None and _takes_connections(broker):
            return UnreachableError(
                f"{broker} takes connections and ends them without a word.",
                cause="A listener that wants credentials does so, and a port that is not Kafka's.",
                fix="Pass -X user=NAME -X pass=PASSWORD and -X sasl.mechanism=..., or check -X brokers.",
            )
    return None


def _speaks_tls(broker: str) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent
    try:
        _handshake(broker, context)
    except (OSError, ValueError):
        return False
    return True


def _takes_connections(broker: str) -> bool:
    try:
        with _connection(broker):
            return True
    except (OSError, ValueError):
        return False


def _untrusted(settings: KafkaSettings, tls: Tls) -> tuple[str, str]:
    """Why a broker's certificate is not trusted, asked of the broker once more, and what to do."""
    fix = "Name the authority that signed it: -X tls.ca=FILE."
    for broker in settings.brokers:
        try:
            _handshake(broker, ssl.create_default_context(cafile=tls.ca_file) if tls.ca_file else system_context())
        except ssl.SSLCertVerificationError as error:
            why = f"{broker}: {error.verify_message}."
            if error.verify_code == _X509_EXPIRED:
                return why, "Have it renewed on the broker; if it should be valid, check this machine's clock."
            if error.verify_code in _X509_HOSTNAME:
                return why, "Name the broker as its certificate does: -X brokers=HOST:PORT."
            return why, fix
        except (OSError, ValueError):
            continue
    return "The client could not verify it.", fix


def _handshake(broker: str, context: ssl.SSLContext) -> None:
    """Begin TLS with a broker and end it again. Raises OSError, of which ssl.SSLError is one."""
    with _connection(broker) as connection, context.wrap_socket(connection, server_hostname=_host(broker)[0]):
        return


def _connection(broker: str) -> socket.socket:
    return socket.create_connection(_host(broker), timeout=_PROBE_TIMEOUT_S)


def _host(broker: str) -> tuple[str, int]:
    _, host, port = addresses.parse(broker)
    return host.strip("[]"), port or addresses.KAFKA_PORT


def _client_certificate(names: str, tls: Tls, text: str) -> AuthError:
    if not tls.cert_file:
        return AuthError(
            f"{names} wants a client certificate.", cause=text, fix="Pass -X tls.cert=FILE -X tls.key=FILE."
        )
    message = f"{names} does not accept the client certificate {tls.cert_file}."
    end = expiry(Path(tls.cert_file))
    if end is not None and end < datetime.now(UTC):
        return AuthError(message, cause=f"It expired at {end:%Y-%m-%dT%H:%M:%SZ}.", fix="Have a new one issued.")
    return AuthError(
        message, cause=text, fix="Use one that an authority of the broker signed: -X tls.cert, -X tls.key."
    )


def expiry(file: Path) -> datetime | None:
    """When the first certificate of a PEM file expires; None where that cannot be read.

    The notAfter of RFC 5280, 4.1.2.5: in the certificate's sequence, in the TBSCertificate's, after version (which may
    be left out), serial number, signature and issuer, the second time of the validity.
    """
    try:
        with file.open("rb") as stream:
            found = _PEM.search(stream.read(_MAX_CERTIFICATE_BYTES))
        if found is None:
            return None
        body = ssl.PEM_cert_to_DER_cert(found.group().decode("ascii"))
        _, body, _ = _element(body)
        _, body, _ = _element(body)
        tag, _, rest = _element(body)
        for _ in range(3 if tag == 0xA0 else 2):
            _, _, rest = _element(rest)
        _, validity, _ = _element(rest)
        _, _, after = _element(validity)
        tag, text, _ = _element(after)
        form = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}[tag]
        return datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC)
    except (OSError, ValueError, IndexError, KeyError):
        return None


def _element(data: bytes) -> tuple[int, bytes, bytes]:
    """The tag and content of a DER element, and what follows it (X.690)."""
    length, at = data[1], 2
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(data[2:at], "big")
    return data[0], data[at : at + length], data[at + length :]
