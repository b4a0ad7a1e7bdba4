"""A cluster's answers that are no success, as errors with what to do next.

The broker's texts are those of its Admin API (src/v/redpanda/admin/transform.cc, src/v/cluster/errc.h).
"""

import base64
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from rpkpy.config.settings import Sasl
from rpkpy.errors import AuthError, RefusedError, RpkpyError, UnreachableError
from rpkpy.text import printable

_SHOWN_CHARS = 300
_TITLE = re.compile(r"<title[^>]*>\s*(.*?)\s*</title>", re.IGNORECASE | re.DOTALL)

# part of the broker's message (lower case) -> what to do; the first that fits counts
_FIXES = (
    (
        "data transforms disabled",
        "rpkpy cluster config set data_transforms_enabled true, then restart the brokers.",
    ),
    (
        "topic does not exist",
        "Create the topic (rpkpy topic create TOPIC), or pass --create-topics.",
    ),
    (
        "invalid topic",
        "Check the topics: they must exist, and an internal or read-only one cannot be used.",
    ),
    (
        "limit of transforms has been reached",
        "Delete a transform (rpkpy transform delete NAME), or raise data_transforms_per_core_memory_reservation "
        "and restart the brokers.",
    ),
    (
        "topic configuration cannot change",
        "A deployed transform keeps its topics: delete it first (rpkpy transform delete NAME), or pass another --name.",
    ),
    (
        "invalid create transform configuration",
        "Check the name (1 to 128 bytes) and the topics: 1 to 8 different outputs, none of them the input, none "
        "internal, and no cycle through other transforms.",
    ),
    (
        "invalid transform environment",
        "At most 128 variables; keys of 1 to 128 bytes without = and not starting with REDPANDA_; values of 1 to "
        "2048 bytes without control characters.",
    ),
    (
        "unsupported schema registry client",
        "Build with the schema registry SDK of this cluster's version.",
    ),
    ("invalid webassembly", "rpkpy transform validate FILE says what is wrong with the module."),
    ("bad offset", "Use @T with T in milliseconds, +N or -N."),
    ("invalid json request body", "The cluster does not know a part of the request: is it older than the option used?"),
    ("transform does not exist", "rpkpy transform list names what is deployed."),
    (
        "unexpected cluster error: invalid request",
        "A module over the cluster's data_transforms_binary_max_size (10 MiB by default) is answered so: make it "
        "smaller, or raise that property.",
    ),
    (
        "requested feature is disabled",
        "Some brokers run an older version: finish the upgrade of the cluster.",
    ),
    ("superuser role required", "The user must be listed in the cluster property superusers."),
)


@dataclass(frozen=True, slots=True)
class Api:
    """An HTTP API as errors speak of it: its name, what the -X keys that lead to it begin with, and what to do about
    an answer of a status with a body (None where that is not known)."""

    name: str
    option: str
    fix: Callable[[int, bytes], str | None]


def _admin_fix(status: int, body: bytes) -> str | None:
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return "Make the module smaller, or raise data_transforms_binary_max_size; a proxy has a limit of its own."
    said = message_of(body).lower()
    return next((fix for part, fix in _FIXES if part in said), None)


ADMIN = Api("Admin API", "admin", _admin_fix)


def error_of(
    action: str,
    method: str,
    url: str,
    status: int,
    body: bytes,
    *,
    sasl: Sasl | None,
    foreign: str | None = None,
    retry_after: str | None = None,
    api: Api = ADMIN,
) -> RpkpyError:
    """The error for an answer of `status` with `body` to `method url`; `action` says what was tried.

    401 and 403 are AuthError, 502 and 504 UnreachableError, everything else RefusedError. `sasl` is what the request
    carried; `foreign` the host, where a redirect led to one that the settings do not name. `retry_after` is in seconds.
    """
    said = message_of(body)
    cause = f"{method} {url} answered {status} {_reason(status)}."
    text = f"unable to {action}: {said or _reason(status) or status}"
    if said and said[-1] not in ".!?":
        text += "."
    fix = api.fix(status, body)
    if status == HTTPStatus.UNAUTHORIZED or (status == HTTPStatus.FORBIDDEN and sasl is None):
        return AuthError(text, cause=cause, fix=_credentials_to_give(sasl, foreign, api))
    if status == HTTPStatus.FORBIDDEN:
        whom = repr(sasl.user) if sasl and sasl.user else "the token's user"
        return AuthError(text, cause=cause, fix=fix or f"Give {whom} the right to do this.")
    if status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT):
        fix = fix or f"Try again, or name another host with -X {api.option}.hosts."
        return UnreachableError(text, cause=cause, fix=fix)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        fix = f"Try again in {retry_after} s." if retry_after else "Try again later."
    elif fix is None and status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        fix = "Try again; the brokers' logs say more."
    elif fix is None and status == HTTPStatus.NOT_FOUND:
        fix = f"Check the name, and that {url} belongs to a cluster's {api.name} (-X {api.option}.hosts)."
    return RefusedError(text, cause=cause, fix=fix)


def _credentials_to_give(sasl: Sasl | None, foreign: str | None, api: Api) -> str:
    if foreign is not None:
        return (
            f"A redirect led to {foreign}, and credentials go to hosts of the settings alone: "
            f"if it belongs to the cluster, name it in -X {api.option}.hosts."
        )
    if sasl is None:
        return "Pass -X user=NAME -X pass=PASSWORD."
    if sasl.token is None:
        return f"Check the password of {sasl.user!r} (-X user, -X pass)."
    expiry = jwt_expiry(sasl.token)
    if expiry is not None and expiry <= time.time():
        moment = datetime.fromtimestamp(expiry, UTC)
        return f"The token expired at {moment:%Y-%m-%dT%H:%M:%SZ}: pass a new one, -X pass=token:TOKEN."
    return "The token is not accepted: pass another one, -X pass=token:TOKEN."


def jwt_expiry(token: str) -> float | None:
    """When a JSON Web Token expires, in seconds since the epoch (RFC 7519, 4.1.4); None where it does not say."""
    try:
        payload = token.split(".")[1]
        expiry = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        datetime.fromtimestamp(expiry, UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, RecursionError):
        return None
    return float(expiry)


def not_an_admin_api(action: str, method: str, url: str, body: bytes, api: Api = ADMIN) -> RpkpyError:
    """The error for a success whose body is not what the API answers: a proxy, another server, a cut body."""
    return UnreachableError(
        f"unable to {action}: the answer is not the {api.name}'s: {message_of(body) or 'an empty body'}",
        cause=f"{method} {url} answered with success, but not with the JSON expected.",
        fix=f"Check that -X {api.option}.hosts (or the profile) names the cluster's {api.name}.",
    )


def message_of(body: bytes) -> str:
    """What the body says: the JSON object's message, or its texts by key (what is wrong with each property); a web
    page's title; else its beginning. Fit for a terminal."""
    text = body.decode("utf-8", "replace").strip()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and isinstance(data.get("message"), str):
        text = data["message"].strip()
    elif isinstance(data, dict) and data and all(isinstance(value, str) for value in data.values()):
        text = "; ".join(f"{key}: {value.strip()}" for key, value in data.items())
    elif isinstance(data, str):
        text = data
    elif text[:200].lower().lstrip().startswith(("<!doctype html", "<html")):
        title = _TITLE.search(text)
        text = f"a web page, {' '.join(title[1].split())!r}" if title else "a web page"
    text = " ".join(printable(text).split())
    return text if len(text) <= _SHOWN_CHARS else text[: _SHOWN_CHARS - 1] + "…"


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
