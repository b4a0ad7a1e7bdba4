"""`rpkpy topic create`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect, emit_outcomes, pairs
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy topic create customer customer_masked
rpkpy topic create orders -p 6 -c cleanup.policy=compact
"""


def command(
    ctx: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPICS...", help="Names of the topics.")],
    partitions: Annotated[
        int, typer.Option("--partitions", "-p", metavar="N", help="Partitions of each; -1: the cluster's default.")
    ] = -1,
    replicas: Annotated[
        int, typer.Option("--replicas", "-r", metavar="N", help="Replication factor; -1: the cluster's default.")
    ] = -1,
    topic_config: Annotated[
        list[str] | None,
        typer.Option("--topic-config", "-c", metavar="KEY=VALUE", help="A setting of the topics (repeatable)."),
    ] = None,
    dry: Annotated[
        bool, typer.Option("--dry", "-d", help="Ask the cluster whether it would, and create nothing.")
    ] = False,
    if_not_exists: Annotated[
        bool, typer.Option("--if-not-exists", help="A topic that is there already is fine.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Create topics, all with the same partitions, replication factor and settings."""
    from rpkpy.kafka import topics as kafka_topics

    context: Context = ctx.obj
    check_format(format)
    config = dict(pairs(topic_config or [], "--topic-config"))
    outcomes = kafka_topics.create(
        connect(context), topics, partitions=partitions, replicas=replicas, config=config, validate_only=dry
    )
    if if_not_exists:
        outcomes = [kafka_topics.Outcome(each.topic, kafka_topics.OK) if each.exists else each for each in outcomes]
    emit_outcomes(context, outcomes, format)
