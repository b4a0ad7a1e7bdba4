"""Many projects deployed from one place: planned together, sent one after the other, pruned of what is gone from it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rpkpy.deployment import in_turn
from rpkpy.deployment.deploy import Deployment, Request, Surroundings, prepare
from rpkpy.deployment.deployments import Deployments, delete
from rpkpy.deployment.in_turn import Step
from rpkpy.errors import ProjectError, RefusedError, RpkpyError, UsageError
from rpkpy.project.manifest import FILE_NAME

MAX_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """What will be done: the projects (in the folders' order), which of their deployments change nothing, and the
    transforms to delete, each with the project that it was one of, None where that is gone. `label` is what the
    releases are known by."""

    label: str
    projects: Sequence[Deployments]
    same: Sequence[Deployment]
    pruned: Mapping[str, Deployments | None]

    @property
    def deployments(self) -> list[Deployment]:
        """Those that change something, or may."""
        return [each for project in self.projects for each in project.each if each not in self.same]

    @property
    def unchanged(self) -> list[str]:
        """The names of those that do not."""
        return [each.spec.name for each in self.same]

    def left_over(self) -> list[str]:
        """What is deployed of the projects, belongs to none of them any more, and stays."""
        kept = {*self.pruned, *(name for project in self.projects for name in project.family.names)}
        return [name for project in self.projects for name in project.left_over() if name not in kept]


def find(place: Path) -> list[Path]:
    """The project folders that `place` means: the folder of a transform.yaml, or a folder and those right below it."""
    if place.is_file():
        if place.name != FILE_NAME:
            raise UsageError(f"{place} is no {FILE_NAME}.", fix=f"Name a {FILE_NAME}, or a folder of projects.")
        return [place.parent]
    if not place.is_dir():
        raise UsageError(f"There is no {place}.", fix=f"Name a {FILE_NAME}, or a folder of projects.")
    found = [folder for folder in (place, *sorted(place.iterdir())) if (folder / FILE_NAME).is_file()]
    if not found:
        raise ProjectError(f"There is no {FILE_NAME} in {place}, nor in a folder right below it.")
    if len(found) > MAX_PROJECTS:
        raise UsageError(f"{place} has {len(found)} projects; at most {MAX_PROJECTS} are applied at once.")
    return found


@contextmanager
def plan(around: Surroundings, place: Path, request: Request, *, prune: bool) -> Iterator[Batch]:
    """Every project checked and compared, with nothing sent; the modules are open for the time of the block.

    With `prune` what was applied from this place before and is not there any more, and is still deployed, is to be
    deleted. An error names the project that it came of.
    """
    label = str(place.resolve())
    with ExitStack() as stack:
        ready = [_prepare(stack, around, request, folder) for folder in find(place)]
        names = [name for project in ready for name in project.family.names]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ProjectError(f"Two projects have the name {', '.join(twice)}.", fix="Give each a name of its own.")
        for project in ready:
            project.missing_topics()
        all_of_them = [each for project in ready for each in project.each]
        same = [each for each in all_of_them if each.difference().action == "none" and each.difference().running]
        gone: dict[str, Deployments | None] = {}
        if prune and (before := [name for name in around.releases.names(label) if name not in names]):
            listed = {entry.name for entry in around.cluster.list()}
            owners = {name: each for each in ready for name in around.releases.of_project(each.family.project)}
            gone = {name: owners.get(name) for name in before if name in listed}
        yield Batch(label, ready, same, gone)


def require_in_place(batch: Batch) -> None:
    """RefusedError where a deployment would change topics, which no cluster does in place."""
    if names := [each.spec.name for each in batch.deployments if each.difference().action == "replace"]:
        raise RefusedError(
            f"The topics of {', '.join(names)} differ from what is deployed.",
            cause="A deployed transform keeps its topics.",
            fix="rpkpy transform redeploy, in the folder of each, deletes it and deploys it anew.",
        )


def carry_out(around: Surroundings, batch: Batch) -> Iterator[str]:
    """Deploy and delete, one after the other; says each once it is done. What fails ends it: what was done is said."""
    steps: list[Step] = []
    for project in batch.projects:
        unchanged = [each for each in project.each if each in batch.same]
        own = [name for name, owner in batch.pruned.items() if owner is project]
        if len(unchanged) < len(project.each):
            project.make_topics()
        steps += project.steps("apply", batch.label, unchanged=unchanged, prune=own)
    left = [name for name, owner in batch.pruned.items() if owner is None]
    steps += [Step(name, "deleted", partial(delete, around, name)) for name in left]
    yield from in_turn.carry_out(steps)


def _prepare(stack: ExitStack, around: Surroundings, request: Request, folder: Path) -> Deployments:
    try:
        return stack.enter_context(prepare(request, replace(around, cwd=folder)))
    except RpkpyError as error:
        error.message = f"{folder.name}: {error.message}"
        raise
