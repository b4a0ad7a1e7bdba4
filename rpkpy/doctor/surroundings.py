"""What the checks look at, found once: the project, the settings, the cluster's answers."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rpkpy.config.settings import Settings
from rpkpy.doctor.dial import refused
from rpkpy.errors import ConfigError, RpkpyError, UnreachableError

if TYPE_CHECKING:
    from rpkpy.project.project import Project
    from rpkpy.redpanda.cluster import TransformMetadata
    from rpkpy.toolchains.base import Tool

T = TypeVar("T")

ANSWER_S = 1.0
"""How long a cluster may take to answer a question. All its interfaces are asked at once, while other checks run."""
_LIMIT_S = 2.5


@dataclass(frozen=True, slots=True)
class Folders:
    """rpkpy's folders, and the user's configuration folder."""

    data: Path
    cache: Path
    state: Path
    config: Path


class Answer(Generic[T]):
    """An answer that a thread waits for, from the moment that this is made."""

    def __init__(self, ask: Callable[[], T]) -> None:
        self._value: T | None = None
        self._error: RpkpyError | None = None
        self._unexpected: BaseException | None = None
        self._until = time.monotonic() + _LIMIT_S

        def work() -> None:
            try:
                self._value = ask()
            except RpkpyError as error:
                self._error = error
            except BaseException as error:  # raised where it is looked for
                self._unexpected = error

        # A daemon: a resolver that hangs must not keep the program from ending.
        self._thread = threading.Thread(target=work, name="rpkpy-doctor", daemon=True)
        self._thread.start()

    def get(self) -> T:
        """The value; raises what asking raised, and UnreachableError when all of it takes too long."""
        self._thread.join(max(self._until - time.monotonic(), 0))
        if self._thread.is_alive():
            raise UnreachableError(f"No answer within {_LIMIT_S:g} s.")
        if self._unexpected is not None:
            raise self._unexpected
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # there is one where nothing was raised


@dataclass(frozen=True, slots=True)
class Topics:
    """The Kafka API's answer: how many brokers there are, and partitions by topic."""

    brokers: int
    partitions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Admin:
    """The Admin API's answers: `disabled` when it runs no transforms; properties and releases where it tells them."""

    transforms: "list[TransformMetadata]"
    properties: Mapping[str, Any]
    disabled: bool = False
    releases: "Sequence[str]" = ()


class Surroundings:
    """Everything around one run of doctor.

    `environ`, `cwd`, `folders` and `encoding` (standard output's) are this process's; `load_settings` reads the
    configuration and raises ConfigError; `rpk_yaml` is the file that it is read from. `list_cloud` lists the transforms
    of a profile's cloud cluster, whose login is the caller's part.
    """

    def __init__(
        self,
        *,
        environ: Mapping[str, str],
        cwd: Path,
        folders: Folders,
        rpk_yaml: Path,
        load_settings: Callable[[], Settings],
        list_cloud: "Callable[[], list[TransformMetadata]]" = list,
        encoding: str = "utf-8",
    ) -> None:
        self.environ = environ
        self.cwd = cwd
        self.folders = folders
        self.rpk_yaml = rpk_yaml
        self.encoding = encoding
        self._load_settings = load_settings
        self._list_cloud = list_cloud

    def shown(self, path: Path) -> str:
        """`path` for people, the home folder as ~."""
        home = self.environ.get("HOME")
        if home and path.is_relative_to(home):
            return str(Path("~") / path.relative_to(home))
        return str(path)

    @cached_property
    def project(self) -> "Project | None":
        """The project in the current folder; None without one. ProjectError when its transform.yaml is wrong."""
        from rpkpy.project import project as projects
        from rpkpy.project.manifest import FILE_NAME

        return projects.load(self.cwd) if (self.cwd / FILE_NAME).exists() else None

    @property
    def usable_project(self) -> "Project | None":
        """The project, or None where it cannot be used either: another check says why."""
        try:
            return self.project
        except RpkpyError:
            return None

    @cached_property
    def tools(self) -> "tuple[Tool, ...]":
        """The tools of the usable project's language; ToolchainError when one is missing."""
        project = self.usable_project
        return project.toolchain().detect(self.environ, self.folders.cache) if project else ()

    @cached_property
    def settings(self) -> Settings:
        """What leads to the cluster, with short timeouts. ConfigError when it cannot be read."""
        found = self._load_settings()
        kafka = replace(found.kafka, dial_timeout_s=ANSWER_S, retry_timeout_s=ANSWER_S)
        return replace(found, kafka=kafka, dial_timeout_s=ANSWER_S, request_timeout_s=ANSWER_S)

    def ask_ahead(self) -> None:
        """Begin to ask the cluster: what is looked at later has its answer by then."""
        try:
            _ = (self.settings, self.topics, self.admin, self.registry)
        except ConfigError:
            return  # the profile's check says so

    @cached_property
    def topics(self) -> Answer[Topics]:
        """Kafka's answer."""
        return Answer(self._ask_kafka)

    @cached_property
    def admin(self) -> Answer[Admin]:
        """The Admin API's."""
        return Answer(self._ask_admin)

    @cached_property
    def registry(self) -> Answer[str]:
        """The schema registry's: the address at which something listens."""
        return Answer(lambda: _listening(self.settings.registry.addresses))

    def _ask_kafka(self) -> Topics:
        from rpkpy.kafka import client

        settings = self.settings.kafka
        _listening(settings.brokers)  # a client would try for seconds where nothing does
        metadata = client.admin(settings, dial_timeout_s=ANSWER_S, request_timeout_s=ANSWER_S).metadata()
        return Topics(len(metadata.brokers), {name: len(item.partitions) for name, item in metadata.topics.items()})

    def _ask_admin(self) -> Admin:
        if self.settings.cloud_cluster is not None:
            return Admin(self._list_cloud(), {})
        from rpkpy.errors import RefusedError
        from rpkpy.redpanda.inquiries import Inquiries

        _listening(self.settings.admin.addresses)
        cluster = Inquiries(self.settings)
        disabled = False
        try:
            transforms = cluster.list()
        except RefusedError as error:
            if "data transforms disabled" not in f"{error.message} {error.cause}":
                raise
            transforms, disabled = [], True
        return Admin(transforms, _told(cluster.properties) or {}, disabled, _told(cluster.releases) or ())


def _told(ask: Callable[[], T]) -> T | None:
    """The answer, or None where this cluster does not give it."""
    try:
        return ask()
    except RpkpyError:
        return None


def _listening(addresses: tuple[str, ...]) -> str:
    """The first address that takes a connection; UnreachableError with each one's reason."""
    reasons = []
    for address in addresses:
        reason = refused(address, ANSWER_S / max(len(addresses), 1))
        if reason is None:
            return address
        reasons.append(f"{address}: {reason}")
    raise UnreachableError("; ".join(reasons) or "no address is known")
