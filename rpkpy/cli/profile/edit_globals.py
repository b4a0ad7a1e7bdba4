"""`rpkpy profile edit-globals`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of

EXAMPLES = """
rpkpy profile edit-globals
"""


def command(ctx: typer.Context) -> None:
    """Open the globals in your editor: VISUAL, else EDITOR, else vi. What you save is checked first."""
    from rpkpy.cli.editor import edited
    from rpkpy.config import globals, rpk_yaml
    from rpkpy.config.overrides import Overrides
    from rpkpy.config.yaml_file import Section

    context: Context = ctx.obj
    file = file_of(context)
    document = rpk_yaml.read(file)
    section = document.section("globals") if document is not None else None
    data = section.data if section is not None else globals.shown(file, Overrides({}, ()))

    def use(section: Section) -> None:
        globals.check(section)
        globals.replace(file, section.data)

    edited(context, data, "globals", use)
    context.echo("Global configurations updated successfully.")
