"""Requests to a cluster's HTTP APIs: several hosts, a few attempts, one deadline over everything.

Every failure is an RpkpyError that says what to do. Credentials go only to hosts that the settings name.
"""

import asyncio
import json
import random
import re
import ssl
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx  # noqa: TID253  # imported by commands inside their function alone

from rpkpy.config.settings import HttpSettings, Sasl, Tls
from rpkpy.errors import ConfigError, RpkpyError
from rpkpy.redpanda import refusals
from rpkpy.redpanda.failures import (
    Encoded,
    Failure,
    TooLarge,
    Unanswered,
    of_answer,
    of_exception,
    together,
    unanswered,
)
from rpkpy.redpanda.refusals import ADMIN, Api
from rpkpy.text import printable, well_formed
from rpkpy.trust import load_file, system_context
from rpkpy.version import __version__

ATTEMPTS = 3
_MAX_REDIRECTS = 5
_MAX_BODY_BYTES = 32 * 1024 * 1024
_MAX_REFUSAL_BYTES = 64 * 1024
_FIRST_PAUSE_S = 0.25
_PAUSE_FACTOR = 4
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of success: its body, and where it came from."""

    method: str
    url: str
    body: bytes
    api: Api = ADMIN

    def json(self, action: str) -> Any:
        """The body as JSON; UnreachableError (not an Admin API) where it is none."""
        try:
            return json.loads(self.body, object_hook=_well_formed)
        except (ValueError, RecursionError):
            raise self.unexpected(action) from None

    def unexpected(self, action: str) -> RpkpyError:
        """The error for a body that is not what the API answers."""
        return refusals.not_an_admin_api(action, self.method, self.url, self.body, self.api)


class Content(Protocol):
    """A body that is streamed: `size` bytes in all, from the beginning again for each attempt."""

    @property
    def size(self) -> int:
        """How many bytes `chunks` gives."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """The bytes in pieces."""
        ...


@dataclass(slots=True)
class Deadline:
    """The moment, on the event loop's clock, after which nothing is waited for any more."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """`seconds` from now."""
        return cls(asyncio.get_running_loop().time() + seconds)

    @property
    def left_s(self) -> float:
        """Seconds left, not below zero."""
        return max(0.0, self.at - asyncio.get_running_loop().time())


@dataclass
class HttpApi:
    """One HTTP API of a cluster, at one or more hosts.

    `dial_timeout_s` bounds each connection, `request_timeout_s` a whole request with all its attempts. `say` is told
    of every attempt.
    """

    settings: HttpSettings
    sasl: Sasl | None
    dial_timeout_s: float
    request_timeout_s: float
    say: Callable[[str], None] = lambda text: None
    api: Api = ADMIN
    hosts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        scheme = "https" if self.settings.tls is not None else "http"
        urls = (address if "://" in address else f"{scheme}://{address}" for address in self.settings.addresses)
        self.hosts = tuple(dict.fromkeys(urls))
        self._known = {_host_of(host, self.api) for host in self.hosts}

    def client(self) -> httpx.AsyncClient:
        """A client with this API's TLS; the caller closes it. Proxies of the environment are not used, as rpk's."""
        return httpx.AsyncClient(
            # without https hosts, one that trusts nobody: cheap to make, and a redirect cannot get round verification
            verify=tls_context(self.settings.tls)
            if any(host.startswith("https:") for host in self.hosts)
            else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=httpx.Timeout(self.request_timeout_s, connect=self.dial_timeout_s),
            headers={
                "User-Agent": f"rpkpy/{__version__}",
                "Accept": "application/json",
                "Content-Type": "application/json",
                "Accept-Encoding": "identity",
            },
            trust_env=False,
        )

    async def request(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        *,
        action: str,
        deadline: Deadline,
        hosts: Sequence[str] | None = None,
        content: bytes | Content | None = None,
        attempts: int = ATTEMPTS,
        stay: bool = False,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send a request until a host answers with success; what all of them said is raised otherwise.

        Hosts are asked in the given order (shuffled ones by default), each once: a network error or a 5xx moves on to
        the next one. Then `attempts - 1` more are made, after a pause each. `stay` keeps to the first host on a 5xx,
        which is the leader. A 4xx is final. What is not `repeatable` (a POST, if not said otherwise) is sent again
        only where it cannot have arrived. `path` is percent-encoded.
        """
        order = list(hosts if hosts is not None else random.sample(self.hosts, len(self.hosts)))
        if not order:
            raise ConfigError(
                f"unable to {action}: no {self.api.name} address is known.",
                fix=f"Pass -X {self.api.option}.hosts=HOST:PORT.",
            )
        # RFC 9110, 9.2.2: GET, PUT and DELETE mean the same sent twice
        again = method in ("GET", "PUT", "DELETE") if repeatable is None else repeatable
        failures: dict[str, Failure] = {}
        repeats, at = attempts - 1, 0
        while True:
            host = order[at % len(order)]
            share_s = _share(deadline.left_s, len(order) - len(failures), repeats, stay=stay)
            found = await self._attempt(client, method, host + path, content, action, share_s)
            if isinstance(found, Answer):
                return found
            failures[host] = found
            if found.verdict:
                raise found.error
            if deadline.left_s <= 0 or not (again or found.unsent):
                break
            at += not (stay and found.answered)
            if order[at % len(order)] in failures:
                pause_s = _pause(attempts - 1 - repeats, found.retry_after_s)
                if repeats == 0 or found.hopeless or pause_s >= deadline.left_s:
                    break
                repeats -= 1
                await asyncio.sleep(pause_s)
        raise together(action, failures, api=self.api)

    async def _attempt(
        self,
        client: httpx.AsyncClient,
        method: str,
        url: str,
        content: bytes | Content | None,
        action: str,
        share_s: float,
    ) -> "Answer | Failure":
        """One attempt, of at most `share_s` seconds."""
        try:
            async with asyncio.timeout(share_s):
                response, body = await self._send(client, method, url, content)
        except TimeoutError:
            failure = unanswered(action, url, f"no answer within {share_s:.3g} s", api=self.api)
        except Unanswered as caught:
            failure = of_exception(action, caught, self.dial_timeout_s, self.request_timeout_s, api=self.api)
        else:
            shown = str(response.url)
            self.say(f"{method} {shown}: {response.status_code}, {len(body)} bytes")
            if response.is_success:
                return Answer(method, shown, body, self.api)
            known = response.url.host in self._known
            return of_answer(action, method, response, body, sasl=self.sasl, known=known, api=self.api)
        self.say(f"{method} {url}: {failure.error.cause}")
        return failure

    async def _send(
        self, client: httpx.AsyncClient, method: str, url: str, content: bytes | Content | None
    ) -> tuple[httpx.Response, bytes]:
        """One attempt, redirects followed: 307 and 308 with the body, others for GET alone."""
        shown, begun = url, False
        try:
            target = httpx.URL(url)
            headers: dict[str, str] = {}
            for _ in range(_MAX_REDIRECTS + 1):
                shown, begun = str(target), False
                request = client.build_request(method, target, content=streamed(content, headers), headers=headers)
                response = await client.send(request, auth=self._auth(target), stream=True, follow_redirects=False)
                begun = True
                try:
                    body = await read_body(response)
                finally:
                    await response.aclose()
                followed = (307, 308) if method != "GET" else (301, 302, 303, 307, 308)
                location = response.headers.get("Location")
                if response.status_code not in followed or not location:
                    return response, body
                headers["Referer"] = str(target)
                begun = False
                target = _redirected(target, location)
            raise httpx.TooManyRedirects(f"more than {_MAX_REDIRECTS} redirects", request=request)
        # UnicodeError: a redirect to a host in Punycode that is none; OSError: a late TLS alert comes as it is
        except (httpx.RequestError, httpx.InvalidURL, UnicodeError, OSError) as error:
            raise Unanswered(shown, error, begun) from error

    def _auth(self, target: httpx.URL) -> httpx.Auth | None:
        """Credentials, for hosts the settings name; never in the clear where they asked for TLS."""
        if self.sasl is None or target.host not in self._known:
            return None
        if target.scheme == "http" and all(host.startswith("https:") for host in self.hosts):
            return None
        token = self.sasl.token
        if token is not None:
            return _BearerAuth(token)
        return httpx.BasicAuth(self.sasl.user, self.sasl.password)


def _share(left_s: float, unasked: int, repeats: int, *, stay: bool) -> float:
    """Seconds for one attempt: a host that never answers must leave time for those not asked yet, or asked again."""
    if unasked > 1:
        return left_s / (2 if stay else unasked)
    return left_s if unasked else left_s / (repeats + 1)


def _pause(repeated: int, retry_after_s: float) -> float:
    jitter = random.uniform(0.5, 1.5)  # noqa: S311  # so that many clients do not come back at the same moment
    return float(max(_FIRST_PAUSE_S * _PAUSE_FACTOR**repeated * jitter, retry_after_s))


class _BearerAuth(httpx.Auth):
    """A token in the Authorization header (RFC 6750)."""

    def __init__(self, token: str) -> None:
        if not _TOKEN.fullmatch(token):
            raise ConfigError(
                "The bearer token holds characters that no token has.",
                cause="A token is of letters, digits and -._~+/=, without blanks and line ends (RFC 6750, 2.1).",
                fix="Pass it with -X pass=token:TOKEN.",
            )
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _well_formed(data: dict[str, Any]) -> dict[str, Any]:
    return {key: well_formed(value) if isinstance(value, str) else value for key, value in data.items()}


def tls_context(tls: Tls | None) -> ssl.SSLContext:
    """The TLS context of these settings; ConfigError names a file that cannot be used."""
    tls = tls or Tls()
    context = system_context()
    if tls.ca_file:
        load_file(tls.ca_file, "ca", lambda: context.load_verify_locations(cafile=tls.ca_file))
    if tls.cert_file:
        cert_file = tls.cert_file
        # without a prompt: a key with a passphrase must fail, not wait for a terminal
        load_file(cert_file, "cert", lambda: context.load_cert_chain(cert_file, tls.key_file or None, password=""))
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _host_of(url: str, api: Api) -> str:
    try:
        return httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError) as error:  # a host in Punycode that is none
        raise ConfigError(
            f"{url} cannot be an address: {error}.", fix=f"Pass -X {api.option}.hosts=HOST:PORT."
        ) from error


def _redirected(target: httpx.URL, location: str) -> httpx.URL:
    following = target.join(location)
    if following.scheme not in ("http", "https") or not following.host or not 0 < (following.port or 80) < 65536:
        raise httpx.InvalidURL(f"a redirect to {location!r}")
    if target.scheme == "https" and following.scheme == "http":
        raise httpx.InvalidURL(f"a redirect from https to {location!r}")
    return following.copy_with(userinfo=b"")  # a password in it would be sent, and shown


def streamed(content: bytes | Content | None, headers: dict[str, str]) -> bytes | AsyncIterator[bytes] | None:
    """`content` as httpx takes it; the length of one that is streamed goes into `headers`."""
    if content is None or isinstance(content, bytes):
        return content
    headers["Content-Length"] = str(content.size)  # else it would go in chunks, of a length that nobody is told

    async def chunks() -> AsyncIterator[bytes]:
        for chunk in content.chunks():
            yield chunk

    return chunks()


async def read_body(response: httpx.Response) -> bytes:
    """The body; of a refusal its beginning, which is all that is shown of it.

    Raises Encoded for one that is compressed: none was asked to be, and a few bytes of it may stand for any number.
    """
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() != "identity":
        raise Encoded(f"an answer in the encoding {printable(encoding)[:40]!r}, which was not asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if not response.is_success and len(body) > _MAX_REFUSAL_BYTES:
            break
        if len(body) > _MAX_BODY_BYTES:
            raise TooLarge(f"an answer of more than {_MAX_BODY_BYTES >> 20} MiB")
    return bytes(body)
