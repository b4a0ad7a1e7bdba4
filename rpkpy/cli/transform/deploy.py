"""`rpkpy transform deploy`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import cluster_of
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy transform deploy --input-topic=customer --output-topic=customer_masked
rpkpy transform deploy --var MASK_FIELDS=ssn,email --create-topics
rpkpy transform deploy --from-offset +0
rpkpy transform deploy --file mask.wasm --name mask -i customer -o customer_masked
"""


def command(
    ctx: typer.Context,
    file: Annotated[
        str | None, typer.Option("--file", metavar="PATH|URL", help="The module; NAME.wasm of the project by default.")
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the transform.")] = "",
    input_topic: Annotated[
        str, typer.Option("-i", "--input-topic", metavar="TOPIC", help="Topic the transform reads.")
    ] = "",
    output_topic: Annotated[
        list[str] | None,
        typer.Option(
            "-o", "--output-topic", metavar="TOPIC", help="Topic it writes; repeat it, or separate by commas."
        ),
    ] = None,
    var: Annotated[
        list[str] | None, typer.Option("--var", metavar="KEY=VALUE", help="Environment variable; repeat it for more.")
    ] = None,
    compression: Annotated[
        str, typer.Option("--compression", metavar="TYPE", help="Of output batches: none, gzip, snappy, lz4, zstd.")
    ] = "",
    from_offset: Annotated[
        str,
        typer.Option(
            "--from-offset",
            metavar="OFFSET",
            help="Where a first deployment begins: @T (ms since the epoch), +N (from the start), -N (from the end).",
        ),
    ] = "",
    from_timestamp: Annotated[str, typer.Option("--from-timestamp", metavar="MS", hidden=True)] = "",
    no_validate: Annotated[
        bool, typer.Option("--no-validate", help="Send it without judging the module or looking up the topics.")
    ] = False,
    create_topics: Annotated[bool, typer.Option("--create-topics", help="Create topics that are missing.")] = False,
    partitions: Annotated[
        int | None,
        typer.Option(
            "--partitions", metavar="N", min=1, help="With --create-topics: how many; the input's by default."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Deploy a build older than the sources.")] = False,
    ignore_unsupported: Annotated[
        bool, typer.Option("--ignore-unsupported", help="Leave out what a cloud cluster cannot do, with a warning.")
    ] = False,
) -> None:
    """Deploy the built module to the cluster: what transform.yaml says, with the flags over it.

    The module is judged as the broker would judge it, and the topics are looked up first.
    Deployed again, a transform keeps its place in the input and goes on with the new module.
    """
    from rpkpy.deployment import deploy as deployment
    from rpkpy.deployment import plan

    context: Context = ctx.obj
    if from_timestamp and from_offset:
        raise UsageError("--from-timestamp and --from-offset say the same thing twice.", fix="Pass --from-offset @MS.")
    flags = plan.Flags(
        name=name,
        input_topic=input_topic,
        output_topics=plan.topics_of(output_topic or ()),
        variables=plan.variables_of(var or ()),
        compression=compression,
        from_offset=f"@{from_timestamp.removeprefix('@')}" if from_timestamp else from_offset,
    )
    spec = deployment.deploy(
        deployment.Request(flags, file, not no_validate, create_topics, partitions, force, ignore_unsupported),
        cwd=context.cwd,
        settings=context.settings(),
        cluster=cluster_of(context),
        person=context,
        ask=lambda question, flag: context.prompt(question, flag=flag),
    )
    context.echo(f'transform "{spec.name}" deployed.')
    if spec.offset is not None:
        context.note("The start offset counts on a first deployment; later ones go on where the transform stands.")
    context.note(f"Next: rpkpy transform list; rpkpy transform logs {spec.name} --follow")
