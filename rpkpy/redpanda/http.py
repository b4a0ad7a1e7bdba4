"""Requests to a cluster's HTTP APIs: several hosts, a few attempts, one deadline over everything.

Every failure is an RpkpyError that says what to do. Credentials go only to hosts that the settings name.
"""

import asyncio
import json
import os
import random
import socket
import ssl
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx  # noqa: TID253  # imported by commands inside their function alone

from rpkpy.config.settings import HttpSettings, Sasl, Tls
from rpkpy.errors import AuthError, ConfigError, RpkpyError, UnreachableError
from rpkpy.redpanda import refusals
from rpkpy.text import well_formed
from rpkpy.trust import system_context
from rpkpy.version import __version__

ATTEMPTS = 3
_MAX_REDIRECTS = 5
_MAX_BODY_BYTES = 32 * 1024 * 1024
_FIRST_PAUSE_S = 0.25
_PAUSE_FACTOR = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of success: its body, and where it came from."""

    method: str
    url: str
    body: bytes
    name: str = "Admin API"
    option: str = "admin"

    def json(self, action: str) -> Any:
        """The body as JSON; UnreachableError (not this API) where it is none."""
        try:
            return json.loads(self.body, object_hook=_well_formed)
        except (ValueError, RecursionError):
            raise self.unexpected(action) from None

    def unexpected(self, action: str) -> RpkpyError:
        """The error for a body that is not what the API answers."""
        return refusals.not_an_admin_api(action, self.method, self.url, self.body, self.name, self.option)


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
    of every attempt. `name` is what errors call the API, `option` begins the -X keys that lead to it, `refused` makes
    the error of an answer that is no success.
    """

    settings: HttpSettings
    sasl: Sasl | None
    dial_timeout_s: float
    request_timeout_s: float
    say: Callable[[str], None] = lambda text: None
    name: str = "Admin API"
    option: str = "admin"
    refused: Callable[..., RpkpyError] = refusals.error_of
    hosts: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        scheme = "https" if self.settings.tls is not None else "http"
        self.hosts = tuple(
            address if "://" in address else f"{scheme}://{address}" for address in self.settings.addresses
        )
        self._known = {httpx.URL(host).host for host in self.hosts}

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
        content: bytes | None = None,
        attempts: int = ATTEMPTS,
        stay: bool = False,
    ) -> Answer:
        """Send a request until a host answers with success.

        Hosts are asked in the given order (shuffled ones by default): a network error or a 5xx moves on to the next
        one, after a pause where that one has been asked before. `stay` keeps to the first host on a 5xx, which is
        the leader. At least `attempts` in all, and each host once. A 4xx is final. `path` is percent-encoded.
        """
        order = list(hosts if hosts is not None else random.sample(self.hosts, len(self.hosts)))
        if not order:
            raise ConfigError(
                f"unable to {action}: no {self.name} address is known.",
                fix=f"Pass -X {self.option}.hosts=HOST:PORT.",
            )
        at = 0
        asked: set[str] = set()
        last: RpkpyError | None = None
        for attempt in range(max(attempts, len(order) if attempts > 1 else 1)):
            host = order[at % len(order)]
            # a host that never answers must leave time for the others
            share_s = deadline.left_s / (1 if stay else max(1, len(order) - len(asked)))
            asked.add(host)
            retry_after = None
            try:
                async with asyncio.timeout(share_s):
                    response, body = await self._send(client, method, host + path, content)
                url = str(response.url)
                self.say(f"{method} {url}: {response.status_code}, {len(body)} bytes")
                if response.is_success:
                    return Answer(method, url, body, self.name, self.option)
                retry_after = response.headers.get("Retry-After")
                user = self.sasl.user if self.sasl else ""
                last = self.refused(action, method, url, response.status_code, body, user=user, retry_after=retry_after)
                if response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise last
                at += not stay
            except TimeoutError:
                last = self._unreachable(action, host, f"no answer within {share_s:.3g} s")
                self.say(f"{method} {host}{path}: {last.cause}")
                if deadline.left_s <= 0:
                    break
                at += 1
            except (httpx.RequestError, httpx.InvalidURL, OSError) as error:  # a late TLS alert comes as it is
                last = self._network_error(action, host, error)
                self.say(f"{method} {host}{path}: {last.cause}")
                if _is_final(error):
                    raise last from error
                at += 1
            if order[at % len(order)] in asked:
                pause = _FIRST_PAUSE_S * _PAUSE_FACTOR**attempt * random.uniform(0.5, 1.5)  # noqa: S311  # jitter
                if retry_after is not None and retry_after.isdigit():
                    pause = max(pause, float(retry_after))
                if attempt + 1 >= attempts or pause >= deadline.left_s:
                    break
                await asyncio.sleep(pause)
        assert last is not None  # noqa: S101  # the loop runs at least once
        raise last

    async def _send(
        self, client: httpx.AsyncClient, method: str, url: str, content: bytes | None
    ) -> tuple[httpx.Response, bytes]:
        """One attempt, redirects followed: 307 and 308 with the body, others for GET alone."""
        target = httpx.URL(url)
        headers: dict[str, str] = {}
        for _ in range(_MAX_REDIRECTS + 1):
            request = client.build_request(method, target, content=content, headers=headers)
            auth = self._auth(target)
            response = await client.send(request, auth=auth, stream=True, follow_redirects=False)
            try:
                body = await _read(response)
            finally:
                await response.aclose()
            followed = (307, 308) if method != "GET" else (301, 302, 303, 307, 308)
            location = response.headers.get("Location")
            if response.status_code not in followed or not location:
                return response, body
            headers["Referer"] = str(target)
            target = _redirected(target, location)
        raise httpx.TooManyRedirects(f"more than {_MAX_REDIRECTS} redirects", request=request)

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

    def _unreachable(self, action: str, host: str, why: str, fix: str | None = None) -> UnreachableError:
        return UnreachableError(
            f"unable to {action}: no answer from the {self.name} at {host}.",
            cause=f"{why}.",
            fix=fix or f"Is the cluster running? -X {self.option}.hosts=HOST:PORT or --profile NAME names another one.",
        )

    def _network_error(self, action: str, host: str, error: Exception) -> RpkpyError:
        reason = _reason(error)
        if "CERTIFICATE_VERIFY_FAILED" in reason:
            return self._unreachable(
                action,
                host,
                f"its certificate is not trusted ({reason})",
                f"Name the authority that signed it: -X {self.option}.tls.ca=FILE.",
            )
        if "CERTIFICATE_REQUIRED" in reason or "alert certificate" in reason.lower():
            return AuthError(
                f"unable to {action}: {host} wants a client certificate.",
                cause=reason,
                fix=f"Pass -X {self.option}.tls.cert=FILE -X {self.option}.tls.key=FILE.",
            )
        if _ssl_error(error) is not None:
            fix = f"If it speaks plain HTTP, pass -X {self.option}.tls.enabled=false."
            return self._unreachable(action, host, f"it does not answer in TLS ({reason})", fix)
        if isinstance(error, httpx.ConnectTimeout):
            return self._unreachable(action, host, f"no connection within {self.dial_timeout_s:g} s")
        if isinstance(error, httpx.TimeoutException):
            return self._unreachable(action, host, f"no answer within {self.request_timeout_s:g} s")
        if isinstance(error, httpx.RemoteProtocolError | httpx.NetworkError) and not isinstance(
            error, httpx.ConnectError
        ):
            fix = f"If it speaks TLS, pass -X {self.option}.tls.enabled=true."
            if host.startswith("https:"):
                certificate = f"-X {self.option}.tls.cert=FILE -X {self.option}.tls.key=FILE"
                fix = f"If it wants a client certificate, pass {certificate}."
            return self._unreachable(action, host, f"the connection ended early ({reason})", fix)
        return self._unreachable(action, host, reason)


class _BearerAuth(httpx.Auth):
    """A token in the Authorization header (RFC 6750)."""

    def __init__(self, token: str) -> None:
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
        _load(tls.ca_file, "ca", lambda: context.load_verify_locations(cafile=tls.ca_file))
    if tls.cert_file:
        cert_file = tls.cert_file
        # without a prompt: a key with a passphrase must fail, not wait for a terminal
        _load(cert_file, "cert", lambda: context.load_cert_chain(cert_file, tls.key_file or None, password=""))
    if tls.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _load(path: str, what: str, load: Callable[[], None]) -> None:
    try:
        load()
    except ssl.SSLError as error:
        raise ConfigError(f"{path}: not usable as TLS {what} file.", cause=str(error)) from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}.", cause=f"It is named as TLS {what} file.") from error


def _redirected(target: httpx.URL, location: str) -> httpx.URL:
    following = target.join(location)
    if following.scheme not in ("http", "https") or not following.host or not 0 < (following.port or 80) < 65536:
        raise httpx.InvalidURL(f"a redirect to {location!r}")
    if target.scheme == "https" and following.scheme == "http":
        raise httpx.InvalidURL(f"a redirect from https to {location!r}")
    return following


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise httpx.RemoteProtocolError(f"an answer of more than {_MAX_BODY_BYTES >> 20} MiB")
    return bytes(body)


def _ssl_error(error: BaseException | None) -> ssl.SSLError | None:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _is_final(error: Exception) -> bool:
    """Whether trying again cannot help."""
    return isinstance(error, httpx.InvalidURL | httpx.TooManyRedirects | httpx.UnsupportedProtocol) or (
        isinstance(_ssl_error(error), ssl.SSLCertVerificationError)
    )


def _reason(error: BaseException) -> str:
    """The most telling text of an exception: the operating system's, where there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return str(cause)
        if isinstance(cause, socket.gaierror):
            return f"the name is not known ({cause.strerror})"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
        if isinstance(cause, ExceptionGroup):
            cause = cause.exceptions[0]
            continue
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
