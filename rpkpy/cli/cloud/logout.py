"""`rpkpy cloud logout`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context

EXAMPLES = """
rpkpy cloud logout
rpkpy cloud logout --all --clear-credentials
"""


def command(
    ctx: typer.Context,
    clear_credentials: Annotated[
        bool, typer.Option("-c", "--clear-credentials", help="Forget the client id and secret too.")
    ] = False,
    every: Annotated[bool, typer.Option("-a", "--all", help="Log out of every organisation.")] = False,
) -> None:
    """Forget the token of the selected login. Nothing is sent: the token itself counts until it ends."""
    from rpkpy.cli.cloud.login_session import refuse_sudo
    from rpkpy.cli.profile.source import file_of
    from rpkpy.config import cloud_auths

    context: Context = ctx.obj
    refuse_sudo(context)
    if not cloud_auths.forget(file_of(context), every=every, credentials=clear_credentials):
        context.echo("You are not logged in.")
    elif every:
        context.echo("You are now logged out of all organizations you were logged into.")
    else:
        context.echo("You are now logged out.")
