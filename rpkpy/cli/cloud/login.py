"""`rpkpy cloud login`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.config.settings import CloudAuth
    from rpkpy.redpanda.cloud.oauth import DeviceCode

EXAMPLES = """
rpkpy cloud login
rpkpy cloud login --no-browser --no-profile
rpkpy cloud login --client-id ID --client-secret - --save < secret.txt
RPK_CLOUD_CLIENT_ID=ID RPK_CLOUD_CLIENT_SECRET=SECRET rpkpy cloud login --no-profile
"""
_MAX_SECRET_CHARS = 4096


def command(
    ctx: typer.Context,
    client_id: Annotated[str, typer.Option("--client-id", metavar="ID", help="Client id of a service account.")] = "",
    client_secret: Annotated[
        str, typer.Option("--client-secret", metavar="SECRET|-", help="Its secret; - reads it from standard input.")
    ] = "",
    save: Annotated[
        bool, typer.Option("--save", help="Keep the client secret in rpk.yaml, to renew tokens with.")
    ] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address of the page.")] = False,
    no_profile: Annotated[bool, typer.Option("--no-profile", help="Do not make or select a profile.")] = False,
) -> None:
    """Log in to Redpanda Cloud, in a browser, or with client credentials where they are known.

    These are the flags, else RPK_CLOUD_CLIENT_ID and RPK_CLOUD_CLIENT_SECRET, else what --save kept. A secret on the
    command line is seen by others on this machine. The token goes to rpk.yaml, as with rpk.
    Then a profile for a cluster is selected, or made where the organisation has one cluster.
    """
    from rpkpy.cli.cloud import after_login
    from rpkpy.cli.cloud.login_session import refuse_sudo, session_of
    from rpkpy.cli.profile.source import file_of
    from rpkpy.config import cloud_auths
    from rpkpy.text import printable

    context: Context = ctx.obj
    refuse_sudo(context)
    session = session_of(context, _client(context, client_id, client_secret))
    auth = session.log_in(lambda code: _show_page(context, code, open_it=not no_browser))
    file = file_of(context)
    auth = cloud_auths.keep(file, auth, save=save)
    session.auth = auth
    organization = printable(f'"{auth.organization}" ({auth.org_id})')
    context.echo(f"Successfully logged into cloud organization {organization} via {auth.kind}.")
    context.echo()
    if no_profile:
        after_login.say_profile(context, file)
    else:
        after_login.select_profile(context, file, session)


def _client(context: Context, client_id: str, client_secret: str) -> "CloudAuth":
    """The client to log in with; without a secret, in a browser."""
    from dataclasses import replace

    from rpkpy.cli.cloud.login_session import selected_login
    from rpkpy.cli.profile.source import overrides_of
    from rpkpy.config import cloud_auths

    if client_secret == "-":  # noqa: S105  # no secret
        client_secret = "" if context.interactive else _from_standard_input(context)
    overrides = overrides_of(context)
    auth = selected_login(context)
    if auth.kind == cloud_auths.SSO and overrides.text("cloud.client_id") is None:
        auth = replace(auth, client_id="")
    auth = cloud_auths.overridden(auth, client_id or None, client_secret or None)
    if auth.client_secret and not auth.client_id:
        raise UsageError("A client secret without a client id.", fix="Pass --client-id, or RPK_CLOUD_CLIENT_ID.")
    if client_id and not auth.client_secret:
        fix = "--client-secret - and write it to standard input, or set RPK_CLOUD_CLIENT_SECRET"
        auth = replace(auth, client_secret=context.prompt_secret("Client secret", flag=fix))
    return auth


def _from_standard_input(context: Context) -> str:
    line = context.stdin.readline(_MAX_SECRET_CHARS + 1)
    secret = line.strip()
    if not secret or len(line) > _MAX_SECRET_CHARS:
        what = "a line that is too long for one" if secret else "no secret"
        raise UsageError(f"--client-secret -: standard input holds {what}.", fix="Write it there, in one line.")
    return secret


def _show_page(context: Context, code: "DeviceCode", *, open_it: bool) -> None:
    """Where the login is confirmed, and by which code."""
    from rpkpy.cli.cloud import browser

    context.echo("Please proceed to the following URL to login:")
    context.echo()
    context.echo(f'    "{code.page}"')
    context.echo()
    context.stdout.flush()
    minutes = max(1, round(code.expires_in_s / 60))
    shown = f"The page must show the code {code.user_code}. " if code.user_code else ""
    context.note(f"{shown}Waiting up to {minutes} min for the confirmation; Ctrl-C ends it.")
    if open_it and context.interactive and not browser.open_page(code.page):
        context.note("No browser was opened: open the page yourself.")
