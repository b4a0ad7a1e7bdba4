"""Addresses of clusters: what people write, checked and completed."""

import re
from ipaddress import ip_address

KAFKA_PORT = 9092
ADMIN_PORT = 9644
REGISTRY_PORT = 8081

_HOST = r"\[[0-9A-Fa-f:.%a-z]+\]|[A-Za-z0-9._-]+"
_ADDRESS = re.compile(
    rf"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<host>{_HOST})(?::(?P<port>[0-9]+))?/?", re.ASCII
)


class BadAddress(ValueError):
    """An address that cannot be one; the text says why."""


def parse(text: str) -> tuple[str | None, str, int | None]:
    """Scheme (lower case), host (IPv6 in brackets) and port of `[scheme://]host[:port]`; BadAddress otherwise."""
    match = _ADDRESS.fullmatch(text.strip())
    if match is None:
        if "@" in text:
            raise BadAddress("an address holds no user or password: use -X user and -X pass")
        raise BadAddress(f"{text!r} is not host:port")
    port = int(match["port"]) if match["port"] else None
    if port is not None and not 0 < port < 65536:
        raise BadAddress(f"{text!r}: ports are 1 to 65535")
    return (match["scheme"] or "").lower() or None, match["host"], port


def kafka(text: str) -> str:
    """`host:port` of a Kafka broker; a scheme is dropped, a missing port is 9092."""
    _, host, port = parse(text)
    return f"{host}:{port or KAFKA_PORT}"


def http(text: str, default_port: int) -> str:
    """`host:port`, or an http(s) URL as it is; a missing port is `default_port`, with a URL its scheme's own."""
    scheme, host, port = parse(text)
    if scheme is None:
        return f"{host}:{port or default_port}"
    if scheme not in ("http", "https"):
        raise BadAddress(f"{text!r}: the scheme is http or https")
    return f"{scheme}://{host}" + (f":{port}" if port else "")


def host_of(address: str) -> str:
    """The host of a completed address."""
    return parse(address)[1]


def is_loopback(host: str) -> bool:
    """Whether `host` (an IPv6 address with or without brackets) is this machine, without asking a name server."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
