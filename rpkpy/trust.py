"""Whom TLS connections trust: the operating system's certificate store, where companies put their own authorities."""

import ssl
from collections.abc import Callable

from rpkpy.errors import ConfigError


def system_context() -> ssl.SSLContext:
    """A client's TLS context that verifies servers against the operating system's store."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def use_system_store() -> None:
    """Let libraries that make their own contexts (requests, with certificates of its own) use the system's store."""
    import truststore

    truststore.inject_into_ssl()


def load_file(path: str, what: str, load: Callable[[], None]) -> None:
    """Run `load`, which reads `path`; ConfigError names the file where it cannot be used."""
    try:
        load()
    except ssl.SSLError as error:
        raise ConfigError(f"{path}: not usable as TLS {what} file.", cause=str(error)) from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}.", cause=f"It is named as TLS {what} file.") from error
