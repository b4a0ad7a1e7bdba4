"""Kafka's jars: pinned by kafka.lock.toml, downloaded through jgo, each checked against its sha256 before use."""

import hashlib
import queue
import threading
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from rpkpy.errors import LocalError, MissingExtraError, UnreachableError
from rpkpy.kafka.local.filelock import file_lock
from rpkpy.trust import use_system_store

_DOWNLOADS = 4
_ATTEMPTS = 3
_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned Maven artifact; `size` is in bytes."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where it stands below a Maven repository."""
        name = f"{self.artifact}-{self.version}.jar"
        return Path(*self.group.split("."), self.artifact, self.version, name)


@dataclass(frozen=True, slots=True)
class Lock:
    """What kafka.lock.toml says."""

    kafka: str
    jars: tuple[Jar, ...]


def lock() -> Lock:
    """The lock that ships with rpkpy."""
    data = tomllib.loads(resources.files(__package__).joinpath("kafka.lock.toml").read_text(encoding="utf-8"))
    return Lock(data["kafka"], tuple(Jar(**jar) for jar in data["jar"]))


def class_path(
    cache_dir: Path, *, progress: Callable[[str], None], repository: str | None = None, pinned: Lock | None = None
) -> list[Path]:
    """Kafka's class path below `cache_dir`, every jar present and verified; what is missing is downloaded.

    `repository` is the address of a Maven repository to use in place of the public one, `pinned` another lock than
    rpkpy's own. Raises MissingExtraError
    without jgo, UnreachableError when a download fails, LocalError when a jar is not the pinned one.
    """
    pinned = pinned or lock()
    repo = cache_dir / "maven"
    repo.mkdir(parents=True, exist_ok=True)
    with file_lock(cache_dir / "maven.lock", waiting=lambda: progress("Waiting for another download of Kafka")):
        missing = [jar for jar in pinned.jars if not _verified(repo / jar.path, jar)]
        if missing:
            size_mb = sum(jar.size for jar in missing) / 1e6
            progress(f"Downloading Apache Kafka {pinned.kafka} ({len(missing)} jars, {size_mb:.0f} MB)")
            _download(missing, repo, repository)
    return [repo / jar.path for jar in pinned.jars]


def _verified(path: Path, jar: Jar) -> bool:
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


def _download(jars: list[Jar], repo: Path, repository: str | None) -> None:
    try:
        from jgo.maven import MavenContext
    except ImportError:
        raise MissingExtraError("The local cluster", "local") from None
    use_system_store()  # jgo asks with requests, which has a list of authorities of its own
    remotes = {"repository": repository} if repository else None
    maven = MavenContext(repo_cache=repo, remote_repos=remotes, timeout=_TIMEOUT_S)

    def fetch(jar: Jar) -> None:
        path = repo / jar.path
        for attempt in range(1, _ATTEMPTS + 1):
            path.unlink(missing_ok=True)  # what an interrupted download left, or a damaged file
            try:
                maven.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
            except (OSError, RuntimeError) as error:  # requests' exceptions are OSErrors
                if attempt == _ATTEMPTS:
                    raise UnreachableError(
                        f"{path.name} could not be downloaded.",
                        cause=str(error),
                        fix="Check the network and run the command again: what is complete is kept. "
                        "RPKPY_MAVEN_REPOSITORY=URL names a mirror.",
                    ) from error
                continue
            if _verified(path, jar):
                return
        path.unlink(missing_ok=True)
        raise LocalError(
            f"{path.name} is not the file that rpkpy was made with.",
            cause=f"Its size or sha256 differs from the pinned {jar.sha256}.",
            fix="Something between this machine and the Maven repository changes files; try another network.",
        )

    # Daemon threads: Ctrl-C must not wait for a download that hangs.
    waiting: queue.SimpleQueue[Jar] = queue.SimpleQueue()
    done: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
    for jar in sorted(jars, key=lambda jar: -jar.size):
        waiting.put(jar)

    def work() -> None:
        while True:
            try:
                jar = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                fetch(jar)
            except BaseException as error:
                done.put(error)
                return
            done.put(None)

    for _ in range(min(_DOWNLOADS, len(jars))):
        threading.Thread(target=work, name="kafka-jars", daemon=True).start()
    for _ in jars:
        error = done.get()
        if error is not None:
            raise error
