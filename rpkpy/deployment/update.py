"""Changing a deployed transform in place, with no new module: its variables, its compression."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rpkpy.deployment import deployed, difference
from rpkpy.deployment.deploy import Surroundings, content_of, last_release, write_down
from rpkpy.deployment.difference import Difference
from rpkpy.errors import UsageError
from rpkpy.project.rules import check_env
from rpkpy.redpanda.cluster import COMPRESSIONS, DeploySpec, TransformMetadata


def plan(
    around: Surroundings, name: str, variables: Mapping[str, str], unset: Sequence[str], compression: str
) -> Difference:
    """What would change of the deployed transform; the variables that are not named stay.

    UsageError for what cannot be meant, RefusedError for a name that is not deployed.
    """
    if not variables and not unset and not compression:
        raise UsageError("Nothing is to be changed.", fix="Pass --var KEY=VALUE, --unset KEY or --compression TYPE.")
    if both := sorted({*variables} & {*unset}):
        raise UsageError(f"{', '.join(both)}: --var and --unset say the opposite.", fix="Pass one of them.")
    if compression and compression.lower() not in COMPRESSIONS:
        raise UsageError(
            f"--compression: {compression!r} is not a compression of the broker.",
            fix=f"Use one of {', '.join(COMPRESSIONS)}.",
        )
    around.cluster.require_updates(name)
    entry = deployed.require(around.cluster, name)
    if missing := [key for key in unset if key not in entry.environment]:
        raise UsageError(
            f'Transform "{name}" has no variable {", ".join(missing)}.',
            cause=f"It has {', '.join(sorted(entry.environment)) or 'none'}.",
        )
    kept = {key: value for key, value in entry.environment.items() if key not in unset}
    wanted = spec_of(entry, {**kept, **variables}, compression.lower())
    if reason := check_env(wanted.environment):
        raise UsageError(f"The environment cannot be deployed: {reason}.")
    content = content_of(around, entry, None)
    return difference.between(wanted, content.sha256, entry, content)


def carry_out(around: Surroundings, found: Difference) -> None:
    """Send what differs. It is a release of its own where the module is known. Raises what the cluster raises."""
    fields = {change.field.partition(".")[0] for change in found.changes}
    around.cluster.update(
        found.spec.name,
        found.spec.environment if "env" in fields else None,
        found.spec.compression if "compression" in fields else None,
    )
    record = last_release(around, found.spec.name)
    if record is not None and record.sha256 == found.content.sha256:
        write_down(around, replace(found.spec, offset=record.spec.offset), None, record.sha256, "update", record.label)


def spec_of(entry: TransformMetadata, environment: Mapping[str, str], compression: str) -> DeploySpec:
    """The deployed transform as a deployment would ask for it; an empty compression is the one it has."""
    outputs = entry.output_topics or ()
    return DeploySpec(entry.name, entry.input_topic, outputs, environment, compression or entry.compression or "none")
