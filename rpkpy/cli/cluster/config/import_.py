"""`rpkpy cluster config import`."""

from typing import Annotated

import typer

from rpkpy.cli.cluster.config.file_import import import_section
from rpkpy.cli.cluster.target import AllOption, admin_of
from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy cluster config import --filename cluster.yaml --dry
rpkpy cluster config import --filename cluster.yaml
"""


def command(
    ctx: typer.Context,
    filename: Annotated[str, typer.Option("--filename", "-f", metavar="FILE", help="File to read.")] = "",
    everything: AllOption = False,
    dry: Annotated[bool, typer.Option("--dry", help="Show what would change, and change nothing.")] = False,
    format: FormatOption = "text",
) -> None:
    """Make the cluster's properties what a file of `export` says, all or none.

    A property that the file does not name goes back to its default; a low-level one only with --all.
    """
    from rpkpy.config import yaml_file

    context: Context = ctx.obj
    check_format(format)
    if not filename:
        raise UsageError("The file is missing.", fix="Pass --filename FILE.")
    path = context.path(filename)
    section = yaml_file.read(path)
    if section is None:
        raise UsageError(f"{path} does not exist.", fix="rpkpy cluster config export --filename FILE makes one.")
    admin = admin_of(context)
    import_section(context, admin, admin.schema(), section, everything=everything, dry=dry, format=format)
