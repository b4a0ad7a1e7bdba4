"""`rpkpy topic alter-config`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect, emit_outcomes, pairs
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy topic alter-config customer --set retention.ms=86400000
rpkpy topic alter-config customer orders --append cleanup.policy=compact
rpkpy topic alter-config customer --delete retention.ms --dry
"""


def command(
    ctx: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPICS...", help="Names of the topics.")],
    set: Annotated[
        list[str] | None, typer.Option("--set", "-s", metavar="KEY=VALUE", help="Give a setting a value (repeatable).")
    ] = None,
    delete: Annotated[
        list[str] | None,
        typer.Option("--delete", "-d", metavar="KEY,...", help="Go back to the default (repeatable)."),
    ] = None,
    append: Annotated[
        list[str] | None, typer.Option("--append", metavar="KEY=VALUE", help="Add an item to a list (repeatable).")
    ] = None,
    subtract: Annotated[
        list[str] | None,
        typer.Option("--subtract", metavar="KEY=VALUE", help="Take an item out of a list (repeatable)."),
    ] = None,
    dry: Annotated[bool, typer.Option("--dry", help="Ask the cluster whether it would, and change nothing.")] = False,
    format: FormatOption = "text",
) -> None:
    """Change settings of topics, one by one: what is not named stays as it is."""
    from rpkpy.kafka.topic_changes import ConfigChanges, alter_configs

    context: Context = ctx.obj
    check_format(format)
    changes = ConfigChanges(
        set=dict(pairs(set or [], "--set")),
        delete=[key for keys in delete or () for key in keys.split(",") if key],
        append=dict(pairs(append or [], "--append")),
        subtract=dict(pairs(subtract or [], "--subtract")),
    )
    emit_outcomes(context, alter_configs(connect(context), topics, changes, validate_only=dry), format)
