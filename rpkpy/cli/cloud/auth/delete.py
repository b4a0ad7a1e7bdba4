"""`rpkpy cloud auth delete`."""

from typing import Annotated

import typer

from rpkpy.cli.context import NO_TERMINAL, Context
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy cloud auth delete "org-1-sso My Org"
rpkpy cloud auth delete "org-1-sso My Org" --no-confirm
"""


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The login, as `list` names it.")],
    no_confirm: Annotated[bool, typer.Option("--no-confirm", help="Do not ask first where profiles use it.")] = False,
) -> None:
    """Delete a login from rpk.yaml, with its secrets.

    Profiles that use it stay; they reach their cluster with SASL credentials alone then.
    """
    from rpkpy.cli.profile.source import file_of
    from rpkpy.config import cloud_auths

    context: Context = ctx.obj
    file = file_of(context)
    attached = cloud_auths.profiles_of(file, name)
    if attached and not no_confirm:
        question = f"Delete the login {name!r} that profiles use ({', '.join(attached)})?"
        if not context.interactive:
            raise UsageError(f"Not confirmed: {question}", cause=NO_TERMINAL, fix="Pass --no-confirm.")
        if not context.confirm(question, flag="--no-confirm"):
            context.note("Deletion canceled.")
            raise typer.Exit(1)
    was_current = cloud_auths.delete(file, name)
    context.echo(f'Deleted cloud auth "{name}".')
    if was_current:
        context.echo("This was the current auth selected.")
        context.note("Log in again with `rpkpy cloud login`, or select another login with `rpkpy cloud auth use`.")
