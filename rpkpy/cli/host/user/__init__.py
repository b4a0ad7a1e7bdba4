"""`rpkpy host user`."""

from typing import Annotated

import typer

UsersFile = Annotated[str, typer.Option("--admin-users", metavar="FILE", help="The users' file, as host run takes it.")]
