"""`rpkpy host user add`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.host.user import UsersFile
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.host.access.credentials import Password

EXAMPLES = """
rpkpy host user add ann --superuser --admin-users users
rpkpy host user add prometheus --password-stdin --admin-users users < password.txt
rpkpy host user add ci --superuser --token --expires-days 90 --admin-users users
"""

_LEAST_CHARS = 8
_DAY_S = 86_400


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user.")],
    admin_users: UsersFile,
    superuser: Annotated[
        bool, typer.Option("--superuser", help="May deploy, change and delete; others only look.")
    ] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input, its first line.")
    ] = False,
    token: Annotated[
        bool, typer.Option("--token", help="Make a bearer token instead of a password; it is printed once.")
    ] = False,
    expires_days: Annotated[
        int | None,
        typer.Option("--expires-days", metavar="N", min=1, max=36_500, help="The token is good for N days."),
    ] = None,
) -> None:
    """Add a user to the file, or give one that is there another role and secret; made with mode 0600.

    What is kept are hashes: passwords by scrypt, tokens by SHA-256. Running hosts follow the file within seconds.
    """
    from rpkpy.host.access import users
    from rpkpy.host.access.credentials import Token

    context: Context = ctx.obj
    users.check_name(name)
    if token and password_stdin:
        raise UsageError("--token makes a token: there is no password to read.")
    if expires_days is not None and not token:
        raise UsageError("--expires-days is for a --token.")
    path = context.path(admin_users)
    found = users.read(path) if path.exists() else {}
    if token:
        made, kept = Token.made(int(time.time()) + expires_days * _DAY_S if expires_days else 0)
        users.write(path, {**found, name: users.User(name, superuser, kept)})
        context.echo(made)
        context.note("It is not shown again. Use it with -X sasl.mechanism=OAUTHBEARER -X pass=token:TOKEN.")
        return
    users.write(path, {**found, name: users.User(name, superuser, _password(context, from_stdin=password_stdin))})
    context.note(f"{name} is a {'superuser' if superuser else 'user'} in {path}.")


def _password(context: Context, *, from_stdin: bool) -> "Password":
    from rpkpy.host.access.credentials import MOST_PASSWORD_BYTES, Password

    if from_stdin:
        line = context.stdin_bytes.readline(MOST_PASSWORD_BYTES + 2)
        try:
            password = line.decode().rstrip("\r\n")
        except UnicodeDecodeError:
            raise UsageError("The password is not UTF-8.") from None
    else:
        password = context.prompt_secret("Password", flag="--password-stdin")
        if password != context.prompt_secret("The same again", flag="--password-stdin"):
            raise UsageError("That was not the same password twice.")
    if len(password) < _LEAST_CHARS or len(password.encode()) > MOST_PASSWORD_BYTES:
        raise UsageError(f"A password is {_LEAST_CHARS} characters or more, and {MOST_PASSWORD_BYTES} bytes at most.")
    return Password.of(password)
