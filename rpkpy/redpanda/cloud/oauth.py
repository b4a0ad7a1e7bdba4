"""Getting tokens: by client credentials (RFC 6749, 4.4), in a browser (device flow, RFC 8628), by a refresh token."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rpkpy.errors import AuthError, UnreachableError
from rpkpy.redpanda.cloud.http import Answer, CloudHttp
from rpkpy.redpanda.refusals import message_of
from rpkpy.text import printable

TOKEN_PATH = "/oauth/token"  # noqa: S105  # a path
DEVICE_PATH = "/oauth/device/code"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SLOWER_S = 5.0
"""What `slow_down` adds to the interval (RFC 8628, 3.5)."""
_DEFAULT_INTERVAL_S = 5.0
_MAX_INTERVAL_S = 60.0
_MAX_WAIT_S = 30 * 60.0
# OAuth's answers that are no success: the client is told why in JSON (RFC 6749, 5.2; Auth0 also takes 403)
_ANSWERS = (400, 401, 403)
_TOO_MANY = 429
"""What Auth0 answers with `slow_down`."""
_SHOWN_CHARS = 200


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a login gives; the refresh token is empty where there is none."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A login that has begun: the page for the browser, the code that it shows, how long it may take (seconds)."""

    device_code: str = field(repr=False)
    user_code: str
    page: str
    expires_in_s: float
    interval_s: float


def with_client_credentials(issuer: CloudHttp, client_id: str, client_secret: str, audience: str) -> Tokens:
    """A token for a client that knows its secret; AuthError where the issuer does not accept them."""
    action = "log in to Redpanda Cloud with client credentials"
    form = {
        "audience": audience,
        "client_id": client_id,
        "client_secret": client_secret,
        "grant_type": "client_credentials",
    }
    answer = issuer.request("POST", TOKEN_PATH, action=action, form=form, accept=_ANSWERS, secrets=[client_secret])
    tokens, error, said = _tokens(answer, action)
    if tokens is None:
        raise _refused(
            answer, action, error, said.replace(client_secret, "[REDACTED]"),
            "Check the client id and secret; `rpkpy cloud logout --clear-credentials` forgets saved ones.",
        )  # fmt: skip
    return tokens


def with_refresh_token(cloud: CloudHttp, client_id: str, refresh_token: str) -> Tokens:
    """A new token for a login in a browser; AuthError where the refresh token does not count any more."""
    action = "renew the login to Redpanda Cloud"
    body = {"client_id": client_id, "refresh_token": refresh_token, "grant_type": "refresh_token"}
    # once: where the answer is lost, the issuer may take the same refresh token a second time for a stolen one
    answer = cloud.request(
        "POST", TOKEN_PATH, action=action, json=body, accept=_ANSWERS, secrets=[refresh_token], attempts=1
    )
    tokens, error, said = _tokens(answer, action)
    if tokens is None:
        raise _refused(
            answer, action, error, said.replace(refresh_token, "[REDACTED]"), "Log in again: rpkpy cloud login."
        )
    return Tokens(tokens.access, tokens.refresh or refresh_token)


def begin(cloud: CloudHttp, client_id: str) -> DeviceCode:
    """Begin a login in a browser."""
    action = "begin a login to Redpanda Cloud"
    answer = cloud.request("POST", DEVICE_PATH, action=action, json={"client_id": client_id})
    data = answer.json(action)
    page = data.get("verification_uri_complete") or data.get("verification_uri")
    if not isinstance(data.get("device_code"), str) or not isinstance(page, str):
        raise UnreachableError(
            f"unable to {action}: the answer holds no code and no page.",
            cause=f"{answer.method} {answer.url} answered with success.",
            fix="Is there a proxy on the way that wants a login of its own?",
        )
    return DeviceCode(
        data["device_code"],
        printable(str(data.get("user_code") or "")),
        printable(page),
        min(_seconds(data.get("expires_in"), _MAX_WAIT_S), _MAX_WAIT_S),
        min(_seconds(data.get("interval"), _DEFAULT_INTERVAL_S), _MAX_INTERVAL_S),
    )


def finish(
    cloud: CloudHttp,
    client_id: str,
    code: DeviceCode,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Tokens:
    """Wait until the person has confirmed the login in the browser, asking no more often than the issuer wants.

    AuthError where it is denied, or not confirmed in time.
    """
    action = "log in to Redpanda Cloud"
    body = {"client_id": client_id, "device_code": code.device_code, "grant_type": _DEVICE_GRANT}
    ends, interval_s = clock() + code.expires_in_s, code.interval_s
    while True:
        try:
            answer = cloud.request(
                "POST", TOKEN_PATH, action=action, json=body, accept=(*_ANSWERS, _TOO_MANY), secrets=[code.device_code]
            )
        except UnreachableError:
            if clock() + 2 * interval_s >= ends:
                raise
            interval_s *= 2  # as RFC 8628 wants it of a client that gets no answer
        else:
            tokens, error, said = _tokens(answer, action)
            if tokens is not None:
                return tokens
            if error == "slow_down" or (not error and answer.status == _TOO_MANY):
                interval_s += _SLOWER_S
            elif error == "access_denied":
                raise AuthError(
                    f"unable to {action}: the login was denied.",
                    cause=said or "The page in the browser said no.",
                    fix="Log in again, as somebody who may: rpkpy cloud login.",
                )
            elif error == "expired_token":
                raise _too_late()
            elif error != "authorization_pending":
                raise _refused(answer, action, error, said, "Log in again: rpkpy cloud login.")
        if clock() + interval_s >= ends:
            raise _too_late()
        sleep(interval_s)


def _tokens(answer: Answer, action: str) -> tuple[Tokens | None, str, str]:
    """The tokens of an answer, or None with the error's code and what was said of it."""
    if answer.status >= 400:
        try:
            data: dict[str, Any] = answer.json(action)
        except UnreachableError:
            return None, "", message_of(answer.body)
        said = printable(str(data.get("error_description") or data.get("message") or ""))
        return None, printable(str(data.get("error") or ""))[:_SHOWN_CHARS], said[:_SHOWN_CHARS]
    data = answer.json(action)
    access, refresh = data.get("access_token"), data.get("refresh_token")
    if not isinstance(access, str) or not access or str(data.get("token_type", "Bearer")).lower() != "bearer":
        return None, "", "the answer holds no bearer token"
    return Tokens(access, refresh if isinstance(refresh, str) else ""), "", ""


def _refused(answer: Answer, action: str, error: str, said: str, fix: str) -> AuthError:
    why = ": ".join(filter(None, (error, said))) or f"status {answer.status}"
    return AuthError(
        f"unable to {action}: {why}" + ("" if why[-1] in ".!?" else "."),
        cause=f"{answer.method} {answer.url} answered {answer.status}.",
        fix=fix,
    )


def _too_late() -> AuthError:
    return AuthError(
        "unable to log in to Redpanda Cloud: the login was not confirmed in time.",
        cause="The code on the page has expired.",
        fix="Log in again: rpkpy cloud login.",
    )


def _seconds(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else default
