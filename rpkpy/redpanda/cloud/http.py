"""Requests to Redpanda Cloud's HTTP APIs: one host each, a few attempts, one deadline, answers bounded.

Redirects are not followed, for a token would go along. What is said of a request or an error never holds one of its
secrets, even where the server repeats it.
"""

import asyncio
import json
import random
import ssl
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx  # noqa: TID253  # imported by commands inside their function alone

from rpkpy.config.addresses import is_loopback
from rpkpy.errors import AuthError, RefusedError, RpkpyError, UnreachableError
from rpkpy.redpanda import event_loop
from rpkpy.redpanda.failures import reason_of, ssl_error_of
from rpkpy.redpanda.http import Content, Deadline, read_body, streamed
from rpkpy.redpanda.refusals import message_of
from rpkpy.text import well_formed
from rpkpy.trust import system_context
from rpkpy.version import __version__

_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.25
_PAUSE_FACTOR = 3
_MASK = "[REDACTED]"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: where it came from, its status, its body and the Retry-After header, if any."""

    method: str
    url: str
    status: int
    body: bytes
    retry_after: str | None = None

    def json(self, action: str) -> dict[str, Any]:
        """The body's JSON object; UnreachableError (it is not the API that answered) where it is none."""
        try:
            data = json.loads(self.body, object_hook=_well_formed)
        except (ValueError, RecursionError):
            data = None
        if isinstance(data, dict):
            return data
        raise UnreachableError(
            f"unable to {action}: the answer is not Redpanda Cloud's: {message_of(self.body) or 'an empty body'}",
            cause=f"{self.method} {self.url} answered {self.status}, but not with the JSON expected.",
            fix="Is there a proxy on the way that wants a login of its own?",
        )


@dataclass(frozen=True)
class CloudHttp:
    """One API of Redpanda Cloud at `base_url`; `name` says in errors which one.

    `dial_timeout_s` bounds the connection, `request_timeout_s` a whole request with all its attempts. `say` is told
    of every attempt.
    """

    base_url: str
    name: str
    dial_timeout_s: float = 3.0
    request_timeout_s: float = 10.0
    say: Callable[[str], None] = field(default=lambda text: None, repr=False)

    def request(
        self,
        method: str,
        path: str,
        *,
        action: str,
        token: str | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | Content | None = None,
        content_type: str | None = None,
        accept: Collection[int] = (),
        secrets: Iterable[str] = (),
        seconds: float | None = None,
        attempts: int = _ATTEMPTS,
    ) -> Answer:
        """Send a request until it is answered with success, or with a status of `accept`.

        Network errors, 429 and 5xx (but not 501) are tried again while the time lasts: `seconds`, or the API's own,
        up to `attempts` times in all.
        Raises AuthError (401, 403), UnreachableError (no answer, 502, 504, a redirect), RefusedError (anything else).
        `secrets` are those in the body; they and the token are never shown.
        """
        hidden = tuple(filter(None, (token, *secrets)))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if json is not None:
            content, content_type = _json_bytes(json), "application/json"
        elif form is not None:
            content, content_type = str(httpx.QueryParams(dict(form))).encode(), _FORM
        if content_type:
            headers["Content-Type"] = content_type
        return event_loop.run(
            self._attempts(
                method, path, action, headers, content, accept, hidden, seconds or self.request_timeout_s, attempts
            )
        )

    async def _attempts(
        self,
        method: str,
        path: str,
        action: str,
        headers: dict[str, str],
        content: bytes | Content | None,
        accept: Collection[int],
        hidden: tuple[str, ...],
        seconds: float,
        attempts: int,
    ) -> Answer:
        deadline = Deadline.after(seconds)
        last: RpkpyError | None = None
        async with self._client(seconds) as client:
            for attempt in range(attempts):
                retry_after = None
                try:
                    async with asyncio.timeout(deadline.left_s):
                        answer = await self._send(client, method, path, headers, content)
                    self._said(f"{method} {answer.url}: {answer.status}, {len(answer.body)} bytes", hidden)
                    if answer.status < HTTPStatus.MULTIPLE_CHOICES or answer.status in accept:
                        return answer
                    last = self.refusal(action, answer, hidden)
                    if not _may_pass(answer.status):
                        raise last
                    retry_after = answer.retry_after
                except TimeoutError:
                    last = self._no_answer(action, f"nothing within {seconds:g} s", hidden)
                    break
                except (httpx.RequestError, httpx.InvalidURL, OSError) as error:
                    tls = ssl_error_of(error)
                    last = self._no_answer(action, str(tls) if tls is not None else reason_of(error), hidden)
                    self._said(f"{method} {self.base_url}{path}: {last.cause}", hidden)
                    if isinstance(tls, ssl.SSLCertVerificationError):
                        break
                pause = _FIRST_PAUSE_S * _PAUSE_FACTOR**attempt * random.uniform(0.5, 1.5)  # noqa: S311  # jitter
                if retry_after is not None and retry_after.isdecimal():
                    pause = max(pause, float(retry_after))
                if attempt + 1 >= attempts or pause >= deadline.left_s:
                    break
                await asyncio.sleep(pause)
        assert last is not None  # noqa: S101  # the loop runs at least once
        raise last

    def _client(self, seconds: float) -> httpx.AsyncClient:
        local = is_loopback(urlsplit(self.base_url).hostname or "")
        return httpx.AsyncClient(
            verify=self._tls,
            timeout=httpx.Timeout(seconds, connect=self.dial_timeout_s),
            headers={
                "User-Agent": f"rpkpy/{__version__}",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
            },
            trust_env=not local,  # a company's proxy is often the only way out
        )

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        https = self.base_url.startswith("https:")
        return system_context() if https else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def _send(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        headers: dict[str, str],
        content: bytes | Content | None,
    ) -> Answer:
        headers = dict(headers)
        body = streamed(content, headers)
        request = client.build_request(method, self.base_url + path, content=body, headers=headers)
        response = await client.send(request, stream=True, follow_redirects=False)
        try:
            answered = await read_body(response)
        finally:
            await response.aclose()
        return Answer(method, str(response.url), response.status_code, answered, response.headers.get("Retry-After"))

    def _said(self, text: str, hidden: tuple[str, ...]) -> None:
        self.say(redacted(text, hidden))

    def _no_answer(self, action: str, why: str, hidden: tuple[str, ...]) -> UnreachableError:
        fix = "Check the network, and HTTPS_PROXY where one is needed."
        if "CERTIFICATE_VERIFY_FAILED" in why:
            fix = "Where a proxy has its own authority, add that to the operating system's certificates."
        return UnreachableError(
            f"unable to {action}: no answer from {self.name} at {self.base_url}.",
            cause=redacted(f"{why}.", hidden),
            fix=fix,
        )

    def refusal(self, action: str, answer: Answer, hidden: Iterable[str]) -> RpkpyError:
        """The error for an answer that is no success; `hidden` are secrets that it must not show."""
        try:
            phrase = HTTPStatus(answer.status).phrase
        except ValueError:
            phrase = ""
        said = redacted(message_of(answer.body), hidden) or phrase or str(answer.status)
        text = f"unable to {action}: {said}" + ("" if said[-1] in ".!?" else ".")
        cause = redacted(f"{answer.method} {answer.url} answered {answer.status} {phrase}.", hidden)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            return AuthError(text, cause=cause, fix="Log in again: rpkpy cloud login.")
        if answer.status == HTTPStatus.FORBIDDEN:
            return AuthError(
                text,
                cause=cause,
                fix="This login may not do it: rpkpy cloud auth list shows others, or ask for the role.",
            )
        if answer.status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT) or answer.status < 400:
            fix = "Try again later." if answer.status >= 400 else "Redirects are not followed; check the address."
            return UnreachableError(text, cause=cause, fix=fix)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            wait = answer.retry_after
            fix = f"Try again in {wait} s." if wait and wait.isdecimal() else "Try again later."
            return RefusedError(text, cause=cause, fix=fix)
        return RefusedError(text, cause=cause, fix="Try again later." if answer.status >= 500 else None)


def redacted(text: str, hidden: Iterable[str]) -> str:
    """`text` without any of `hidden`."""
    for secret in hidden:
        text = text.replace(secret, _MASK)
    return text


def _may_pass(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or (status >= 500 and status != HTTPStatus.NOT_IMPLEMENTED)


def _json_bytes(data: Any) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _well_formed(data: dict[str, Any]) -> dict[str, Any]:
    return {key: well_formed(value) if isinstance(value, str) else value for key, value in data.items()}
