"""`rpkpy transform dev`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform import deployment_options as options
from rpkpy.cli.transform.circumstances import LimitsOption, MemoryLimitOption
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.config.settings import Settings
    from rpkpy.deployment.plan import Flags
    from rpkpy.dev.cycle import Circumstances, Target

EXAMPLES = """
rpkpy local start && rpkpy transform dev --create-topics
rpkpy transform dev --no-deploy             # build, judge, try on the samples and test alone
rpkpy transform dev --var MASK_FIELDS=email
rpkpy transform dev --format json | jq 'select(.event == "exchange")'
"""

_FORMATS = ("text", "json")


def command(
    ctx: typer.Context,
    no_deploy: Annotated[bool, typer.Option("--no-deploy", help="Deploy nothing; no cluster is needed.")] = False,
    no_test: Annotated[bool, typer.Option("--no-test", help="Deploy builds whose tests have not been run.")] = False,
    input_topic: options.InputTopic = None,
    output_topic: options.OutputTopic = None,
    var: options.Var = None,
    env: options.Env = "",
    create_topics: options.CreateTopics = False,
    remote: Annotated[
        bool, typer.Option("--remote", help="Deploy to a cluster that is not on this machine as well.")
    ] = False,
    limits: LimitsOption = None,
    memory_limit: MemoryLimitOption = None,
    format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, or json: one event a line.")
    ] = "text",
) -> None:
    """Watch the project: build, validate, test and deploy it with each change, and show what goes through.

    On a terminal the view is live: records in and out side by side, rate, latency, fuel, the transform's log, and the
    record that an error came of. A build that fails leaves the transform that is deployed where it is.
    """
    from rpkpy.deployment.plan import Flags, topics_of, variables_of

    context: Context = ctx.obj
    kind = format.lower()
    if kind not in _FORMATS:
        raise UsageError(f'--format "{format}" is not supported.', fix=f"Use one of {', '.join(_FORMATS)}.")
    flags = Flags(
        input_topics=topics_of(input_topic or ()),
        output_topics=topics_of(output_topic or ()),
        variables=variables_of(var or ()),
    )
    target = None if no_deploy else _target(context, flags, create_topics=create_topics, remote=remote)
    _run(context, _circumstances(context, target, limits, memory_limit, test=not no_test, overlay=env), kind)


def _target(context: Context, flags: "Flags", *, create_topics: bool, remote: bool) -> "Target":
    from rpkpy.cli.transform.target import cluster_of
    from rpkpy.dev.cycle import Target

    settings = context.settings()
    if not remote and (far := _not_here(settings)):
        raise UsageError(
            f"{far} is not on this machine: every change of the project would be deployed there.",
            fix="--remote if that is meant; --no-deploy; or rpkpy local start, which selects the local cluster.",
        )
    return Target(cluster_of(context), settings, flags, create_topics, options.releases_of(context))


def _not_here(settings: "Settings") -> str | None:
    """The first address that is not of this machine."""
    from rpkpy.config import addresses

    for address in (*settings.admin.addresses, *settings.kafka.brokers):
        host = addresses.host_of(address)
        if not addresses.is_loopback(host) and not host.endswith(".localhost"):
            return address
    return None


def _circumstances(
    context: Context, target: "Target | None", limits: str | None, memory_limit: str | None, *, test: bool, overlay: str
) -> "Circumstances":
    from rpkpy.dev.cycle import Circumstances
    from rpkpy.project.limits import Choice

    return Circumstances(
        context.cwd,
        context.environ,
        context.dirs.cache,
        context.dirs.state,
        Choice(limits, memory_limit),
        target,
        test,
        overlay,
    )


def _run(context: Context, circumstances: "Circumstances", kind: str) -> None:
    from rpkpy.cli.transform.dev_view import view
    from rpkpy.dev.changes import EVERYTHING, Changes
    from rpkpy.dev.cycle import Cycle
    from rpkpy.project import project as projects

    project = projects.load(context.cwd).in_environment(
        circumstances.overlay
    )  # a folder that is no project is an error, a broken project is not
    changes = Changes(context.cwd)
    with view(context, kind, project.manifest.name) as shown, Cycle(circumstances, shown.publish) as cycle:
        try:
            shown.turn(cycle.turn, EVERYTHING)
            for parts in changes:
                if parts:
                    shown.turn(cycle.turn, parts)
        finally:
            name = cycle.deployed
            if name is not None:
                shown.say_at_end(f"{name} stays deployed: rpkpy transform delete {name} --no-confirm")
