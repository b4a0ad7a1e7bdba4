"""`rpkpy transform apply`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform import deployment_options as options

EXAMPLES = """
rpkpy transform apply -f transforms/
rpkpy transform apply -f transforms/ --env production --prune --no-confirm
rpkpy transform apply -f transforms/ --dry-run
"""


def command(
    ctx: typer.Context,
    file: Annotated[
        str, typer.Option("-f", "--file", metavar="FILE|DIR", help="A transform.yaml, or a folder of projects.")
    ],
    env: options.Env = "",
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete what was applied from there before and is not there any more.")
    ] = False,
    no_validate: options.NoValidate = False,
    create_topics: options.CreateTopics = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and send nothing.")] = False,
    ignore_unsupported: options.IgnoreUnsupported = False,
    no_confirm: options.NoConfirm = False,
) -> None:
    """Deploy every project of a folder: what changes is shown first and confirmed, what does not is left alone.

    Every project is checked before the first is sent; the modules must be built. --prune deletes only what this machine
    applied from the same place.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import apply, plan
    from rpkpy.deployment.deploy import Request

    context: Context = ctx.obj
    request = Request(
        plan.Flags(overlay=env),
        validate=not no_validate,
        create_topics=create_topics,
        ignore_unsupported=ignore_unsupported,
    )
    around = options.surroundings(context)
    with apply.plan(around, context.path(file), request, prune=prune) as batch:
        stream = context.stdout if dry_run else context.stderr
        for each in batch.deployments:
            found = each.difference()
            stream.write(differing.text_of(context, found, differing.plan_of(found), stream))
        for name in batch.unchanged:
            stream.write(f"{name}: no difference\n")
        for name, owner in batch.pruned.items():
            stream.write(f"{name}: is deleted; its {'input' if owner else 'project'} is gone\n")
        fix = (
            "It was not applied from here: rpkpy transform delete."
            if prune
            else "--prune deletes what was applied here."
        )
        options.say_left_over(context, batch.left_over(), fix)
        if dry_run:
            context.note("Nothing was sent.")
            return
        if not batch.deployments and not batch.pruned:
            context.echo("No change.")
            return
        apply.require_in_place(batch)
        count = f"{len(batch.deployments)} to deploy, {len(batch.pruned)} to delete"
        if not options.confirmed(context, f"Apply ({count})?", no_confirm=no_confirm):
            raise typer.Exit(1)
        for done in apply.carry_out(around, batch):
            context.echo(done)
