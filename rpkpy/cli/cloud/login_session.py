"""The login that a command works with, as a session that renews its token."""

from typing import TYPE_CHECKING

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, overrides_of
from rpkpy.errors import ConfigError

if TYPE_CHECKING:
    from rpkpy.config.settings import CloudAuth, Settings
    from rpkpy.redpanda.cloud.session import Session


def session_of(context: Context, auth: "CloudAuth | None" = None) -> "Session":
    """A session with `auth`, by default the login that is selected in rpk.yaml, flags and variables over it."""
    from rpkpy.config.settings import Settings

    overrides, base = overrides_of(context), Settings()
    return _session(
        context,
        auth or selected_login(context),
        overrides.seconds("globals.dial_timeout") or base.dial_timeout_s,
        overrides.seconds("globals.command_timeout") or base.request_timeout_s,
    )


def session_for_profile(context: Context, settings: "Settings") -> "Session":
    """A session with the login of the settings' profile."""
    return _session(context, settings.cloud, settings.dial_timeout_s, settings.request_timeout_s)


def with_fresh_token(context: Context, settings: "Settings") -> "Settings":
    """The settings with a token for Kafka that has not ended; AuthError where none can be had."""
    from dataclasses import replace

    from rpkpy.config.settings import OAUTHBEARER, Sasl

    sasl = Sasl(OAUTHBEARER, password=session_for_profile(context, settings).token())
    return replace(settings, kafka=replace(settings.kafka, sasl=sasl))


def refuse_sudo(context: Context) -> None:
    """ConfigError under sudo where rpk.yaml is somebody else's: written by root, it could not be read any more."""
    import os

    file = file_of(context)
    if "SUDO_UID" in context.environ and file.exists() and file.stat().st_uid != os.geteuid():
        raise ConfigError(f"{file} belongs to another user than sudo runs this as.", fix="Run it again without sudo.")


def selected_login(context: Context) -> "CloudAuth":
    """The login that is selected in rpk.yaml (an empty one where none is), flags and variables over it."""
    from rpkpy.config import cloud_auths
    from rpkpy.config.settings import CloudAuth

    overrides = overrides_of(context)
    kept = cloud_auths.current(file_of(context)) or CloudAuth()
    return cloud_auths.overridden(kept, overrides.text("cloud.client_id"), overrides.text("cloud.client_secret"))


def _session(context: Context, auth: "CloudAuth", dial_timeout_s: float, request_timeout_s: float) -> "Session":
    from rpkpy.redpanda.cloud.endpoints import Endpoints
    from rpkpy.redpanda.cloud.session import Session
    from rpkpy.text import printable

    return Session(
        Endpoints.of(context.environ),
        auth,
        file_of(context),
        dial_timeout_s=dial_timeout_s,
        request_timeout_s=request_timeout_s,
        say=lambda text: context.debug(printable(text)),
        now=context.now,
    )
