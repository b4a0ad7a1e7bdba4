"""Attempts at a request that brought no success: what is known of each, and the one error that is made of them."""

import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import httpx  # noqa: TID253  # imported by commands inside their function alone

from rpkpy.config.settings import Sasl
from rpkpy.errors import AuthError, RefusedError, RpkpyError, UnreachableError
from rpkpy.redpanda import refusals
from rpkpy.redpanda.refusals import ADMIN, Api

_X509_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED (openssl/x509_vfy.h)
_X509_HOSTNAME = (62, 64)  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An attempt without success.

    `answered`: there was an answer. `verdict`: it was a no that every host would repeat. `unsent`: the request cannot
    have arrived. `hopeless`: this host will not do better. `retry_after_s`: how long it wants to be left alone.
    """

    error: RpkpyError
    answered: bool = False
    verdict: bool = False
    unsent: bool = False
    hopeless: bool = False
    retry_after_s: float = 0.0


def of_answer(
    action: str, method: str, response: httpx.Response, body: bytes, *, sasl: Sasl | None, known: bool, api: Api = ADMIN
) -> Failure:
    """An answer that is no success; `known` says whether its host is one of the settings."""
    retry_after = response.headers.get("Retry-After")
    seconds = retry_after if retry_after is not None and retry_after.isdecimal() else None
    error = refusals.error_of(
        action,
        method,
        str(response.url),
        response.status_code,
        body,
        sasl=sasl if known else None,
        foreign=None if known else response.url.netloc.decode("ascii"),
        retry_after=seconds,
        api=api,
    )
    return Failure(
        error=error,
        answered=True,
        verdict=response.status_code < HTTPStatus.INTERNAL_SERVER_ERROR,
        retry_after_s=float(seconds or 0),
    )


def unanswered(action: str, url: str, why: str, fix: str | None = None, *, api: Api = ADMIN) -> Failure:
    """No answer of `url`, for the reason `why`."""
    error = UnreachableError(
        f"unable to {action}: no answer from the {api.name} at {_host(url)}.",
        cause=f"{why}.",
        fix=fix or f"Is the cluster running? -X {api.option}.hosts=HOST:PORT or --profile NAME names another one.",
    )
    return Failure(error=error)


class TooLarge(httpx.RequestError):
    """An answer larger than any of the API's."""


class Encoded(httpx.RequestError):
    """A compressed answer, though none was asked to be."""


@dataclass(eq=False)
class Unanswered(Exception):
    """No whole answer of `url` came: `error` says why. `begun`: its head did."""

    url: str
    error: Exception
    begun: bool


def of_exception(
    action: str, caught: Unanswered, dial_timeout_s: float, request_timeout_s: float, *, api: Api = ADMIN
) -> Failure:
    """What went wrong on the way there and back."""
    url, error = caught.url, caught.error
    if caught.begun:
        failure = _of_answer_that_ended(action, url, error, api)
    else:
        failure = _of_tls(action, url, error, api) or _of_network(
            action, url, error, dial_timeout_s, request_timeout_s, api
        )
    return Failure(
        error=failure.error,
        unsent=isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL),
        hopeless=isinstance(
            error,
            TooLarge | Encoded | httpx.InvalidURL | UnicodeError | httpx.TooManyRedirects | httpx.UnsupportedProtocol,
        )
        or isinstance(ssl_error_of(error), ssl.SSLCertVerificationError),
    )


def together(action: str, failures: Mapping[str, Failure], *, api: Api = ADMIN) -> RpkpyError:
    """One error for the hosts that failed: the most telling one's, with what happened at each of them."""
    errors = {host: failure.error for host, failure in failures.items()}
    # who answered knows more than who did not
    error = min(errors.values(), key=lambda error: (RefusedError, AuthError, UnreachableError).index(type(error)))
    if len(errors) == 1:
        return error
    message = error.message
    if all(not failure.answered for failure in failures.values()):
        message = f"unable to {action}: no answer from the {api.name}, at none of {len(errors)} hosts."
    causes = [f"{host}: {each.cause}" for host, each in sorted(errors.items())]
    return type(error)(message, cause="\n".join(causes), fix=error.fix)


def _of_answer_that_ended(action: str, url: str, error: Exception, api: Api) -> Failure:
    if isinstance(error, TooLarge | Encoded):
        fix = f"Check that -X {api.option}.hosts (or the profile) names the cluster's {api.name}."
        return unanswered(action, url, str(error), fix, api=api)
    fix = "Try again; if it stays so, a proxy on the way or the broker's log may say why."
    return unanswered(action, url, f"the answer was cut off ({reason_of(error)})", fix, api=api)


def _of_tls(action: str, url: str, error: Exception, api: Api) -> Failure | None:
    found = ssl_error_of(error)
    if found is None:
        return None
    reason = str(found)
    if isinstance(found, ssl.SSLCertVerificationError):
        return unanswered(action, url, *_untrusted(found, api), api=api)
    if "CERTIFICATE_REQUIRED" in reason or "alert certificate" in reason.lower():
        refused = AuthError(
            f"unable to {action}: {_host(url)} wants a client certificate.",
            cause=reason,
            fix=f"Pass -X {api.option}.tls.cert=FILE -X {api.option}.tls.key=FILE.",
        )
        return Failure(error=refused)
    fix = f"If it speaks plain HTTP, pass -X {api.option}.tls.enabled=false."
    return unanswered(action, url, f"it does not answer in TLS ({reason})", fix, api=api)


def _untrusted(error: ssl.SSLCertVerificationError, api: Api) -> tuple[str, str]:
    """Why a server's certificate is not trusted, and what to do about it."""
    if error.verify_code == _X509_EXPIRED:
        return (
            f"its certificate has expired ({error})",
            "Have it renewed on the broker; if it should be valid, check this machine's clock.",
        )
    if error.verify_code in _X509_HOSTNAME:
        return (
            f"its certificate is for another name ({error})",
            f"Name the host as its certificate does (-X {api.option}.hosts), or have the certificate name this one.",
        )
    return (
        f"its certificate is not trusted ({error})",
        f"Name the authority that signed it: -X {api.option}.tls.ca=FILE.",
    )


def _of_network(
    action: str, url: str, error: Exception, dial_timeout_s: float, request_timeout_s: float, api: Api
) -> Failure:
    reason = reason_of(error)
    if isinstance(error, httpx.ConnectTimeout):
        return unanswered(action, url, f"no connection within {dial_timeout_s:g} s", api=api)
    if isinstance(error, httpx.TimeoutException):
        return unanswered(action, url, f"no answer within {request_timeout_s:g} s", api=api)
    if isinstance(error, httpx.TooManyRedirects):
        return unanswered(
            action, url, reason, f"Name the cluster's brokers themselves with -X {api.option}.hosts.", api=api
        )
    if isinstance(error, httpx.RemoteProtocolError | httpx.NetworkError) and not isinstance(error, httpx.ConnectError):
        fix = f"If it speaks TLS, pass -X {api.option}.tls.enabled=true."
        if url.startswith("https:"):
            certificate = f"-X {api.option}.tls.cert=FILE -X {api.option}.tls.key=FILE"
            fix = f"If it wants a client certificate, pass {certificate}."
        return unanswered(action, url, f"the connection ended early ({reason})", fix, api=api)
    return unanswered(action, url, reason, api=api)


def _host(url: str) -> str:
    """`url` without its path."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"


def ssl_error_of(error: BaseException | None) -> ssl.SSLError | None:
    """The TLS error that `error` came from; None where it came from something else."""
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return error
        error = error.__cause__ or error.__context__
    return None


def reason_of(error: BaseException) -> str:
    """The most telling text of an exception: the operating system's, where there is one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return f"the name is not known ({cause.strerror})"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno)
        if isinstance(cause, ExceptionGroup):
            cause = cause.exceptions[0]
            continue
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
