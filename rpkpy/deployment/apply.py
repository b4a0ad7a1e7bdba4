"""Many projects deployed from one place: planned together, sent one after the other, pruned of what is gone from it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rpkpy.deployment.deploy import Deployment, Request, Surroundings, prepare
from rpkpy.errors import ProjectError, RefusedError, RpkpyError, UsageError
from rpkpy.project.manifest import FILE_NAME

MAX_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """What will be done: the deployments that change something or may (in the folders' order), the names of those that
    do not, and the transforms to delete. `label` is what the releases are known by."""

    label: str
    deployments: Sequence[Deployment]
    unchanged: Sequence[str]
    pruned: Sequence[str]


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
        names = [each.spec.name for each in ready]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ProjectError(f"Two projects have the name {', '.join(twice)}.", fix="Give each a name of its own.")
        for each in ready:
            each.missing_topics()
        same = [each for each in ready if each.difference().action == "none" and each.difference().running]
        gone: list[str] = []
        if prune and (before := [name for name in around.releases.names(label) if name not in names]):
            listed = {entry.name for entry in around.cluster.list()}
            gone = [name for name in before if name in listed]
        yield Batch(label, [each for each in ready if each not in same], [each.spec.name for each in same], gone)


def require_in_place(batch: Batch) -> None:
    """RefusedError where a deployment would change topics, which no cluster does in place."""
    if names := [each.spec.name for each in batch.deployments if each.difference().action == "replace"]:
        raise RefusedError(
            f"The topics of {', '.join(names)} differ from what is deployed.",
            cause="A deployed transform keeps its topics.",
            fix="rpkpy transform redeploy, in the folder of each, deletes it and deploys it anew.",
        )


def carry_out(around: Surroundings, batch: Batch) -> Iterator[str]:
    """Deploy and delete, one after the other; says each once it is done. What fails ends it, and is named."""
    for each in batch.deployments:
        each.send("apply", batch.label)
        yield f'transform "{each.spec.name}" deployed.'
    for name in batch.pruned:
        around.cluster.delete(name)
        around.releases.mark_deleted(name)
        yield f'transform "{name}" deleted.'


def _prepare(stack: ExitStack, around: Surroundings, request: Request, folder: Path) -> Deployment:
    try:
        return stack.enter_context(prepare(request, replace(around, cwd=folder)))
    except RpkpyError as error:
        error.message = f"{folder.name}: {error.message}"
        raise
