"""An earlier release, deployed once more."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from rpkpy.deployment import history
from rpkpy.deployment.deploy import Request, Surroundings, ready
from rpkpy.deployment.deployments import Deployments
from rpkpy.deployment.family import Family
from rpkpy.deployment.history import State
from rpkpy.deployment.plan import Flags
from rpkpy.deployment.releases import Releases
from rpkpy.errors import RefusedError, UsageError
from rpkpy.redpanda.module import Module

_SEE = "rpkpy transform history lists the releases."


def choose(releases: Releases, name: str, number: int | None) -> State:
    """The release of this number; without one the newest that differs from the last. UsageError where there is none."""
    kept = history.of(releases, name)
    if not kept:
        raise UsageError(
            f'This machine has deployed nothing as "{name}" to this cluster.',
            fix="rpkpy transform deploy; -X admin.hosts or --profile, where another cluster is meant.",
        )
    last = kept[-1]
    if number is None:
        found = next((each for each in reversed(kept) if each.complete and not each.same_as(last)), None)
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
    if not found.complete:
        raise UsageError(
            f'Release {number} of "{name}" is not whole: it was not deployed to every input, or not all of it is kept.',
            fix=_SEE,
        )
    return found


@contextmanager
def prepare(around: Surroundings, name: str, release: State) -> Iterator[Deployments]:
    """The release as deployments; they go on where the transforms stand. Raises RpkpyError where a module is gone.

    Nothing is judged anew: it has been deployed before, and the cluster has the last word.
    """
    with ExitStack() as stack:
        modules: dict[str, Module] = {}
        parts = []
        for part in release.parts:
            if part.sha256 not in modules:
                module = Module(around.releases.module(part), f"release {part.number}")
                modules[part.sha256] = stack.enter_context(module)
            spec, _ = around.cluster.fit(replace(part.spec, offset=None))
            parts.append((spec, modules[part.sha256], part.sha256))
        family = Family(name, tuple(spec for spec, *_ in parts), several=release.newest.project == name)
        yield ready(around, Request(Flags(), validate=False), family, parts)


def require_in_place(deployments: Deployments, release: State) -> None:
    """RefusedError where the release had other topics than what is deployed."""
    found = [each.spec.name for each in deployments.each if each.difference().action == "replace"]
    if found:
        raise RefusedError(
            f"Release {release.number} had other topics than the transform that is deployed.",
            cause="A deployed transform keeps its topics.",
            fix=f"rpkpy transform delete {found[0]}, then roll back: it begins anew.",
        )
