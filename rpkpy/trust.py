"""Whom TLS connections trust: the operating system's certificate store, where companies put their own authorities."""

import ssl


def system_context() -> ssl.SSLContext:
    """A client's TLS context that verifies servers against the operating system's store."""
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def use_system_store() -> None:
    """Let libraries that make their own contexts (requests, with certificates of its own) use the system's store."""
    import truststore

    truststore.inject_into_ssl()
