"""`rpkpy profile current`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, selected
from rpkpy.text import printable

EXAMPLES = """
rpkpy profile current
PS1='[$(rpkpy profile current -n)] $ '
"""


def command(
    ctx: typer.Context,
    no_newline: Annotated[bool, typer.Option("-n", "--no-newline", help="Print no newline after the name.")] = False,
) -> None:
    """Print the name of the current profile; an empty line where none is selected.

    It is what --profile or RPK_PROFILE name, else what was selected last.
    """
    from rpkpy.config import profiles

    context: Context = ctx.obj
    name = selected(context) or profiles.current(file_of(context))
    context.stdout.write(printable(name) + ("" if no_newline else "\n"))
