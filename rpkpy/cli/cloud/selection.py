"""What the commands that select a cloud cluster share: choosing one, and saying what became of the profile."""

from typing import TYPE_CHECKING

from rpkpy.cli.context import NO_TERMINAL, Context
from rpkpy.errors import RefusedError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rpkpy.redpanda.cloud.control_plane import ControlPlane, Named
    from rpkpy.redpanda.cloud.profile import Written

_SHOWN = 100


def find(context: Context, plane: "ControlPlane", wanted: str) -> "Named":
    """The cluster that `wanted` names, or the person picks; RefusedError where the organisation has none."""
    if wanted:
        return plane.find(wanted)
    ready = [each for each in plane.clusters() if each.cluster.ready]
    if not ready:
        raise RefusedError(
            "This login knows no cluster that is ready.",
            fix="Make one in the web UI, or `rpkpy cloud auth use` another.",
        )
    return choose(context, plane, ready)


def choose(context: Context, plane: "ControlPlane", ready: "Sequence[Named]") -> "Named":
    """The cluster that the person picks from `ready`; UsageError without a terminal, which names them."""
    from rpkpy.text import printable

    names = [printable(each.full_name) for each in ready]
    if not context.interactive:
        raise UsageError(
            "Which cluster is meant?",
            cause="\n".join([NO_TERMINAL, *_ids(ready)]),
            fix="rpkpy cloud cluster select ID",
        )
    return plane.detailed(ready[pick(context, "Which resource-group/cluster would you like to talk to?", names)])


def pick(context: Context, question: str, names: "Sequence[str]") -> int:
    """The index of the name that the person picks, by its number or by itself."""
    for number, name in enumerate(names, 1):
        context.note(f"{number:>4}  {name}")
    while True:
        answer = context.prompt(f"{question} (1-{len(names)})", flag="the name as argument")
        if answer.isascii() and answer.isdigit() and 0 < int(answer) <= len(names):
            return int(answer) - 1
        if names.count(answer) == 1:
            return names.index(answer)
        context.note(f"{answer!r} is none of them.")


def say_written(context: Context, written: "Written", found: "Named") -> None:
    """What became of the profile, and how to go on."""
    from rpkpy.text import printable

    name, full = written.name, printable(found.full_name)
    if written.made:
        context.echo(f'Created and switched to a new profile "{name}" to talk to cloud cluster "{full}".')
    elif written.was_current:
        context.echo(f'Updated profile "{name}" to talk to cloud cluster "{full}".')
    else:
        context.echo(f'Switched to existing "{name}" profile and updated it to talk to cluster "{full}".')
    say_cluster(context, found)


def say_cluster(context: Context, found: "Named", *, sasl: bool = False) -> None:
    """Where the cluster is, and what its profile still needs; with `sasl` the credentials are there already."""
    from rpkpy.text import printable

    cluster = found.cluster
    context.echo()
    context.echo(printable(f"Cluster {cluster.name}"))
    context.echo(printable(f"  Web UI: https://cloud.redpanda.com/clusters/{cluster.id}/overview"))
    context.echo(printable(f"  Redpanda Seed Brokers: [{', '.join(cluster.brokers)}]"))
    if cluster.serverless:
        context.note("Serverless clusters run no transforms; topics and records are reached with this login's token.")
        return
    if not sasl:
        context.echo()
        context.echo("If your cluster requires SASL, generate SASL credentials in the UI and then set")
        context.echo("them in rpkpy with")
        context.echo("    rpkpy profile set user {sasl_username}")
        context.echo("    rpkpy profile set pass {sasl_password}")
    if cluster.mtls:
        context.echo()
        context.echo("This cluster wants client certificates (mTLS). Name yours with")
        context.echo("    rpkpy profile set tls.ca /path/to/ca.pem")
        context.echo("    rpkpy profile set tls.cert /path/to/cert.pem")
        context.echo("    rpkpy profile set tls.key /path/to/key.pem")
    context.echo()


def _ids(named: "Sequence[Named]") -> list[str]:
    lines = [f"{each.full_name}: {each.cluster.id}" for each in named[:_SHOWN]]
    return [*lines, f"and {len(named) - _SHOWN} more"] if len(named) > _SHOWN else lines
