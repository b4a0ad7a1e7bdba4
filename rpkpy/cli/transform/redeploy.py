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
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the transform.")] = "",
    input_topic: options.InputTopic = "",
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
    env: options.Env = "",
    no_validate: options.NoValidate = False,
    create_topics: options.CreateTopics = False,
    partitions: options.Partitions = None,
    force: Annotated[bool, typer.Option("--force", help="Deploy a build older than the sources.")] = False,
    no_confirm: options.NoConfirm = False,
) -> None:
    """Delete the transform and deploy it anew, with other topics perhaps: it begins where --from-offset says.

    Everything is checked before anything is deleted. What it wrote stays, so that records that it reads once more are
    written once more.
    """
    from rpkpy.deployment import deploy as deployment

    context: Context = ctx.obj
    flags = options.flags(name, input_topic, output_topic, var, compression, from_offset, env)
    request = deployment.Request(flags, file, not no_validate, create_topics, partitions, force)
    with deployment.prepare(request, options.surroundings(context)) as ready:
        spec = ready.spec
        if spec.offset is None:
            raise UsageError(
                f'Where shall transform "{spec.name}" begin?',
                cause="Without an offset it would begin behind the records that are there, and miss some.",
                fix="--from-offset +0 reads everything once more; -N the last N records; @T what is newer than T.",
            )
        ready.missing_topics()
        deployed = ready.difference().entry is not None
        question = f'Delete transform "{spec.name}" and deploy it anew from offset {spec.offset}?'
        if deployed and not options.confirmed(context, question, no_confirm=no_confirm):
            raise typer.Exit(1)
        try:
            ready.replace()
        except RpkpyError as error:
            error.fix = _after(error, spec.name)
            raise
    context.echo(f'transform "{spec.name}" deployed.')
    context.note(f"It begins at {spec.offset}.")


def _after(error: RpkpyError, name: str) -> str:
    state = f'rpkpy transform list shows whether "{name}" is deleted by now; redeploy does the rest once more.'
    return f"{error.fix}\n{state}" if error.fix else state
