"""`rpkpy profile print-globals`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, overrides_of

EXAMPLES = """
rpkpy profile print-globals
rpkpy profile print-globals -X globals.dial_timeout=1s
"""


def command(ctx: typer.Context) -> None:
    """Print the globals, which count whichever profile is selected; 0s and empty ones leave rpkpy's default."""
    from rpkpy.config import globals, yaml_file

    context: Context = ctx.obj
    context.echo(yaml_file.dump(globals.shown(file_of(context), overrides_of(context))))
