"""`rpkpy cluster config export`."""

from typing import Annotated

import typer

from rpkpy.cli.cluster.target import AllOption, admin_of
from rpkpy.cli.context import Context
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy cluster config export --filename cluster.yaml
rpkpy cluster config export | grep data_transforms
"""


def command(
    ctx: typer.Context,
    filename: Annotated[
        str, typer.Option("--filename", "-f", metavar="FILE", help="File to write; standard output by default.")
    ] = "",
    everything: AllOption = False,
) -> None:
    """Write the cluster's properties as YAML, with what each is for; `import` takes the file back."""
    from rpkpy import atomic
    from rpkpy.redpanda.config_file import written

    context: Context = ctx.obj
    admin = admin_of(context)
    text = written(admin.schema(), admin.properties(), everything=everything)
    if not filename:
        context.echo(text.rstrip("\n"))
        return
    path = context.path(filename)
    try:
        atomic.replace(path, text.encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written.", cause=error.strerror) from error
    context.echo(f'Wrote configuration to file "{path}".')
