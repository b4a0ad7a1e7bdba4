"""`rpkpy topic describe-storage`."""

from typing import Annotated

import typer

from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy topic describe customer --print-partitions      # offsets and replicas, without the storage
"""


def command(
    ctx: typer.Context,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Name of the topic.")],
    human_readable: Annotated[bool, typer.Option("--human-readable", "-H", hidden=True)] = False,
    print_all: Annotated[bool, typer.Option("--print-all", "-a", hidden=True)] = False,
    print_offset: Annotated[bool, typer.Option("--print-offset", "-o", hidden=True)] = False,
    print_size: Annotated[bool, typer.Option("--print-size", "-z", hidden=True)] = False,
    print_summary: Annotated[bool, typer.Option("--print-summary", "-s", hidden=True)] = False,
    print_sync: Annotated[bool, typer.Option("--print-sync", "-y", hidden=True)] = False,
) -> None:
    """Not supported: what a topic has in Redpanda's tiered storage is not read by rpkpy."""
    raise UsageError(
        f"rpkpy cannot describe the tiered storage of {topic}.",
        cause="Only a Redpanda with tiered storage knows it, by an Admin API that rpkpy does not speak.",
        fix=f"rpk topic describe-storage {topic}; rpkpy topic describe {topic} -p shows its offsets and replicas.",
    )
