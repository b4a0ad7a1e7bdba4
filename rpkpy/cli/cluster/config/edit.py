"""`rpkpy cluster config edit`."""

import typer

from rpkpy.cli.cluster.config.file_import import import_section
from rpkpy.cli.cluster.target import AllOption, admin_of
from rpkpy.cli.context import Context

EXAMPLES = """
rpkpy cluster config edit
EDITOR='code --wait' rpkpy cluster config edit --all
"""


def command(ctx: typer.Context, everything: AllOption = False) -> None:
    """Open the cluster's properties in your editor: VISUAL, else EDITOR, else vi. What you save is made so.

    A line that you take out puts its property back to the default.
    """
    from rpkpy.cli.editor import edited_text
    from rpkpy.config.yaml_file import Section
    from rpkpy.redpanda.config_file import written

    context: Context = ctx.obj
    admin = admin_of(context)
    schema, values = admin.schema(), admin.properties()

    def use(section: Section) -> None:
        import_section(context, admin, schema, section, values=values, everything=everything)

    edited_text(context, written(schema, values, everything=everything), "cluster", use)
