"""`rpkpy profile prompt`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, overrides_of, selected
from rpkpy.errors import ConfigError

EXAMPLES = """
PS1='$(rpkpy profile prompt)'$PS1
rpkpy profile set prompt='hi-red, bold "[%p]"'
rpkpy profile set-globals globals.prompt='("--") (bg-blue "%n")'
rpkpy profile prompt --validate
"""


def command(
    ctx: typer.Context,
    validate: Annotated[bool, typer.Option("--validate", help="Say what is wrong with the prompt.")] = False,
) -> None:
    """Print the current profile for a shell's prompt, coloured as its `prompt` field says.

    The field holds colours and one quoted text; %p or %n is the profile's name, %% a percent sign, a backslash
    escapes. Colours are black, red, green, yellow, blue, magenta, cyan and white, with hi- for bright and bg- for the
    background; bold, faint, underline and invert go with them. Several of these stand in parentheses each. A profile
    without a prompt has that of the globals. Without --validate nothing is printed where anything is wrong.
    """
    context: Context = ctx.obj
    try:
        text = _rendered(context)
    except ConfigError:
        if validate:
            raise
        return
    context.stdout.write(f"Prompt ok! Output:\nvvv\n{text}\n^^^\n" if validate else text)


def _rendered(context: Context) -> str:
    from rpkpy.config import globals, profiles, prompt, rpk_yaml
    from rpkpy.text import printable

    file = file_of(context)
    document = rpk_yaml.read(file)
    if document is None:
        raise ConfigError(f"{file} does not exist.", fix="rpkpy profile create NAME makes a first profile.")
    profile = profiles.chosen(document, selected(context))
    written = globals.prompt(document, profile, overrides_of(context))
    try:
        return prompt.render(printable(written), printable(profile.text("name")))
    except prompt.BadPrompt as error:
        raise ConfigError(f"The prompt cannot be read: {error}.", fix="rpkpy profile prompt --help") from None
