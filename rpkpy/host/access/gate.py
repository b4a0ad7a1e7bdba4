"""What stands before every endpoint: bounds of a head, names that are the host's, no foreign pages, rights."""

from enum import Enum
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rpkpy.config.addresses import is_loopback
from rpkpy.host.access.caller import Callers
from rpkpy.host.access.connections import MOST_HEAD_BYTES
from rpkpy.host.access.users import Users
from rpkpy.host.rejection import Rejected

if TYPE_CHECKING:
    from starlette.requests import Request

    from rpkpy.host.settings import HostSettings

MOST_HEADERS = 100


class Needs(Enum):
    """What an endpoint asks of its caller, as the broker's do (src/v/redpanda/admin/server.cc).

    PAGE looks after itself: its sessions are known by a cookie.
    """

    NOTHING = "nothing"
    USER = "user"
    SUPERUSER = "superuser"
    PAGE = "page"


class Gate:
    """Lets requests in, or raises Rejected. Without a file of users everybody counts as superuser, as on the broker.

    The constructor raises ConfigError where the users cannot be read.
    """

    def __init__(self, settings: "HostSettings") -> None:
        access = settings.access
        self.callers = Callers(Users(access.users_file)) if access.users_file is not None else None
        self._only_loopback = is_loopback(settings.listen_host)
        self._names = {name.lower() for name in (settings.listen_host, *access.names)}

    async def check(self, request: "Request", needs: Needs) -> None:
        """Raise Rejected: 400, 401, 403, 429 or 431."""
        headers = request.headers.raw
        if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > MOST_HEAD_BYTES:
            raise Rejected(431, "Request header fields too large")
        self._refuse_foreign_pages(request)
        if self.callers is None or needs in (Needs.NOTHING, Needs.PAGE):
            return
        given = request.headers.get("authorization")
        if given is None:
            if needs is Needs.SUPERUSER:
                raise Rejected(403, "Forbidden (superuser role required)")
            raise Rejected(401, "Forbidden (authentication is required)")
        user = await self.callers.of(given, address_of(request))
        if needs is Needs.SUPERUSER and not user.superuser:
            raise Rejected(403, "Forbidden (superuser role required)")

    def _refuse_foreign_pages(self, request: "Request") -> None:
        """A page elsewhere can make a browser send requests: by a form, or by a name that is made to point here.

        Clients of the API send no Origin. An address in Host cannot be made to point elsewhere, only names can.
        """
        host = request.headers.get("host", "")
        origin = request.headers.get("origin")
        if origin is not None and origin != f"{request.url.scheme}://{host}":
            raise Rejected(403, "Forbidden (cross-origin request)")
        name = _name_of(host)
        if name is None or not self._is_ours(name):
            where = "loopback addresses" if self._only_loopback else "its own address and names"
            raise Rejected(403, f"Forbidden (the transform host answers to {where} only)")

    def _is_ours(self, name: str) -> bool:
        if name == "" or is_loopback(name) or name in self._names:
            return True
        return not self._only_loopback and _is_address(name)


def address_of(request: "Request") -> str:
    """Where it comes from."""
    return request.client.host if request.client is not None else ""


def _name_of(host: str) -> str | None:
    """The name in a Host header, without the port; None where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        return (parts.hostname or "") if parts.username is None and not parts.path else None
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
