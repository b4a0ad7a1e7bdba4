"""`rpkpy topic produce`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import pairs, seconds
from rpkpy.cli.topic.encoding import Encoding, encode

EXAMPLES = """
echo '{"id": 1}' | rpkpy topic produce customer
rpkpy topic produce customer -k key -H source:web < lines.txt
rpkpy topic produce customer -f '%k %v\\n' < pairs.txt
rpkpy topic produce customer -f json < records.jsonl      # key, value, headers, timestamp
rpkpy topic produce -f '%t %V{big32}%v' < records.bin
echo '{"id": 1}' | rpkpy topic produce customer --schema-id topic
"""


def command(
    ctx: typer.Context,
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="The topic, unless the input has %t.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="How records are read from standard input.")] = "%v\\n",
    output_format: Annotated[
        str, typer.Option("--output-format", "-o", help="What is printed for each record that was delivered.")
    ] = "Produced to partition %p at offset %o with timestamp %d.\\n",
    key: Annotated[str, typer.Option("--key", "-k", help="A key for records whose input has none.")] = "",
    header: Annotated[
        list[str] | None, typer.Option("--header", "-H", metavar="KEY:VALUE", help="A header (repeatable).")
    ] = None,
    partition: Annotated[int, typer.Option("--partition", "-p", help="The partition; -1: by key.")] = -1,
    compression: Annotated[
        str, typer.Option("--compression", "-z", help="none, gzip, snappy, lz4 or zstd.")
    ] = "snappy",
    tombstone: Annotated[bool, typer.Option("--tombstone", "-Z", help="Empty values become null.")] = False,
    acks: Annotated[int, typer.Option("--acks", help="-1: all replicas, 1: the leader, 0: none.")] = -1,
    delivery_timeout: Annotated[
        str, typer.Option("--delivery-timeout", metavar="DURATION", help="How long a record may take; 0s: for ever.")
    ] = "0s",
    max_message_bytes: Annotated[
        int, typer.Option("--max-message-bytes", help="Largest batch before compression; -1: the broker decides.")
    ] = -1,
    auto_create: Annotated[
        bool, typer.Option("--allow-auto-topic-creation", help="Create the topic when it does not exist.")
    ] = False,
    schema_id: Annotated[
        str, typer.Option("--schema-id", metavar="ID", help="Encode values by this schema; topic: the topic's latest.")
    ] = "",
    schema_key_id: Annotated[
        str,
        typer.Option("--schema-key-id", metavar="ID", help="Encode keys by this schema; topic: the topic's latest."),
    ] = "",
    schema_type: Annotated[
        str, typer.Option("--schema-type", metavar="MESSAGE", help="The value's Protobuf message, by its full name.")
    ] = "",
    schema_key_type: Annotated[
        str, typer.Option("--schema-key-type", metavar="MESSAGE", help="The key's Protobuf message.")
    ] = "",
) -> None:
    """Produce records from standard input, one a line unless --format says otherwise.

    A record that is not delivered ends the command with an error.
    """
    from rpkpy.kafka.formats import Printer, Reader, TopicRecord
    from rpkpy.kafka.produce import Producing, RecordProducer

    context: Context = ctx.obj
    encodings = (Encoding("key", schema_key_id, schema_key_type), Encoding("value", schema_id, schema_type))
    producing = Producing(
        topic=topic,
        partition=partition,
        key=key.encode() or None,
        headers=tuple((name.encode(), value.encode()) for name, value in pairs(header or [], "--header")),
        tombstone=tombstone,
        compression=compression,
        acks=acks,
        delivery_timeout_s=seconds(delivery_timeout, "--delivery-timeout"),
        max_message_bytes=max_message_bytes,
        auto_create_topics=auto_create,
    )
    printer = Printer.of(output_format) if output_format else None
    output = context.stdout_bytes

    def delivered(placed: TopicRecord) -> None:
        if printer is not None:
            output.write(printer(placed))

    def idle() -> None:
        producer.serve()
        output.flush()

    if context.is_terminal(context.stdin):
        context.note("Reading records from the terminal; Ctrl-D ends them.")
    encoded = [each for each in encodings if each.wanted]
    reader = Reader(format, context.stdin_bytes, idle=idle, json_texts="".join(each.part[0] for each in encoded))
    settings = context.settings()
    producer = RecordProducer(
        settings.kafka,
        producing,
        delivered=delivered,
        request_timeout_s=settings.request_timeout_s,
    )
    try:
        producer.send(encode(context, reader, encoded, producing) if encoded else iter(reader))
    finally:
        output.flush()
