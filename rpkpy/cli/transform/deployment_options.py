"""The flags that deploy, diff and redeploy share, and what they make of them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import cluster_of
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.deployment.deploy import Surroundings
    from rpkpy.deployment.plan import Flags
    from rpkpy.deployment.releases import Releases

File = Annotated[
    str | None, typer.Option("--file", metavar="PATH|URL", help="The module; NAME.wasm of the project by default.")
]
InputTopic = Annotated[str, typer.Option("-i", "--input-topic", metavar="TOPIC", help="Topic the transform reads.")]
OutputTopic = Annotated[
    list[str] | None,
    typer.Option("-o", "--output-topic", metavar="TOPIC", help="Topic it writes; repeat it, or separate by commas."),
]
Var = Annotated[
    list[str] | None, typer.Option("--var", metavar="KEY=VALUE", help="Environment variable; repeat it for more.")
]
Compression = Annotated[
    str, typer.Option("--compression", metavar="TYPE", help="Of output batches: none, gzip, snappy, lz4, zstd.")
]
Env = Annotated[
    str, typer.Option("--env", metavar="NAME", help="One of the `environments:` in transform.yaml, over the rest.")
]
NoValidate = Annotated[
    bool, typer.Option("--no-validate", help="Send it without judging the module or looking up the topics.")
]
CreateTopics = Annotated[bool, typer.Option("--create-topics", help="Create topics that are missing.")]
Partitions = Annotated[
    int | None,
    typer.Option("--partitions", metavar="N", min=1, help="With --create-topics: how many; the input's by default."),
]
IgnoreUnsupported = Annotated[
    bool, typer.Option("--ignore-unsupported", help="Leave out what a cloud cluster cannot do, with a warning.")
]
NoConfirm = Annotated[bool, typer.Option("--no-confirm", help="Do not ask first.")]


def flags(
    name: str,
    input_topic: str,
    output_topic: Sequence[str] | None,
    var: Sequence[str] | None,
    compression: str,
    from_offset: str,
    env: str,
) -> "Flags":
    """What the flags say; UsageError for a variable that is none."""
    from rpkpy.deployment import plan

    return plan.Flags(
        name=name,
        input_topic=input_topic,
        output_topics=plan.topics_of(output_topic or ()),
        variables=plan.variables_of(var or ()),
        compression=compression,
        from_offset=from_offset,
        overlay=env,
    )


def surroundings(context: Context) -> "Surroundings":
    """Where a deployment comes from and goes to."""
    from rpkpy.deployment.deploy import Surroundings

    return Surroundings(
        cwd=context.cwd,
        settings=context.settings(),
        cluster=cluster_of(context),
        person=context,
        ask=lambda question, flag: context.prompt(question, flag=flag),
        releases=releases_of(context),
    )


def releases_of(context: Context) -> "Releases":
    """What this machine deployed to the cluster."""
    from rpkpy.deployment import releases

    return releases.of_cluster(context.dirs.state, context.settings(), context.now)


def confirmed(context: Context, question: str, *, no_confirm: bool) -> bool:
    """Whether to go on: asked on a terminal, UsageError elsewhere without --no-confirm. A no is said."""
    if no_confirm:
        return True
    if context.confirm(question, flag="--no-confirm"):
        return True
    context.note("Nothing was changed.")
    return False


def require_name(name: str | None) -> str:
    """`name`, empty where none is given; UsageError for one that was given empty."""
    if name == "":
        raise UsageError("A transform's name cannot be empty.")
    return name or ""
