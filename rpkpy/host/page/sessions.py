"""Who may change things by the page: superusers, or where the host has no users, those who know the token."""

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from rpkpy.host.access.gate import address_of
from rpkpy.host.rejection import Rejected

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from rpkpy.host.access.caller import Callers
    from rpkpy.host.access.users import User

_LASTS_S = 12 * 3600.0
_MOST = 64
"""Sessions at a time; the oldest gives way."""


@dataclass(slots=True)
class Session:
    """Somebody signed in, a `user` where the host has users.

    `csrf` is in every form of theirs; `messages` are shown on their next page.
    """

    id: str
    csrf: str
    until_s: float
    user: "User | None" = None
    messages: list[str] = field(default_factory=list)

    @property
    def may_change(self) -> bool:
        """Whether what they send is done, not only shown."""
        return self.user is None or self.user.superuser


class Sessions:
    """The sessions of one host's page, in memory: a host that starts anew asks to sign in again. Thread-safe.

    With `callers` they are those of the host's users, and nobody else sees the page; else those of who knows the
    `token`, and without one nobody can sign in.
    """

    def __init__(
        self, token: str | None, now: Callable[[], float] = time.monotonic, *, callers: "Callers | None" = None
    ) -> None:
        self._token = None if callers is not None else token
        self._callers = callers
        self._now = now
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    @property
    def possible(self) -> bool:
        """Whether anybody can sign in."""
        return self._token is not None or self.by_name

    @property
    def by_name(self) -> bool:
        """Whether it takes a name and a password, instead of the token."""
        return self._callers is not None

    def sign_in(self, token: str) -> Session | None:
        """A new session for who knows the token."""
        if self._token is None or not hmac.compare_digest(token.strip().encode(), self._token.encode()):
            return None
        return self._begun(None)

    async def sign_in_as(self, request: "Request", name: str, password: str) -> Session | None:
        """A new session for a user; Rejected (429) after too many wrong passwords."""
        if self._callers is None:
            return None
        try:
            user = await self._callers.by_password(name, password, address_of(request))
        except Rejected as error:
            if error.status != HTTPStatus.UNAUTHORIZED:
                raise
            return None
        return self._begun(user)

    def _begun(self, user: "User | None") -> Session:
        session = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), self._now() + _LASTS_S, user)
        with self._lock:
            while len(self._sessions) >= _MOST:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[session.id] = session
        return session

    def of(self, request: "Request") -> Session | None:
        """The session that the request's cookie names."""
        with self._lock:
            session = self._sessions.get(request.cookies.get(_cookie(request), ""))
            if session is not None and not self._lasts(session):
                del self._sessions[session.id]
                return None
            return session

    def _lasts(self, session: Session) -> bool:
        if self._callers is not None and (session.user is None or not self._callers.is_still(session.user)):
            return False
        return session.until_s >= self._now()

    def sign_out(self, session: Session) -> None:
        """End it."""
        with self._lock:
            self._sessions.pop(session.id, None)


def check_form(session: Session | None, csrf: object) -> Session:
    """The session, where there is one and the form is its own. Raises Rejected."""
    if session is None:
        raise Rejected(403, "Sign in first: without it the page only shows.")
    if not isinstance(csrf, str) or not hmac.compare_digest(csrf.encode("utf-8", "replace"), session.csrf.encode()):
        raise Rejected(403, "This form is not of your session. Load the page again.")
    return session


def give_cookie(request: "Request", response: "Response", session: Session) -> None:
    """Scripts never see it, and no other site's request carries it."""
    response.set_cookie(
        _cookie(request),
        session.id,
        max_age=int(_LASTS_S),
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def take_cookie(request: "Request", response: "Response") -> None:
    """Make the browser forget it."""
    response.delete_cookie(_cookie(request), path="/", httponly=True, samesite="strict")


def _cookie(request: "Request") -> str:
    # Cookies belong to a host name whatever the port: two hosts on one machine must not sign each other out.
    return f"rpkpy_page_{request.url.port or 0}"
