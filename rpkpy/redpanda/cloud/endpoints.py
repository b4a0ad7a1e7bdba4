"""Where Redpanda Cloud is, and who is asked for at its door; each value movable by the variable that rpk reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from rpkpy.config.addresses import is_loopback
from rpkpy.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs without a slash at the end, the audience of tokens, and the client id of logins in a browser.

    The defaults are rpk's (config/params.go, oauth/providers/auth0). `token` is one that was given from outside: it
    is used as it is.
    """

    auth_url: str = "https://auth.prd.cloud.redpanda.com"
    cloud_url: str = "https://cloud-api.prd.cloud.redpanda.com"
    control_plane_url: str = "https://api.redpanda.com"
    audience: str = "cloudv2-production.redpanda.cloud"
    sso_client_id: str = "ehNhbNUwjPIWUinE2b7njFyE4VBrxXZm"
    token: str = ""

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Endpoints":
        """The endpoints of this run; ConfigError for a URL that credentials cannot be sent to."""
        base = cls()

        def url(variable: str, default: str) -> str:
            text = environ.get(variable)
            return secure(text, variable) if text else default

        return cls(
            auth_url=url("RPK_CLOUD_AUTH_URL", base.auth_url),
            cloud_url=url("RPK_CLOUD_URL", base.cloud_url),
            control_plane_url=url("RPK_PUBLIC_API_URL", base.control_plane_url),
            audience=environ.get("RPK_CLOUD_AUTH_AUDIENCE") or base.audience,
            sso_client_id=environ.get("RPK_AUTH_APP_CLIENT_ID") or base.sso_client_id,
            token=environ.get("RPK_CLOUD_TOKEN", ""),
        )

    def __repr__(self) -> str:
        return f"Endpoints(auth_url={self.auth_url!r}, cloud_url={self.cloud_url!r}, ...)"


def secure(url: str, origin: str) -> str:
    """`url` without a slash at the end, where secrets may be sent to it: https, or http on this machine alone.

    ConfigError otherwise, which says that it came from `origin`.
    """
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("https", "http") or parts.username or parts.query or parts.fragment:
        raise ConfigError(f"{origin}: not the URL of an API.", fix="Write it as https://HOST.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError(
            f"{origin}: {parts.scheme}://{host} would carry credentials in the clear.", fix="Use its https address."
        )
    return parts.geturl().rstrip("/")
