"""Where the Admin API listens: loopback for everybody, elsewhere with users and TLS, or when told what that risks."""

import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rpkpy.config.addresses import is_loopback
from rpkpy.errors import ConfigError, LocalError
from rpkpy.trust import load_file

_BACKLOG = 128


@dataclass(frozen=True, slots=True)
class ServerTls:
    """PEM files: the certificate with its chain, its key, and the authority of clients, where they must have one."""

    cert_file: Path
    key_file: Path
    client_ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use the Admin API. `names` are those that it is reached by beside its address."""

    users_file: Path | None = None
    tls: ServerTls | None = None
    names: tuple[str, ...] = ()
    insecure: bool = False


def check(access: Access, host: str, warn: Callable[[str], None]) -> None:
    """ConfigError where this would be open to others, unless that is asked for: then `warn` is told what it risks."""
    if is_loopback(host):
        return
    missing = []
    if access.users_file is None:
        missing.append("authentication (--admin-users FILE)")
    if access.tls is None:
        missing.append("TLS (--tls-cert FILE --tls-key FILE)")
    if not missing:
        return
    if not access.insecure:
        raise ConfigError(
            f"The Admin API does not listen on {host!r} without {' and '.join(missing)}.",
            cause="It is no loopback address, and whoever reaches the Admin API can run code on your topics.",
            fix="Pass what is missing, or listen on 127.0.0.1 and reach it through an SSH tunnel.\n"
            "--insecure-listen starts without it: only where nobody else reaches that address.",
        )
    if access.users_file is None:
        warn(f"--insecure-listen: whoever reaches {host} can deploy code and read your topics, without a password.")
    else:
        warn(f"--insecure-listen: passwords and tokens travel to {host} in the clear, for all on the way to read.")
    if access.users_file is None and access.tls is None:
        warn(f"--insecure-listen: what travels to and from {host} can be read and changed on the way.")


def context(tls: ServerTls) -> ssl.SSLContext:
    """The server's TLS, 1.2 and later; ConfigError names a file that cannot be used."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    # without a prompt: a key with a passphrase must fail, not wait for a terminal
    load_file(str(tls.cert_file), "cert", lambda: found.load_cert_chain(tls.cert_file, tls.key_file, password=""))
    if tls.client_ca_file is not None:
        authority = tls.client_ca_file
        load_file(str(authority), "client CA", lambda: found.load_verify_locations(cafile=authority))
        found.verify_mode = ssl.CERT_REQUIRED
    return found


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises ConfigError for a name that is not known, LocalError where it cannot."""
    listener = None
    try:
        family, address = _resolved(host, port)
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise LocalError(
            f"The Admin API cannot listen on {host}:{port}.",
            cause=error.strerror,
            fix="Stop what listens there, or pass --admin-listen with another port (port 0 takes a free one).",
        ) from error
    return listener


def url(host: str, listener: socket.socket, access: Access) -> str:
    """Where clients find it: by the first of its names, else by its address."""
    port: int = listener.getsockname()[1]
    shown = access.names[0] if access.names else host
    if ":" in shown and not shown.startswith("["):
        shown = f"[{shown}]"
    return f"{'https' if access.tls is not None else 'http'}://{shown}:{port}"


def _resolved(host: str, port: int) -> tuple[int, tuple[str, int]]:
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
        return socket.AF_INET6 if address.version == 6 else socket.AF_INET, (str(address), port)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError) as error:
        raise ConfigError(
            f"The Admin API cannot listen on {host!r}: the name is not known.",
            cause=str(error),
            fix="Pass an address of this machine with --admin-listen, and the name with --admin-name.",
        ) from error
    family, _, _, _, resolved = found[0]
    return family, (str(resolved[0]), port)
