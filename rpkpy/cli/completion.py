"""`rpkpy completion`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy completion bash > ~/.local/share/bash-completion/completions/rpkpy
rpkpy completion zsh > "${fpath[1]}/_rpkpy"
rpkpy completion fish > ~/.config/fish/completions/rpkpy.fish
"""

_SHELLS = ("bash", "zsh", "fish", "powershell")


def command(
    ctx: typer.Context,
    shell: Annotated[str, typer.Argument(metavar="SHELL", help="bash, zsh, fish or powershell.")],
) -> None:
    """Print the completion script of a shell."""
    from typer.completion import get_completion_script  # type: ignore[attr-defined]  # imported there, not listed

    context: Context = ctx.obj
    if shell not in _SHELLS:
        raise UsageError(f"{shell!r} is not a shell rpkpy knows.", fix=f"Use one of {', '.join(_SHELLS)}.")
    context.echo(get_completion_script(prog_name="rpkpy", complete_var="_RPKPY_COMPLETE", shell=shell))
