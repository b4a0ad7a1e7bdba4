"""`rpkpy transform redeploy`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform import deployment_options as options
from rpkpy.errors import RpkpyError, UsageError

EXAMPLES = """
rpkpy transform redeploy --from-offset +0
rpkpy transform redeploy --env production --from-offset @1767225600000 --no-confirm
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
            help="Where it begins: @T (ms since the epoch), +N (from the start), -N (from the end); what "
            "transform.yaml says by default.",
        ),
    ] = "",
    on_error: options.OnError = "",
    dead_letter_topic: options.DeadLetterTopic = "",
    guarantee: options.Guarantee = "",
    partitioner: options.Partitioner = "",
    timestamps: options.Timestamps = "",
    env: options.Env = "",
    no_validate: options.NoValidate = False,
    create_topics: options.CreateTopics = False,
    partitions: options.Partitions = None,
    prune: options.Prune = False,
    force: Annotated[bool, typer.Option("--force", help="Deploy a build older than the sources.")] = False,
    no_confirm: options.NoConfirm = False,
) -> None:
    """Delete the transform and deploy it anew, with other topics perhaps: it begins where --from-offset says.

    Everything is checked before anything is deleted. What it wrote stays, so that records that it reads once more are
    written once more.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import deploy as deployment

    context: Context = ctx.obj
    host = options.host(on_error, dead_letter_topic, guarantee, partitioner, timestamps)
    flags = options.flags(name, input_topic, output_topic, var, compression, from_offset, env, host)
    request = deployment.Request(flags, file, not no_validate, create_topics, partitions, force)
    with deployment.prepare(request, options.surroundings(context)) as ready:
        spec, project = ready.each[0].spec, ready.family.project
        if spec.offset is None:
            raise UsageError(
                f'Where shall transform "{project}" begin?',
                cause="Without an offset it would begin behind the records that are there, and miss some.",
                fix="--from-offset +0 reads everything once more; -N the last N records; @T what is newer than T.",
            )
        ready.missing_topics()
        gone = options.left_over(context, ready.left_over(), prune=prune)
        found = [each.difference() for each in ready.each]
        deployed = [each.spec.name for each in found if each.entry is not None]
        question = f"Delete {options.named(deployed)} and deploy it anew from offset {spec.offset}?"
        if deployed and not differing.ask(context, found, question, no_confirm=no_confirm, anew=True):
            raise typer.Exit(1)
        try:
            for done in ready.carry_out("redeploy", prune=gone, rest="Once more with -i TOPIC for what was not done."):
                context.echo(done)
        except RpkpyError as error:
            error.fix = _after(error, project)
            raise
    context.note(f"It begins at {spec.offset}.")


def _after(error: RpkpyError, name: str) -> str:
    state = f'rpkpy transform list shows whether "{name}" is deleted by now; redeploy does the rest once more.'
    return f"{error.fix}\n{state}" if error.fix else state
