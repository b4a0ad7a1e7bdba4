"""A project with several inputs is several transforms on the cluster: which of those that are deployed are its own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from rpkpy.deployment.releases import Releases
from rpkpy.project.rules import name_for_input
from rpkpy.redpanda.cluster import DeploySpec, TransformMetadata


@dataclass(frozen=True, slots=True)
class Family:
    """What a project asks for: a deployment for each of its inputs, one in the ordinary case.

    `project` is its name. `several` is whether its transforms are called by their inputs as well. `spared` are the
    transforms of inputs that the project has and that this deployment does not name: they stay as they are.
    """

    project: str
    specs: tuple[DeploySpec, ...]
    several: bool = False
    spared: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the transforms that the project has."""
        return (*(spec.name for spec in self.specs), *self.spared)

    def left_over(self, entries: Iterable[TransformMetadata], releases: Releases) -> tuple[str, ...]:
        """The deployed transforms of the project that it does not have any more. Raises what `own` raises."""
        return tuple(sorted(set(own(self.project, entries, releases)) - {*self.names}))


def names_in(project: str, entries: Iterable[TransformMetadata]) -> tuple[str, ...]:
    """The deployed transforms of `project`: the one of its name, and each that is called as it would call it."""
    return tuple(entry.name for entry in entries if entry.name in (project, name_for_input(project, entry.input_topic)))


def own(project: str, entries: Iterable[TransformMetadata], releases: Releases) -> tuple[str, ...]:
    """The same without those that this machine deployed otherwise: another project may well have such a name.

    Raises RpkpyError where the history cannot be read.
    """
    last = {name: releases.last(name) for name in names_in(project, entries)}
    return tuple(name for name, each in last.items() if name == project or each is None or each.project == project)


def named(project: str, inputs: Collection[str], *, several: bool) -> dict[str, str]:
    """The name of the transform for each input."""
    return {topic: name_for_input(project, topic) if several else project for topic in inputs}
