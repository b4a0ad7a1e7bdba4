"""`rpkpy profile edit`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, selected

EXAMPLES = """
rpkpy profile edit
EDITOR="code --wait" rpkpy profile edit prod
"""


def command(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The profile; the current one by default.")
    ] = None,
) -> None:
    """Open a profile in your editor: VISUAL, else EDITOR, else vi.

    What you save is checked before it takes the profile's place. Secrets are shown.
    """
    from rpkpy.cli.editor import edited
    from rpkpy.config import profiles, rpk_yaml, sources
    from rpkpy.config.yaml_file import Section

    context: Context = ctx.obj
    file = file_of(context)
    profile = profiles.chosen(rpk_yaml.read(file), name or selected(context))
    before, after = profile.text("name"), ""
    current = profiles.current(file)

    def use(section: Section) -> None:
        nonlocal after
        after = section.text("name") or before
        sources.of_profile(section, context.cwd)
        profiles.replace(file, before, section.data)

    edited(context, profile.data, "profile", use)
    if after == before:
        context.echo(f'Profile "{before}" updated successfully.')
        return
    context.echo(f'Profile "{before}" updated successfully and renamed to "{after}".')
    if current == before:
        context.echo(f'Current profile has been updated to "{after}".')
