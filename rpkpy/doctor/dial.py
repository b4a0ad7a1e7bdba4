"""Whether something listens at an address."""

import os
import socket
from urllib.parse import urlsplit


def refused(address: str, timeout_s: float) -> str | None:
    """Why `address` (host:port, or a URL) takes no connection; None where it does."""
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 9092)
        socket.create_connection((parts.hostname or "", port), timeout_s).close()
    except socket.gaierror:
        return "its name is not known"
    except TimeoutError:
        return f"no connection within {timeout_s:.2g} s"
    except OSError as error:
        return os.strerror(error.errno).lower() if error.errno else str(error)
    except ValueError as error:
        return str(error)
    return None
