"""`rpkpy transform run`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.circumstances import LimitsOption, MemoryLimitOption, SchemaRegistryFileOption

EXAMPLES = """
rpkpy transform run --input samples/input.jsonl
echo '{"email":"ada@example.com"}' | rpkpy transform run --input-format raw --format raw
rpkpy transform run --input-format '%k\\t%v\\n' --format '%k\\t%v\\n' < records.tsv
rpkpy transform run mask.wasm --var MASK_FIELDS=email --from-topic customer --num 10
"""

_FORMATS = "json, raw (one value a line), or verbs as %k\\t%v\\n"


def command(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The module; the project's by default.")] = None,
    input: Annotated[
        str | None, typer.Option("--input", metavar="FILE", help="Records; standard input by default.")
    ] = None,
    from_topic: Annotated[
        str | None, typer.Option("--from-topic", metavar="TOPIC", help="Read the records of this topic.")
    ] = None,
    num: Annotated[int, typer.Option("--num", "-n", min=0, metavar="N", help="End after this many records.")] = 0,
    partitions: Annotated[
        list[str] | None, typer.Option("--partitions", "-p", metavar="N,...", help="Partitions of --from-topic.")
    ] = None,
    offset: Annotated[
        str, typer.Option("--offset", metavar="SPAN", help="Part of --from-topic: start, N, -N, N:M, :end, @TIME.")
    ] = ":end",
    format: Annotated[str, typer.Option("--format", "-f", metavar="FORMAT", help=f"Output: {_FORMATS}.")] = "json",
    input_format: Annotated[str, typer.Option("--input-format", metavar="FORMAT", help=f"Input: {_FORMATS}.")] = "json",
    var: Annotated[
        list[str] | None,
        typer.Option("--var", "--env", metavar="KEY=VALUE", help="Environment variable; repeat it for more."),
    ] = None,
    input_topic: Annotated[str, typer.Option("--input-topic", "-i", metavar="TOPIC", help="What it is told.")] = "",
    output_topic: Annotated[
        list[str] | None, typer.Option("--output-topic", "-o", metavar="TOPIC", help="What it is told; repeatable.")
    ] = None,
    limits: LimitsOption = None,
    memory_limit: MemoryLimitOption = None,
    schema_registry: Annotated[
        bool, typer.Option("--schema-registry", help="Let the module ask the cluster's schema registry.")
    ] = False,
    schema_registry_file: SchemaRegistryFileOption = None,
    stats: Annotated[bool, typer.Option("--stats", help="Say on standard error what it took.")] = False,
) -> None:
    """Pass records through a module on this machine, under the broker's limits.

    Records come from standard input, a file or a topic; what the module writes goes to standard output as it comes,
    its log to standard error. Nothing is written to any topic; with --schema-registry the module may register schemas.
    """
    from rpkpy.cli.transform.circumstances import cluster_properties, registry
    from rpkpy.cli.transform.running import Sink, incoming, run
    from rpkpy.deployment import plan as plans
    from rpkpy.project import run as runs
    from rpkpy.project.limits import Choice

    context: Context = ctx.obj
    plan = runs.plan(
        context.cwd,
        file,
        env=plans.variables_of(var or ()),
        input_topic=input_topic or from_topic or "",
        output_topics=plans.topics_of(output_topic or ()),
        choice=Choice(limits, memory_limit),
        cluster=lambda: cluster_properties(context),
    )
    for warning in plan.warnings:
        context.warn(warning)
    source = incoming(context, input, from_topic, input_format, offset=offset, partitions=partitions or [])
    schemas = registry(context, schema_registry_file, connected=schema_registry)
    run(context, plan, source, Sink.of(context, format), num=num, stats=stats, registry=schemas)
