"""Changing a deployed transform in place, with no new module: its variables, its compression."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial

from rpkpy.config.host_options import HostOptions, spelled
from rpkpy.deployment import deployed, difference, hosting
from rpkpy.deployment.deploy import Surroundings, content_of, group_with, last_release, write_down
from rpkpy.deployment.difference import Difference
from rpkpy.deployment.in_turn import Step
from rpkpy.deployment.releases import Group
from rpkpy.deployment.view import View
from rpkpy.errors import UsageError
from rpkpy.project.rules import check_env
from rpkpy.redpanda.cluster import COMPRESSIONS, DeploySpec, TransformMetadata


def plan(
    around: Surroundings,
    names: Sequence[str],
    variables: Mapping[str, str],
    unset: Sequence[str],
    compression: str,
    host: Mapping[str, str],
) -> list[Difference]:
    """What would change of the deployed transforms; the variables that are not named stay.

    UsageError for what cannot be meant, RefusedError for a name that is not deployed.
    """
    if not variables and not unset and not compression and not host:
        raise UsageError("Nothing is to be changed.", fix="Pass --var KEY=VALUE, --unset KEY or --compression TYPE.")
    if both := sorted({*variables} & {*unset}):
        raise UsageError(f"{', '.join(both)}: --var and --unset say the opposite.", fix="Pass one of them.")
    if compression and compression.lower() not in COMPRESSIONS:
        raise UsageError(
            f"--compression: {compression!r} is not a compression of the broker.",
            fix=f"Use one of {', '.join(COMPRESSIONS)}.",
        )
    view = View(around.cluster, around.settings.kafka)
    return [_plan(around, view, name, variables, unset, compression, host) for name in names]


def _plan(
    around: Surroundings,
    view: View,
    name: str,
    variables: Mapping[str, str],
    unset: Sequence[str],
    compression: str,
    host: Mapping[str, str],
) -> Difference:
    around.cluster.require_updates(name)
    entry = deployed.require(view.entries(), name)
    if missing := [key for key in unset if key not in entry.environment]:
        raise UsageError(
            f'Transform "{name}" has no variable {", ".join(missing)}.',
            cause=f"It has {', '.join(sorted(entry.environment)) or 'none'}.",
        )
    kept = {key: value for key, value in entry.environment.items() if key not in unset}
    wanted = spec_of(entry, {**kept, **variables}, compression.lower())
    if reason := check_env(wanted.environment):
        raise UsageError(f"The environment cannot be deployed: {reason}.")
    if host:
        wanted = replace(wanted, options=hosting.resolve(wanted.options, host))
        around.cluster.fit(wanted)
    content = content_of(around, entry, view)
    return difference.between(wanted, content.sha256, entry, content)


def steps(around: Surroundings, found: Sequence[Difference]) -> list[Step]:
    """Sending what differs, as steps that have not been taken. They are a release where the module is known."""
    changed = [each for each in found if each.changes]
    group = group_with(around, last_release(around, changed[0].spec.name)) if changed else None
    return [Step(each.spec.name, "updated", partial(_carry_out, around, each, group)) for each in changed]


def _carry_out(around: Surroundings, found: Difference, group: Group | None) -> None:
    fields = {change.field.partition(".")[0] for change in found.changes}
    options = {change.field for change in found.changes if change.field.startswith("host.")}
    around.cluster.update(
        found.spec.name,
        found.spec.environment if "env" in fields else None,
        found.spec.compression if "compression" in fields else None,
        {
            name: value
            for name, value in asdict(found.spec.options).items()
            if f"host.{spelled(name)}" in options and value
        },
    )
    record = last_release(around, found.spec.name)
    if record is not None and record.sha256 == found.content.sha256:
        spec = replace(found.spec, offset=record.spec.offset)
        write_down(around, lambda kept: kept.add(spec, None, record.sha256, "update", record.label, group))


def spec_of(entry: TransformMetadata, environment: Mapping[str, str], compression: str) -> DeploySpec:
    """The deployed transform as a deployment would ask for it; an empty compression is the one it has."""
    outputs = entry.output_topics or ()
    return DeploySpec(
        entry.name,
        entry.input_topic,
        outputs,
        environment,
        compression or entry.compression or "none",
        options=entry.options or HostOptions(),
    )
