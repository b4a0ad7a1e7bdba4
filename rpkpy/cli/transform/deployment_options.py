"""The flags that deploy, diff and redeploy share, and what they make of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import cluster_of
from rpkpy.config.host_options import NAMES
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.deployment.deploy import Surroundings
    from rpkpy.deployment.plan import Flags
    from rpkpy.deployment.releases import Releases

File = Annotated[
    str | None, typer.Option("--file", metavar="PATH|URL", help="The module; NAME.wasm of the project by default.")
]
Name = Annotated[str, typer.Option("--name", metavar="NAME", help="Name of the transform.")]
InputTopic = Annotated[
    list[str] | None,
    typer.Option(
        "-i", "--input-topic", metavar="TOPIC", help="Topic it reads; repeated (or with commas) one transform for each."
    ),
]
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
Prune = Annotated[
    bool, typer.Option("--prune", help="Delete the project's transforms for inputs that it does not have any more.")
]
OnError = Annotated[
    str,
    typer.Option(
        "--on-error", metavar="POLICY", help="Own host only: a record that fails, what then; fail, skip, dlq."
    ),
]
DeadLetterTopic = Annotated[
    str,
    typer.Option(
        "--dead-letter-topic", metavar="TOPIC", help="Own host only: where dlq puts it; INPUT.dlq by default."
    ),
]
Guarantee = Annotated[
    str, typer.Option("--guarantee", metavar="HOW", help="Own host only: at-least-once or exactly-once.")
]
Partitioner = Annotated[
    str, typer.Option("--partitioner", metavar="BY", help="Own host only: output partition by input partition, or key.")
]
Timestamps = Annotated[
    str, typer.Option("--timestamps", metavar="WHICH", help="Own host only: append (time of the write) or carry.")
]
VerifyKey = Annotated[
    str | None,
    typer.Option("--verify-key", metavar="FILE", help="Refuse a module that is not signed with this public key."),
]
SignatureFile = Annotated[
    str | None,
    typer.Option("--signature", metavar="PATH|URL", help="With --verify-key: the signature; MODULE.sig by default."),
]
NoConfirm = Annotated[bool, typer.Option("--no-confirm", help="Do not ask first.")]


def flags(
    name: str,
    input_topic: Sequence[str] | None,
    output_topic: Sequence[str] | None,
    var: Sequence[str] | None,
    compression: str,
    from_offset: str,
    env: str,
    host: Mapping[str, str],
) -> "Flags":
    """What the flags say; UsageError for a variable that is none."""
    from rpkpy.deployment import plan

    return plan.Flags(
        name=name,
        input_topics=plan.topics_of(input_topic or ()),
        output_topics=plan.topics_of(output_topic or ()),
        variables=plan.variables_of(var or ()),
        compression=compression,
        from_offset=from_offset,
        overlay=env,
        host=host,
    )


def host(on_error: str, dead_letter_topic: str, guarantee: str, partitioner: str, timestamps: str) -> dict[str, str]:
    """What the flags for rpkpy's own host say, by the options' names."""
    values = (on_error, dead_letter_topic, guarantee, partitioner, timestamps)
    return {name: value for name, value in zip(NAMES, values, strict=True) if value}


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


def left_over(context: Context, found: Sequence[str], *, prune: bool) -> Sequence[str]:
    """Which of the transforms that the project does not have any more are to be deleted; those that stay are named."""
    if prune:
        return found
    say_left_over(context, found, "--prune deletes it.")
    return ()


def say_left_over(context: Context, found: Sequence[str], fix: str) -> None:
    """Name the transforms that stay deployed though the project does not have them any more."""
    for name in found:
        context.warn(f'Transform "{name}" is none of the project any more, and goes on reading and writing. {fix}')


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


def named(names: Sequence[str]) -> str:
    """`transform "a"`, or `transforms "a", "b"`."""
    return f"transform{'' if len(names) == 1 else 's'} " + ", ".join(f'"{name}"' for name in names)


def require_name(name: str | None) -> str:
    """`name`, empty where none is given; UsageError for one that was given empty."""
    if name == "":
        raise UsageError("A transform's name cannot be empty.")
    return name or ""
