"""`rpkpy profile set`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, selected

EXAMPLES = """
rpkpy profile set user=me pass=secret sasl.mechanism=SCRAM-SHA-512
rpkpy profile set kafka_api.tls.ca_file=/etc/ssl/cluster.pem
rpkpy profile set admin.tls.enabled=false
rpkpy profile set description "the big one"
"""


def command(
    ctx: typer.Context,
    settings: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE...", help="A key of -X list, or a path, and its value.")
    ],
) -> None:
    """Set fields of the current profile, or of the one that --profile names.

    A key is one that -X takes, or the path of a field in rpk.yaml. `set KEY VALUE` sets a single one.
    """
    from rpkpy.config import fields, profiles

    context: Context = ctx.obj
    pairs = fields.pairs(settings)
    name = profiles.change(file_of(context), selected(context), lambda data: fields.set_in_profile(data, pairs))
    context.echo(f'Profile "{name}" updated successfully.')
