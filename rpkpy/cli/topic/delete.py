"""`rpkpy topic delete`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect, emit_outcomes
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy topic delete foo bar
rpkpy topic delete -r '^test-.*'     # `rpkpy topic list -r` shows which these are
"""


def command(
    ctx: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPICS...", help="Names of the topics.")],
    regex: Annotated[
        bool, typer.Option("--regex", "-r", help="Names are expressions that match whole topic names.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Delete topics and all their records."""
    from rpkpy.kafka import topics as kafka_topics

    context: Context = ctx.obj
    check_format(format)
    admin = connect(context)
    if regex:
        found = kafka_topics.matching(kafka_topics.list_topics(admin), topics, regex=True)
        topics = [topic.name for topic in found]
    emit_outcomes(context, kafka_topics.delete(admin, topics), format)
