"""A deployment from beginning to end: read the project, plan, judge the module, look at the topics, send."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from rpkpy.config.settings import Settings
from rpkpy.deployment import plan, preflight
from rpkpy.deployment.plan import Ask, Flags
from rpkpy.errors import AuthError, UnreachableError, UsageError
from rpkpy.project import project as projects
from rpkpy.project.manifest import FILE_NAME
from rpkpy.project.project import Project
from rpkpy.redpanda.cluster import Cluster, DeploySpec
from rpkpy.redpanda.module import MAX_BYTES, Module


class Person(Protocol):
    """Who is told what happens; a cli Context is one."""

    def note(self, text: str) -> None:
        """Say something."""
        ...

    def warn(self, text: str) -> None:
        """Say something that may be wrong."""
        ...

    def debug(self, text: str) -> None:
        """Say something that only the curious want to know."""
        ...

    def transfer(self, text: str, size: int) -> AbstractContextManager[Callable[[int], None]]:
        """Show how far a transfer of `size` bytes is, as the function inside is told."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    `file` is a path or an http(s) URL, None for the project's own build. Without `validate` neither the module nor
    the topics are looked at. `create_topics` makes missing topics, with
    `partitions` or as many as the input has. `force` deploys a build older than the sources,
    `ignore_unsupported` leaves out what the kind of cluster cannot do.
    """

    flags: Flags
    file: str | None = None
    validate: bool = True
    create_topics: bool = False
    partitions: int | None = None
    force: bool = False
    ignore_unsupported: bool = False


def deploy(
    request: Request, *, cwd: Path, settings: Settings, cluster: Cluster, person: Person, ask: Ask
) -> DeploySpec:
    """Deploy what `request` and the project in `cwd` say, and return what was sent.

    Raises UsageError, ProjectError, InvalidError before anything is sent; RefusedError for missing topics; and what
    the cluster's deploy raises.
    """
    if request.partitions is not None and not request.create_topics:
        raise UsageError("--partitions is for the topics that --create-topics makes.", fix="Pass both, or none.")
    project = _project(cwd, request.flags)
    spec, left_out = cluster.fit(
        plan.specify(project, request.flags, ask), ignore_unsupported=request.ignore_unsupported
    )
    for part in left_out:
        person.warn(f"{part} is left out: this cluster cannot do it.")
    with _module(request, project, spec, cwd) as module:
        plan.check_magic(module)
        if project and request.file is None and not request.force:
            plan.check_fresh(project, module.read())
        found = plan.check_module(module, plan.limits_of(project)) if request.validate else []
        for remark in (*plan.remarks(project, spec, found), *found):
            person.warn(remark)
        _look_at_topics(request, spec, settings, person)
        with person.transfer(f"Sending {module.name}", module.size) as module.sent:
            cluster.deploy(spec, module)
    return spec


def _project(cwd: Path, flags: Flags) -> Project | None:
    """The project in `cwd`; None where there is none and the flags say everything."""
    if flags.name and not (cwd / FILE_NAME).exists():
        return None
    return projects.load(cwd)


def _module(request: Request, project: Project | None, spec: DeploySpec, cwd: Path) -> Module:
    if request.file is None:
        path = project.wasm_path if project else cwd / f"{spec.name}.wasm"
        return Module.open(path, path.name)
    from rpkpy.deployment import download

    if not download.is_url(request.file):
        return Module.open(cwd / request.file, request.file)
    max_bytes = plan.limits_of(project).binary_bytes if request.validate else MAX_BYTES
    return Module(download.fetch(request.file, max_bytes=max_bytes), request.file)


def _look_at_topics(request: Request, spec: DeploySpec, settings: Settings, person: Person) -> None:
    """Name missing topics, or make them; where no broker answers or lets us in, the cluster judges alone."""
    if not request.validate and not request.create_topics:
        return
    try:
        admin = preflight.connect(settings.kafka)
    except (UnreachableError, AuthError) as error:  # the Admin API may still work
        if request.create_topics:
            raise type(error)(f"unable to create topics: {error.message}", cause=error.cause, fix=error.fix) from error
        say = person.warn if isinstance(error, AuthError) else person.debug
        say(f"Topics were not looked up: {error.message}")
        return
    topics = preflight.look(admin, spec)
    if not request.create_topics:
        preflight.require(topics)
    elif topics.missing:
        made = preflight.create(admin, topics, request.partitions)
        person.note(f"Created {', '.join(made)}.")
