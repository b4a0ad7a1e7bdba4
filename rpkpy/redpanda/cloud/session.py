"""A login at work: its token is renewed before it ends, and once where a server no longer takes it.

The secrets stay in rpk.yaml, where rpk keeps them too. Several rpkpy at once renew a token once: the others find it in
the file.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

from rpkpy.config import cloud_auths, rpk_yaml, system_keyring, yaml_file
from rpkpy.config.cloud_auths import CLIENT_CREDENTIALS, SSO
from rpkpy.config.settings import CloudAuth
from rpkpy.errors import AuthError, ConfigError, UnreachableError
from rpkpy.redpanda.cloud import oauth, tokens
from rpkpy.redpanda.cloud.endpoints import Endpoints
from rpkpy.redpanda.cloud.http import Answer, CloudHttp

_RENEWAL_WAIT_S = 40.0
"""Longer than one renewal may take, so that who waits for another one's finds it done."""


@dataclass
class Session:
    """The login `auth`, kept in `file` (rpk.yaml), or nowhere where that is None.

    Timeouts are in seconds. `say` is told of every request; `now` is the time in seconds since the epoch.
    """

    endpoints: Endpoints
    auth: CloudAuth
    file: Path | None
    dial_timeout_s: float = 3.0
    request_timeout_s: float = 10.0
    say: Callable[[str], None] = field(default=lambda text: None, repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)

    def api(self, base_url: str, name: str) -> CloudHttp:
        """The API at `base_url`, called `name` in errors."""
        return CloudHttp(base_url, name, self.dial_timeout_s, self.request_timeout_s, self.say)

    @property
    def issuer(self) -> CloudHttp:
        """Who gives tokens to clients that have a secret, and publishes the keys that verify them."""
        return self.api(self.endpoints.auth_url, "Redpanda Cloud's login")

    @property
    def cloud(self) -> CloudHttp:
        """Where logins in a browser begin and organisations are known."""
        return self.api(self.endpoints.cloud_url, "Redpanda Cloud")

    def request(self, api: CloudHttp, method: str, path: str, *, action: str, **kwargs: Any) -> Answer:
        """Send a request with the token; where it is no longer taken, once more with a new one."""
        token = self.token()
        accept = {*kwargs.pop("accept", ()), HTTPStatus.UNAUTHORIZED}
        answer = api.request(method, path, action=action, token=token, accept=accept, **kwargs)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        accept.discard(HTTPStatus.UNAUTHORIZED)
        try:
            renewed = self._renewed(token)
        except AuthError as error:  # what the server said of the token counts
            raise api.refusal(action, answer, [token]) from error
        return api.request(method, path, action=action, token=renewed, accept=accept, **kwargs)

    def token(self) -> str:
        """A token that has not ended: the login's own, else a new one. AuthError where neither can be had."""
        if self.endpoints.token:
            return self.endpoints.token
        if not self.auth.auth_token or self._problem(self.auth):
            return self._renewed(self.auth.auth_token)
        return self.auth.auth_token

    def log_in(self, open_page: Callable[[oauth.DeviceCode], None]) -> CloudAuth:
        """A new login: with the client's secret where it is known, else in a browser.

        `open_page` shows the page on which it is confirmed. The token is checked, and its organisation asked for; the
        login is returned, not yet kept.
        """
        if self.auth.client_id and self.auth.client_secret:
            got = self._by_secret()
            auth = replace(self.auth, kind=CLIENT_CREDENTIALS)
        else:
            client_id = self.endpoints.sso_client_id
            code = oauth.begin(self.cloud, client_id)
            open_page(code)
            got = oauth.finish(self.cloud, client_id, code)
            auth = CloudAuth(kind=SSO, client_id=client_id)
        auth = replace(auth, auth_token=got.access, refresh_token=got.refresh)
        self._check(auth)
        action = "read the organisation of the login"
        answer = self.cloud.request("GET", "/api/v1/organization", action=action, token=got.access)
        organization = answer.json(action)
        org_id, name = organization.get("id"), organization.get("name")
        if not isinstance(org_id, str) or not org_id:
            raise UnreachableError(
                f"unable to {action}: the answer names none.",
                cause=f"GET {answer.url} answered with success, but not with an organisation's id.",
                fix="Does RPK_CLOUD_URL name Redpanda Cloud?",
            )
        self.auth = replace(auth, org_id=org_id, organization=name if isinstance(name, str) else "", name="")
        return self.auth

    def _renewed(self, rejected: str) -> str:
        """A token other than `rejected`, asked for by one rpkpy at a time."""
        if self.endpoints.token:
            raise AuthError("The token of RPK_CLOUD_TOKEN is no longer taken.", fix="Put a new one there.")
        with self._one_at_a_time():
            kept = self._kept()
            if kept is not None and kept.auth_token != rejected and not self._problem(kept):
                # another one was faster
                self.auth = replace(self.auth, auth_token=kept.auth_token, refresh_token=kept.refresh_token)
                return kept.auth_token
            refresh_token = kept.refresh_token if kept is not None else self.auth.refresh_token
            if self.auth.client_id and self.auth.client_secret:
                got = self._by_secret()
            elif refresh_token:
                got = oauth.with_refresh_token(self.cloud, self.auth.client_id, refresh_token)
            else:
                raise self._not_logged_in(rejected)
            self.auth = replace(self.auth, auth_token=got.access, refresh_token=got.refresh)
            self._check(self.auth)
            self._keep()
        return got.access

    def _by_secret(self) -> oauth.Tokens:
        secret = system_keyring.resolved(self.auth.client_secret)
        return oauth.with_client_credentials(self.issuer, self.auth.client_id, secret, self.endpoints.audience)

    def _problem(self, auth: CloudAuth) -> str | None:
        return tokens.problem(
            auth.auth_token, audience=self.endpoints.audience, client_id=auth.client_id, now=self.now()
        )

    def _check(self, auth: CloudAuth) -> None:
        """AuthError where a token that has just come cannot be used."""
        problem = self._problem(auth)
        if problem:
            raise AuthError(
                "Redpanda Cloud gave a token that cannot be used.",
                cause=f"{problem[0].upper()}{problem[1:]}.",
                fix="Is the clock of this machine right? RPK_CLOUD_AUTH_AUDIENCE and RPK_CLOUD_AUTH_URL must fit too.",
            )
        tokens.verify_signature(auth.auth_token, self.issuer, self.say)

    def _not_logged_in(self, rejected: str) -> AuthError:
        if not rejected:
            return AuthError("You are not logged in to Redpanda Cloud.", fix="rpkpy cloud login")
        problem = self._problem(replace(self.auth, auth_token=rejected)) or "it is no longer taken"
        return AuthError(
            "The login to Redpanda Cloud cannot be used any more.",
            cause=f"Of its token: {problem}. No client secret is kept to renew it with.",
            fix="Log in again: rpkpy cloud login; with client credentials, --save keeps the secret.",
        )

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if self.file is None or not self.file.exists():
            yield
            return
        with ExitStack() as stack:
            with suppress(OSError):  # a folder that cannot be written holds no file that another one could renew
                lock = self.file.with_name(f"{self.file.name}.token.lock")
                stack.enter_context(yaml_file.locked(lock, _RENEWAL_WAIT_S))
            yield

    def _kept(self) -> CloudAuth | None:
        if self.file is None:
            return None
        kept = cloud_auths.find(rpk_yaml.read(self.file), self.auth.org_id, self.auth.kind)
        return kept if kept is not None and kept.client_id == self.auth.client_id else None

    def _keep(self) -> None:
        if self.file is None:
            return
        try:
            cloud_auths.store_token(self.file, self.auth)
        except ConfigError as error:  # the command can go on with it all the same
            self.say(f"The new token is not kept: {error.message}")
