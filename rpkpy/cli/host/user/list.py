"""`rpkpy host user list`."""

from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.host.user import UsersFile
from rpkpy.cli.render import FormatOption, check_format, emit, table

EXAMPLES = """
rpkpy host user list --admin-users users
rpkpy host user list --admin-users users --format json
"""


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user: `secret` is password or token, `expires` the token's end (RFC 3339), null for never."""

    name: str
    role: str
    secret: str
    expires: str | None


def command(ctx: typer.Context, admin_users: UsersFile, format: FormatOption = "text") -> None:
    """List the users in the file."""
    from rpkpy.host.access import users
    from rpkpy.host.access.credentials import Token

    context: Context = ctx.obj
    check_format(format, context, list[UserRow])
    rows = []
    for user in users.read(context.path(admin_users)).values():
        expires_s = user.secret.expires_s if isinstance(user.secret, Token) else 0
        expires = f"{datetime.fromtimestamp(expires_s, UTC):%Y-%m-%dT%H:%M:%SZ}" if expires_s else None
        secret = "token" if isinstance(user.secret, Token) else "password"
        rows.append(UserRow(user.name, user.role, secret, expires))
    emit(context, rows, format, text=_text, shape=list[UserRow])


def _text(rows: list[UserRow]) -> str:
    return table(
        ("NAME", "ROLE", "SECRET", "EXPIRES"), [(row.name, row.role, row.secret, row.expires or "-") for row in rows]
    )
