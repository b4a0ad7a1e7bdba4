"""`rpkpy transform deploy`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.cli.transform import deployment_options as options
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy transform deploy --input-topic=customer --output-topic=customer_masked
rpkpy transform deploy --var MASK_FIELDS=ssn,email --create-topics
rpkpy transform deploy --env production --dry-run
rpkpy transform deploy --from-offset +0
rpkpy transform deploy -i orders -i payments -o events   # a transform for each input
rpkpy transform deploy --on-error dlq --guarantee exactly-once
rpkpy transform deploy --file mask.wasm --name mask -i customer -o customer_masked
rpkpy transform deploy --verify-key release.key.pub
"""


def command(
    ctx: typer.Context,
    file: options.File = None,
    name: options.Name = "",
    input_topic: options.InputTopic = None,
    output_topic: options.OutputTopic = None,
    var: options.Var = None,
    compression: options.Compression = "",
    from_offset: Annotated[
        str,
        typer.Option(
            "--from-offset",
            metavar="OFFSET",
            help="Where a first deployment begins: @T (ms since the epoch), +N (from the start), -N (from the end).",
        ),
    ] = "",
    from_timestamp: Annotated[str, typer.Option("--from-timestamp", metavar="MS", hidden=True)] = "",
    on_error: options.OnError = "",
    dead_letter_topic: options.DeadLetterTopic = "",
    guarantee: options.Guarantee = "",
    partitioner: options.Partitioner = "",
    timestamps: options.Timestamps = "",
    env: options.Env = "",
    no_validate: options.NoValidate = False,
    create_topics: options.CreateTopics = False,
    partitions: options.Partitions = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, say what would change, and send nothing.")
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Stop (exit 8) where what is deployed is not what this machine deployed last."),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Deploy a build older than the sources, or what is deployed already.")
    ] = False,
    prune: options.Prune = False,
    ignore_unsupported: options.IgnoreUnsupported = False,
    verify_key: options.VerifyKey = None,
    signature: options.SignatureFile = None,
    format: FormatOption = "text",
) -> None:
    """Deploy the built module to the cluster: what transform.yaml says, with the flags over it.

    The module is judged as the broker would judge it, and the topics are looked up first.
    Deployed again, a transform keeps its place in the input and goes on with the new module; where nothing would
    change, nothing is sent. A module's URL may end in #sha256=SUM, which it must then have.
    --format is for --dry-run.
    Several input topics make several transforms of the one module, NAME-TOPIC each.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import deploy as deployment

    context: Context = ctx.obj
    if dry_run and check_format(format) == "help":
        differing.show_shape(context, format)
        return
    if from_timestamp and from_offset:
        raise UsageError("--from-timestamp and --from-offset say the same thing twice.", fix="Pass --from-offset @MS.")
    offset = f"@{from_timestamp.removeprefix('@')}" if from_timestamp else from_offset
    host = options.host(on_error, dead_letter_topic, guarantee, partitioner, timestamps)
    flags = options.flags(name, input_topic, output_topic, var, compression, offset, env, host)
    request = deployment.Request(
        flags,
        file,
        not no_validate,
        create_topics,
        partitions,
        force,
        ignore_unsupported=ignore_unsupported,
        verify_key=verify_key,
        signature=signature,
    )
    with deployment.prepare(request, options.surroundings(context)) as ready:
        if strict:
            ready.require_own()
        if dry_run:
            missing = ready.missing_topics()
            differing.show(context, ready.comparison(), format, to_create=missing, prune=prune)
            context.note("Nothing was sent.")
            return
        gone = options.left_over(context, ready.left_over(), prune=prune)
        same = [] if force else ready.unchanged()
        for each in same:
            context.echo(f'transform "{each.spec.name}" is deployed as it is here: no change.')
        if same:
            context.note(differing.source(same[0].difference()))
        for done in ready.carry_out("deploy", unchanged=same, prune=gone):
            context.echo(done)
        if len(same) == len(ready.each):
            return
    first = ready.each[0].spec
    if first.offset is not None:
        context.note("The start offset counts on a first deployment; later ones go on where the transform stands.")
    context.note(f"Next: rpkpy transform list; rpkpy transform logs {ready.family.project} --follow")
