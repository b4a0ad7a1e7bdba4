"""A deployment from beginning to end: read the project, plan, judge the module, look at the topics, send."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rpkpy.config.settings import Settings
from rpkpy.deployment import deployed, difference, plan, preflight
from rpkpy.deployment.brokers import Brokers
from rpkpy.deployment.difference import Content, Difference
from rpkpy.deployment.plan import Ask, Flags
from rpkpy.deployment.releases import How, Release, Releases
from rpkpy.errors import AuthError, ProjectError, RefusedError, RpkpyError, UnreachableError, UsageError
from rpkpy.redpanda.cluster import Cluster, DeploySpec, TransformMetadata
from rpkpy.redpanda.module import MAX_BYTES, Module

if TYPE_CHECKING:
    from rpkpy.project.project import Project


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
class Surroundings:
    """Where a deployment comes from and goes to, who is told and asked, and where it is written down."""

    cwd: Path
    settings: Settings
    cluster: Cluster
    person: Person
    ask: Ask
    releases: Releases


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


class Deployment:
    """A deployment that is ready: planned and judged, nothing sent. `sha256` (hex) is its module's."""

    def __init__(self, around: Surroundings, request: Request, spec: DeploySpec, module: Module, sha256: str) -> None:
        self.spec, self.module, self.sha256 = spec, module, sha256
        self._around, self._request = around, request
        self._brokers = Brokers(around.settings.kafka)
        self._difference: Difference | None = None

    def difference(self) -> Difference:
        """What it would change. Asks the cluster, and its brokers for what rpkpy's own host keeps; asked once.

        Raises what the cluster's list raises.
        """
        if self._difference is None:
            self._difference = compare(self._around, self.spec, self.sha256, self._brokers)
        return self._difference

    def require_own(self) -> None:
        """DriftError where what is deployed is not what this machine deployed last."""
        found = self.difference()
        deployed.require_own(self.spec, found.entry, found.content, last_release(self._around, self.spec.name))

    def unchanged(self) -> Difference | None:
        """The difference where it is known that there is none and the transform runs; None where it must be sent.

        The cluster is asked only where there is a reason to think so: this machine deployed the same last, or
        rpkpy's own host keeps the same module.
        """
        if not self._perhaps_unchanged():
            return None
        try:
            found = self.difference()
        except RefusedError as error:  # who may deploy need not be able to list
            self._around.person.debug(f"What is deployed was not looked up: {error.message}")
            return None
        return found if found.action == "none" and found.running else None

    def missing_topics(self) -> tuple[str, ...]:
        """The topics that must be made before; RefusedError where they are missing and shall not be made."""
        topics = self._topics()
        if topics is None:
            return ()
        if not self._request.create_topics:
            preflight.require(topics)
        return topics.missing

    def send(self, how: How, label: str = "") -> None:
        """Make the topics that are missing, deploy, and write the release down. Raises what the cluster raises."""
        self._make_topics()
        self._send(how, label)

    def replace(self) -> None:
        """Make the topics that are missing, delete what is deployed, and deploy. Raises what the cluster raises."""
        self._make_topics()
        if self.difference().entry is not None:
            self._around.cluster.delete(self.spec.name)
        self._send("redeploy", "")

    def _make_topics(self) -> None:
        topics = self._topics()
        if topics is not None and self.missing_topics():
            made = preflight.create(self._brokers.admin(), topics, self._request.partitions)
            self._around.person.note(f"Created {', '.join(made)}.")

    def _send(self, how: How, label: str) -> None:
        person = self._around.person
        with person.transfer(f"Sending {self.module.name}", self.module.size) as self.module.sent:
            self._around.cluster.deploy(self.spec, self.module)
        write_down(self._around, self.spec, self.module, self.sha256, how, label)

    def _perhaps_unchanged(self) -> bool:
        record = last_release(self._around, self.spec.name)
        if record is not None and record.same_as(self.spec, self.sha256):
            return True
        if not self._request.validate:  # the brokers are not looked at
            return False
        kept = self._brokers.kept_sha256(self.spec.name, self._around.person.debug)
        return kept == self.sha256

    def _topics(self) -> preflight.Topics | None:
        """Which topics there are; None where nobody asked, or no broker answers or lets us in: the cluster judges."""
        request, person = self._request, self._around.person
        if not request.validate and not request.create_topics:
            return None
        try:
            admin = self._brokers.admin()
        except (UnreachableError, AuthError) as error:  # the Admin API may still work
            if request.create_topics:
                raise type(error)(
                    f"unable to create topics: {error.message}", cause=error.cause, fix=error.fix
                ) from error
            say = person.warn if isinstance(error, AuthError) else person.debug
            say(f"Topics were not looked up: {error.message}")
            return None
        return preflight.look(admin, self.spec)


@contextmanager
def prepare(request: Request, around: Surroundings) -> Iterator[Deployment]:
    """A deployment, checked as far as it can be with nothing sent; its module is open for the time of the block.

    Raises UsageError, ProjectError and InvalidError for what cannot be deployed, and what fetching the module raises.
    """
    if request.partitions is not None and not request.create_topics:
        raise UsageError("--partitions is for the topics that --create-topics makes.", fix="Pass both, or none.")
    project, spec = specify(request, around)
    with _module(request, project, spec, around.cwd) as module:
        plan.check_magic(module)
        if project and request.file is None and not request.force:
            plan.check_fresh(project, module.read())
        found = plan.check_module(module, plan.limits_of(project)) if request.validate else []
        for remark in (*plan.remarks(project, spec, found), *found):
            around.person.warn(remark)
        yield Deployment(around, request, spec, module, hash_of(module))


def specify(request: Request, around: Surroundings) -> "tuple[Project | None, DeploySpec]":
    """The project (None where the flags say everything) and what it asks for, as this kind of cluster can do it."""
    project = plan.project_of(around.cwd, request.flags)
    spec, left_out = around.cluster.fit(
        plan.specify(project, request.flags, around.ask), ignore_unsupported=request.ignore_unsupported
    )
    for part in left_out:
        around.person.warn(f"{part} is left out: this cluster cannot do it.")
    return project, spec


def look(request: Request, around: Surroundings) -> Difference:
    """How the project differs from what is deployed. A build that is missing or stale is said and is no error.

    Raises what `specify` and the cluster's list raise.
    """
    project, spec = specify(request, around)
    sha256 = None
    try:
        with _module(request, project, spec, around.cwd) as module:
            sha256 = hash_of(module)
            if project and request.file is None:
                plan.check_fresh(project, module.read())
    except (ProjectError, UsageError) as error:
        if request.file is not None:
            raise
        around.person.warn(f"{error.message} {error.fix or ''}".rstrip())
    return compare(around, spec, sha256)


def compare(around: Surroundings, spec: DeploySpec, sha256: str | None, brokers: Brokers | None = None) -> Difference:
    """How `spec` with a module of this hash differs from what is deployed; raises what the cluster's list raises."""
    entry = deployed.find(around.cluster, spec.name)
    return difference.between(spec, sha256, entry, content_of(around, entry, brokers))


def content_of(around: Surroundings, entry: TransformMetadata | None, brokers: Brokers | None) -> Content:
    """Which module is deployed, as far as host or history know; what fails while asking is said and leaves it open."""
    if entry is None:
        return Content()
    say = around.person.debug
    kept = (brokers or Brokers(around.settings.kafka)).kept_sha256(entry.name, say)
    return deployed.content(entry, kept, last_release(around, entry.name))


def last_release(around: Surroundings, name: str) -> Release | None:
    """What this machine deployed last; a history that cannot be read is said and counts as none."""
    try:
        return around.releases.last(name)
    except RpkpyError as error:
        around.person.warn(error.message)
        return None


def write_down(
    around: Surroundings, spec: DeploySpec, module: Module | None, sha256: str, how: How, label: str = ""
) -> None:
    """Add a release to the history. The deployment is done, so that what fails here is a warning."""
    try:
        around.releases.add(spec, module, sha256, how, label)
    except (RpkpyError, OSError) as error:
        around.person.warn(f"The deployment is not in the release history: {error}")


def hash_of(module: Module) -> str:
    """SHA-256 (hex) of a module's bytes."""
    return hashlib.sha256(module.read()).hexdigest()


def _module(request: Request, project: "Project | None", spec: DeploySpec, cwd: Path) -> Module:
    if request.file is None:
        path = project.wasm_path if project else cwd / f"{spec.name}.wasm"
        return Module.open(path, path.name)
    from rpkpy.deployment import download

    if not download.is_url(request.file):
        return Module.open(cwd / request.file, request.file)
    max_bytes = plan.limits_of(project).binary_bytes if request.validate else MAX_BYTES
    return Module(download.fetch(request.file, max_bytes=max_bytes), request.file)
