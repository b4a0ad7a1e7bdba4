"""`rpkpy cloud auth use`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context

EXAMPLES = """
rpkpy cloud auth use "org-1-sso My Org"
"""


def command(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The login, as `list` names it.")]
) -> None:
    """Select the login that cloud commands use. A current profile of another login is selected no longer."""
    from rpkpy.cli.profile.source import file_of
    from rpkpy.config import cloud_auths

    context: Context = ctx.obj
    cleared = cloud_auths.use(file_of(context), name)
    if cleared is not None:
        context.echo(f'Clearing the current profile "{cleared}" which is using the auth that is being swapped from.')
    context.echo(f'Set current cloud auth to "{name}".')
