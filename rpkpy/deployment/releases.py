"""What this machine deployed: a bounded history for each transform of each cluster, with the modules' bytes.

A cluster does not tell which module it runs, so this is where `diff` and `rollback` know it from. Below
`STATE/releases`: `CLUSTER/NAME.json` (both as the first digits of a SHA-256) and `modules/SHA256.wasm`, all of it
readable for its owner alone, since environments hold secrets.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rpkpy import atomic
from rpkpy.config.host_options import HostOptions
from rpkpy.config.settings import Settings
from rpkpy.errors import RpkpyError
from rpkpy.kafka.local.filelock import file_lock
from rpkpy.redpanda.cluster import DeploySpec, StartOffset
from rpkpy.redpanda.module import Module

FORMAT_VERSION = 1
MAX_RELEASES = 20
"""Kept of one transform; the oldest go first."""
MAX_MODULE_BYTES = 256 << 20
"""Of all modules kept of one transform; the oldest releases go first, the newest stays."""
_MAX_FILE_BYTES = 32 << 20  # 20 environments of 128 variables of 2 KiB, escaped
_LOCK_TIMEOUT_S = 10.0

How = Literal["deploy", "redeploy", "update", "rollback", "apply", "dev"]


@dataclass(frozen=True, slots=True)
class Group:
    """A release of several transforms: the project, the names of all that it has, and the number that all carry."""

    project: str
    names: tuple[str, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Release:
    """One deployment: `number` counts from 1, `deployed_ms` is since the epoch, `sha256` (hex) and `size` (bytes) are
    the module's, `label` the file set that `apply` deployed it from. Of a project that deploys several transforms it
    names the `project`, and as `members` all that the project had then."""

    number: int
    deployed_ms: int
    how: str
    spec: DeploySpec
    sha256: str
    size: int
    label: str = ""
    project: str = ""
    members: tuple[str, ...] = ()

    def same_as(self, spec: DeploySpec, sha256: str) -> bool:
        """Whether this deployed just that; where a first deployment began plays no part."""
        return self.sha256 == sha256 and settled(self.spec) == settled(spec)


def settled(spec: DeploySpec) -> tuple[Any, ...]:
    """What of a deployment lasts: all but where it began, in a form that compares."""
    return (
        spec.name,
        spec.input_topic,
        tuple(spec.output_topics),
        dict(spec.environment),
        spec.compression,
        spec.options,
    )


class Releases:
    """The histories of one cluster. Every method raises RpkpyError where the state folder cannot be used."""

    def __init__(self, state: Path, cluster: str, now: Callable[[], float]) -> None:
        self._root = state / "releases"
        self._cluster = cluster
        self._folder = self._root / _digits(cluster)
        self._now = now
        self._seen: list[tuple[Release, bool]] | None = None

    def all(self, name: str) -> Sequence[Release]:
        """The releases of a transform that are kept, oldest first."""
        return self._read(self._path(name))[0]

    def last(self, name: str) -> Release | None:
        """The newest release; None where this machine deployed nothing, or deleted it since."""
        releases, deleted = self._read(self._path(name))
        return releases[-1] if releases and not deleted else None

    def names(self, label: str) -> list[str]:
        """The transforms whose last release carries `label` and was not deleted since, by name."""
        return sorted(each.spec.name for each, deleted in self._newest() if not deleted and each.label == label)

    def of_project(self, project: str, *, deleted: bool = False) -> list[str]:
        """The transforms that were last deployed as one of several of `project`, by name; with `deleted` also those
        that were deleted since."""
        found = [each.spec.name for each, gone in self._newest() if each.project == project and (deleted or not gone)]
        return sorted(name for name in found if name != project)  # its own is that of a project with one input

    def group(self, project: str, names: Sequence[str]) -> Group:
        """The release that deploying these transforms of `project` will be."""
        known = {project, *names, *self.of_project(project, deleted=True)}
        last = max((releases[-1].number for name in known if (releases := self.all(name))), default=0)
        return Group(project, tuple(names), last + 1)

    def module(self, release: Release) -> bytes:
        """The module of a release; RpkpyError where it is gone or not what it was."""
        try:
            data = self._module_path(release.sha256).read_bytes()
        except OSError as error:
            raise RpkpyError(
                f"The module of release {release.number} is not kept any more: {error.strerror or error}.",
                fix="rpkpy transform history shows the others; or build it again and deploy it.",
            ) from error
        if hashlib.sha256(data).hexdigest() != release.sha256:
            raise RpkpyError(
                f"The module of release {release.number} is damaged: its hash is not the one that was written down.",
                fix="Build it again and deploy it.",
            )
        return data

    def add(
        self,
        spec: DeploySpec,
        module: Module | None,
        sha256: str,
        how: How,
        label: str = "",
        group: Group | None = None,
    ) -> Release:
        """Write down that this was deployed just now; without `module` its bytes are kept already.

        What `dev` deploys again and again counts as one release.
        """
        with self._locked():
            path = self._path(spec.name)
            before, _ = self._read(path)
            size = module.size if module is not None else next((r.size for r in before if r.sha256 == sha256), 0)
            if module is not None and not self._module_path(sha256).exists():
                atomic.replace(self._module_path(sha256), module.read())
            kept = list(before)
            if how == "dev" and kept and kept[-1].how == "dev":
                kept.pop()
            number = max(kept[-1].number + 1 if kept else 1, group.number if group else 1)
            of_group = (group.project, group.names) if group else ("", ())
            release = Release(number, int(self._now() * 1000), how, spec, sha256, size, label, *of_group)
            self._write(path, _bounded([*kept, release]), before)
        return release

    def mark_deleted(self, name: str) -> None:
        """Write down that this machine deleted the transform; its history stays for a rollback."""
        if self._path(name).exists():
            with self._locked():
                releases, _ = self._read(self._path(name))
                self._write(self._path(name), releases, releases, deleted=True)

    def _newest(self) -> list[tuple[Release, bool]]:
        """The newest release of each transform, and whether that was deleted since; read once between own changes."""
        if self._seen is None:
            found = map(self._read, sorted(self._folder.glob("*.json")))
            self._seen = [(releases[-1], deleted) for releases, deleted in found if releases]
        return self._seen

    def _write(
        self, path: Path, releases: Sequence[Release], before: Sequence[Release], *, deleted: bool = False
    ) -> None:
        document = {
            "version": FORMAT_VERSION,
            "cluster": self._cluster,
            "deleted": deleted,
            "releases": [asdict(release) for release in releases],
        }
        atomic.replace(path, json.dumps(document).encode(), sync=True)
        self._seen = None
        gone = {release.sha256 for release in before} - {release.sha256 for release in releases}
        for sha256 in gone:
            if not any(sha256.encode() in other.read_bytes() for other in self._root.glob("*/*.json")):
                self._module_path(sha256).unlink(missing_ok=True)

    def _read(self, path: Path) -> tuple[list[Release], bool]:
        try:
            with path.open("rb") as file:
                data = json.loads(file.read(_MAX_FILE_BYTES))
            if data["version"] != FORMAT_VERSION:
                raise ValueError(f"its format is version {data['version']}")
            return [_release(item) for item in data["releases"]], data["deleted"] is True
        except FileNotFoundError:
            return [], False
        except OSError as error:
            raise _unusable(path, error.strerror or str(error)) from error
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise _unusable(path, str(error) or type(error).__name__) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the histories alone, with their folders there."""
        try:
            for folder in (self._root, self._folder, self._root / "modules"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with file_lock(self._root / "lock", waiting=lambda: None, timeout_s=_LOCK_TIMEOUT_S):
                yield
        except OSError as error:
            raise _unusable(self._root, error.strerror or str(error)) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{_digits(name)}.json"

    def _module_path(self, sha256: str) -> Path:
        return self._root / "modules" / f"{sha256}.wasm"


def of_cluster(state: Path, settings: Settings, now: Callable[[], float]) -> Releases:
    """The histories of the cluster that `settings` lead to: known by its cloud id, else by its Admin API addresses."""
    cloud = settings.cloud_cluster
    if cloud is not None:
        return Releases(state, f"cloud:{cloud.id or cloud.url}", now)
    return Releases(state, "admin:" + ",".join(sorted(settings.admin.addresses)), now)


def _release(item: dict[str, Any]) -> Release:
    spec = dict(item["spec"])
    offset = spec.pop("offset")
    outputs = tuple(map(str, spec.pop("output_topics")))
    options = HostOptions.of(spec.pop("options", {}))
    members = tuple(map(str, item.get("members", ())))
    whole = DeploySpec(**spec, output_topics=outputs, offset=_offset(offset), options=options)
    release = Release(**(item | {"spec": whole, "members": members}))
    int(release.sha256, 16)  # it names a file
    if len(release.sha256) != hashlib.sha256().digest_size * 2 or "_" in release.sha256:
        raise ValueError("a module's hash is none")
    return release


def _offset(value: Any) -> StartOffset | None:
    return None if value is None else StartOffset(**value)


def _bounded(releases: list[Release]) -> list[Release]:
    kept = releases[-MAX_RELEASES:]
    while len(kept) > 1 and sum({r.sha256: r.size for r in kept}.values()) > MAX_MODULE_BYTES:
        del kept[0]
    return kept


def _digits(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _unusable(path: Path, why: str) -> RpkpyError:
    return RpkpyError(
        f"The release history {path} cannot be used: {why}.",
        fix="Make it readable and writable for you, or remove it: it is a history alone, deployments do not need it.",
    )
