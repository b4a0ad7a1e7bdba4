"""An earlier release, deployed once more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rpkpy.deployment.deploy import Deployment, Request, Surroundings
from rpkpy.deployment.difference import Difference
from rpkpy.deployment.plan import Flags
from rpkpy.deployment.releases import Release, Releases
from rpkpy.errors import RefusedError, UsageError
from rpkpy.redpanda.module import Module

_SEE = "rpkpy transform history lists the releases."


def choose(releases: Releases, name: str, number: int | None) -> Release:
    """The release of this number; without one the newest that differs from the last. UsageError where there is none."""
    kept = releases.all(name)
    if not kept:
        raise UsageError(
            f'This machine has deployed nothing as "{name}" to this cluster.',
            fix="rpkpy transform deploy; -X admin.hosts or --profile, where another cluster is meant.",
        )
    last = kept[-1]
    if number is None:
        found = next((each for each in reversed(kept) if not each.same_as(last.spec, last.sha256)), None)
        if found is None:
            raise UsageError(f'"{name}" has no earlier release that differs from the last.', fix=_SEE)
        return found
    found = next((each for each in kept if each.number == number), None)
    if found is None:
        raise UsageError(
            f'"{name}" has no release {number} any more.' if number < last.number else f'"{name}" has no such release.',
            cause=f"Kept are {kept[0].number} to {last.number}.",
            fix=_SEE,
        )
    return found


@contextmanager
def prepare(around: Surroundings, release: Release) -> Iterator[Deployment]:
    """The release as a deployment; it goes on where the transform stands. Raises RpkpyError where its module is gone.

    Nothing is judged anew: it has been deployed before, and the cluster has the last word.
    """
    spec, _ = around.cluster.fit(replace(release.spec, offset=None))
    with Module(around.releases.module(release), f"release {release.number}") as module:
        yield Deployment(around, Request(Flags(), validate=False), spec, module, release.sha256)


def require_in_place(found: Difference, release: Release) -> None:
    """RefusedError where the release had other topics than what is deployed."""
    if found.action == "replace":
        raise RefusedError(
            f"Release {release.number} had other topics than the transform that is deployed.",
            cause="A deployed transform keeps its topics.",
            fix=f"rpkpy transform delete {found.spec.name}, then roll back: it begins anew.",
        )
