"""`rpkpy host user delete`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.host.user import UsersFile
from rpkpy.errors import UsageError

EXAMPLES = "rpkpy host user delete ann --admin-users users"


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user.")],
    admin_users: UsersFile,
) -> None:
    """Remove a user from the file. Running hosts follow within seconds, sessions of the page end."""
    from rpkpy.host.access import users

    context: Context = ctx.obj
    path = context.path(admin_users)
    found = users.read(path)
    if name not in found:
        raise UsageError(f"{path} has no user {name!r}.", fix="rpkpy host user list names them.")
    del found[name]
    users.write(path, found)
    context.note(f"{name} is removed from {path}.")
