"""What is deployed: the cluster's entry of a transform, and the hash of its module where anybody knows it."""

from collections.abc import Sequence

from rpkpy.deployment import difference
from rpkpy.deployment.difference import Content
from rpkpy.deployment.releases import Release
from rpkpy.errors import DriftError, RefusedError
from rpkpy.redpanda.cluster import DeploySpec, TransformMetadata

_SHOWN_NAMES = 20


def require(listed: Sequence[TransformMetadata], name: str) -> TransformMetadata:
    """The transform as the cluster lists it; RefusedError, with the names there are, where it is not deployed."""
    found = next((entry for entry in listed if entry.name == name), None)
    if found is None:
        names = ", ".join(sorted(entry.name for entry in listed)[:_SHOWN_NAMES])
        raise RefusedError(
            f'There is no transform "{name}" on the cluster.',
            cause=f"These are deployed: {names}." if names else "None is deployed.",
            fix="rpkpy transform list; rpkpy transform deploy",
        )
    return found


def content(entry: TransformMetadata, kept_sha256: str | None, record: Release | None) -> Content:
    """Which module `entry` runs: `kept_sha256` is what rpkpy's host keeps, if it does, and goes first.

    `record` is what this machine deployed last; it counts as long as everything that the cluster tells is as it was
    deployed.
    """
    if kept_sha256 is not None:
        return Content(kept_sha256, "host")
    if record is not None and not difference.of_settings(record.spec, entry):
        return Content(record.sha256, "record")
    return Content()


def require_own(spec: DeploySpec, entry: TransformMetadata | None, content: Content, record: Release | None) -> None:
    """DriftError where what is deployed is not what this machine deployed last. Values of variables are not named."""
    fix = "rpkpy transform diff shows what differs; without --strict the deployment replaces it."
    name = spec.name
    if record is None:
        if entry is not None:
            raise DriftError(
                f'Transform "{name}" is deployed, but not by this machine.',
                cause="Nothing is written down of a deployment to this cluster from here.",
                fix=fix,
            )
        return
    if entry is None:
        raise DriftError(
            f'Transform "{name}" is not deployed any more.',
            cause=f"Release {record.number} was deployed from here, and somebody else has deleted it.",
            fix="Deploy without --strict to bring it back.",
        )
    fields = [change.field for change in difference.of_settings(record.spec, entry)]
    if content.known_from == "host" and content.sha256 != record.sha256:
        fields.append("module")
    if fields:
        raise DriftError(
            f'Transform "{name}" was changed by somebody else: {", ".join(fields)}.',
            cause=f"It is not as release {record.number} was deployed from here.",
            fix=fix,
        )
