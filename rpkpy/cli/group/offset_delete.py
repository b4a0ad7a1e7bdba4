"""`rpkpy group offset-delete`."""

from typing import Annotated

import typer

from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy group seek my-group --to start --topics customer   # what is often meant
rpkpy group delete my-group                              # all that it committed
"""


def command(
    ctx: typer.Context,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Name of the group.")],
    from_file: Annotated[str, typer.Option("--from-file", "-f", hidden=True)] = "",
    topic: Annotated[list[str] | None, typer.Option("--topic", "-t", hidden=True)] = None,
) -> None:
    """Not supported: rpkpy's Kafka client cannot delete some of a group's commits."""
    raise UsageError(
        f"rpkpy cannot delete some of the commits of {group}.",
        cause="Its Kafka client (confluent-kafka) has no OffsetDelete request.",
        fix=f"rpkpy group delete {group} deletes all of them; rpkpy group seek {group} moves them.",
    )
