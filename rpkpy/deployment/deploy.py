"""A deployment from beginning to end: read the project, plan, judge the module, look at the topics, send."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rpkpy.config.settings import Settings
from rpkpy.deployment import deployed, difference, plan, signed
from rpkpy.deployment.deployments import Comparison, Deployments, left_over
from rpkpy.deployment.difference import Content, Difference
from rpkpy.deployment.family import Family
from rpkpy.deployment.plan import Ask, Flags
from rpkpy.deployment.releases import Group, How, Release, Releases
from rpkpy.deployment.view import View
from rpkpy.errors import ProjectError, RefusedError, RpkpyError, UsageError
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
    `ignore_unsupported` leaves out what the kind of cluster cannot do. With `verify_key`, a file, the module must be
    signed with that key; its signature is at `signature`, a path or URL, or beside the module.
    """

    flags: Flags
    file: str | None = None
    validate: bool = True
    create_topics: bool = False
    partitions: int | None = None
    force: bool = False
    ignore_unsupported: bool = False
    verify_key: str | None = None
    signature: str | None = None


class Deployment:
    """A deployment that is ready: planned and judged, nothing sent. `sha256` (hex) is its module's; `group` is the
    release that it is a part of, where its project deploys several."""

    def __init__(
        self,
        around: Surroundings,
        request: Request,
        spec: DeploySpec,
        module: Module,
        sha256: str,
        view: View,
        group: Group | None = None,
    ) -> None:
        self.spec, self.module, self.sha256 = spec, module, sha256
        self._around, self._request = around, request
        self._view, self._group = view, group
        self._difference: Difference | None = None

    def difference(self) -> Difference:
        """What it would change. Asks the cluster, and its brokers for what rpkpy's own host keeps; asked once.

        Raises what the cluster's list raises.
        """
        if self._difference is None:
            self._difference = compare(self._around, self.spec, self.sha256, self._view)
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

    def delete(self) -> None:
        """Delete what is deployed of that name, if anything is. Raises what the cluster raises."""
        if self.difference().entry is not None:
            self._around.cluster.delete(self.spec.name)

    def send(self, how: How, label: str = "") -> None:
        """Deploy, and write the release down. Raises what the cluster raises."""
        person = self._around.person
        with person.transfer(f"Sending {self.module.name}", self.module.size) as self.module.sent:
            self._around.cluster.deploy(self.spec, self.module)
        self.write_down(how, label)

    def write_down(self, how: How, label: str = "") -> None:
        """Add it to the history: it is what is deployed now."""
        module, group = self.module, self._group
        write_down(self._around, lambda kept: kept.add(self.spec, module, self.sha256, how, label, group))

    def _perhaps_unchanged(self) -> bool:
        record = last_release(self._around, self.spec.name)
        if record is not None and record.same_as(self.spec, self.sha256):
            return True
        if not self._request.validate:  # the brokers are not looked at
            return False
        kept = self._view.brokers.kept_sha256(self.spec.name, self._around.person.debug)
        return kept == self.sha256


@contextmanager
def prepare(request: Request, around: Surroundings) -> Iterator[Deployments]:
    """What the project deploys, checked as far as it can be with nothing sent; its module is open for the time of the
    block.

    Raises UsageError, ProjectError and InvalidError for what cannot be deployed, and what fetching the module raises.
    """
    if request.partitions is not None and not request.create_topics:
        raise UsageError("--partitions is for the topics that --create-topics makes.", fix="Pass both, or none.")
    if request.signature is not None and request.verify_key is None:
        raise UsageError("--signature names what --verify-key checks.", fix="Pass both, or none.")
    project, family = specify(request, around)
    with _module(request, project, family, around.cwd) as module:
        plan.check_magic(module)
        if request.verify_key is not None:
            signed.require(module, request.verify_key, request.signature, around.cwd)
        if project and request.file is None and not request.force:
            plan.check_fresh(project, module.read())
        found = plan.check_module(module, plan.limits_of(project)) if request.validate else []
        for remark in (*plan.remarks(project, family.specs[0], found), *found):
            around.person.warn(remark)
        sha256 = hash_of(module)
        yield ready(around, request, family, [(spec, module, sha256) for spec in family.specs])


def ready(
    around: Surroundings, request: Request, family: Family, parts: Sequence[tuple[DeploySpec, Module, str]]
) -> Deployments:
    """The deployments of specifications, each with its module and the module's hash."""
    view, group = View(around.cluster, around.settings.kafka), _group_of(around, family)
    each = [Deployment(around, request, *part, view, group) for part in parts]
    return Deployments(around, request, family, each, view)


def specify(request: Request, around: Surroundings) -> "tuple[Project | None, Family]":
    """The project (None where the flags say everything) and what it asks for, as this kind of cluster can do it."""
    project = plan.project_of(around.cwd, request.flags)
    family = plan.specify(project, request.flags, around.ask)
    fitted = [around.cluster.fit(spec, ignore_unsupported=request.ignore_unsupported) for spec in family.specs]
    for part in dict.fromkeys(part for _, left_out in fitted for part in left_out):
        around.person.warn(f"{part} is left out: this cluster cannot do it.")
    return project, replace(family, specs=tuple(spec for spec, _ in fitted))


def look(request: Request, around: Surroundings) -> Comparison:
    """How the project differs from what is deployed. A build that is missing or stale is said and is no error.

    Raises what `specify` and the cluster's list raise.
    """
    project, family = specify(request, around)
    sha256 = None
    try:
        with _module(request, project, family, around.cwd) as module:
            sha256 = hash_of(module)
            if project and request.file is None:
                plan.check_fresh(project, module.read())
    except (ProjectError, UsageError) as error:
        if request.file is not None:
            raise
        around.person.warn(f"{error.message} {error.fix or ''}".rstrip())
    view = View(around.cluster, around.settings.kafka)
    found = [compare(around, spec, sha256, view) for spec in family.specs]
    return Comparison(family, found, left_over(around, family, view))


def compare(around: Surroundings, spec: DeploySpec, sha256: str | None, view: View) -> Difference:
    """How `spec` with a module of this hash differs from what is deployed; raises what the cluster's list raises."""
    entry = view.find(spec.name)
    return difference.between(spec, sha256, entry, content_of(around, entry, view))


def content_of(around: Surroundings, entry: TransformMetadata | None, view: View) -> Content:
    """Which module is deployed, as far as host or history know; what fails while asking is said and leaves it open."""
    if entry is None:
        return Content()
    say = around.person.debug
    kept = view.brokers.kept_sha256(entry.name, say)
    return deployed.content(entry, kept, last_release(around, entry.name))


def last_release(around: Surroundings, name: str) -> Release | None:
    """What this machine deployed last; a history that cannot be read is said and counts as none."""
    try:
        return around.releases.last(name)
    except RpkpyError as error:
        around.person.warn(error.message)
        return None


def write_down(around: Surroundings, add: Callable[[Releases], object]) -> None:
    """Let `add` add a release to the history. The deployment is done, so that what fails here is a warning."""
    try:
        add(around.releases)
    except (RpkpyError, OSError) as error:
        around.person.warn(f"The deployment is not in the release history: {error}")


def hash_of(module: Module) -> str:
    """SHA-256 (hex) of a module's bytes."""
    return hashlib.sha256(module.read()).hexdigest()


def _group_of(around: Surroundings, family: Family) -> Group | None:
    """The release that the deployments will be; None for a project that has, and had, one transform."""
    try:
        if family.several or around.releases.of_project(family.project, deleted=True):
            return around.releases.group(family.project, family.names)
    except RpkpyError as error:
        around.person.warn(error.message)
        return None
    return group_with(around, last_release(around, family.project))


def group_with(around: Surroundings, last: Release | None) -> Group | None:
    """The next release of the project that `last` is one of several transforms of; None where it is alone."""
    try:
        return around.releases.group(last.project, last.members) if last is not None and last.project else None
    except RpkpyError as error:
        around.person.warn(error.message)
        return None


def _module(request: Request, project: "Project | None", family: Family, cwd: Path) -> Module:
    if request.file is None:
        path = project.wasm_path if project else cwd / f"{family.project}.wasm"
        return Module.open(path, path.name)
    from rpkpy.deployment import download

    if not download.is_url(request.file):
        return Module.open(cwd / request.file, request.file)
    max_bytes = plan.limits_of(project).binary_bytes if request.validate else MAX_BYTES
    return Module(download.fetch(request.file, max_bytes=max_bytes), request.file)
