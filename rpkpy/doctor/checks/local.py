"""The local cluster: Java, Kafka's jars, processes."""

import json
from functools import partial
from pathlib import Path

from rpkpy.doctor.model import Finding, Fix, inapplicable, ok, warning
from rpkpy.doctor.surroundings import Surroundings
from rpkpy.errors import MissingExtraError

_UNUSED = "rpkpy local has not been used"


def java(around: Surroundings) -> Finding:
    """A Java that runs Kafka is there."""
    from rpkpy.kafka.local.java import find_java

    try:
        return ok(str(find_java(java_home=around.environ.get("JAVA_HOME"), path=around.environ.get("PATH"))))
    except MissingExtraError as error:
        return inapplicable(f"no Java 17 or newer, which rpkpy local alone needs: {error.fix}")


def jars(around: Surroundings) -> Finding:
    """Kafka's jars are whole."""
    from rpkpy.kafka.local import jars

    pinned = jars.lock()
    repo = around.folders.cache / "maven"
    sizes = {jar: _size(repo / jar.path) for jar in pinned.jars}
    bad = [repo / jar.path for jar, size in sizes.items() if size not in (None, jar.size)]
    if bad:
        fixes = [Fix(f"remove {around.shown(path)}", partial(path.unlink, missing_ok=True)) for path in bad]
        return warning(f"{len(bad)} of {len(sizes)} jars are damaged", fixes=fixes)
    missing = sum(size is None for size in sizes.values())
    if missing == len(sizes):
        return inapplicable("not downloaded: the first rpkpy local start does")
    if missing:
        return ok(f"{missing} of {len(sizes)} are missing: the next rpkpy local start downloads them")
    return ok(f"Apache Kafka {pinned.kafka}, {len(sizes)} jars")


def processes(around: Surroundings) -> Finding:
    """The records of processes are of processes that run."""
    from rpkpy.kafka.local.cluster import LocalCluster

    folder = around.folders.data / "local"
    if not folder.is_dir():
        return inapplicable(_UNUSED)
    status = LocalCluster(folder, around.folders.cache).status()
    stale = [
        path
        for path, running in ((folder / "broker.pid", status.kafka.running), (folder / "host.pid", status.host.running))
        if path.is_file() and not running
    ]
    if stale:
        fixes = [Fix(f"remove {around.shown(path)}", partial(path.unlink, missing_ok=True)) for path in stale]
        names = ", ".join(f"{path.stem} ({_pid(path)})" for path in stale)
        return warning(f"{names} ended without being stopped", fixes=fixes)
    if status.host.running and not status.kafka.running:
        return warning("the transform host runs without its broker", "rpkpy local start starts it again.")
    if status.kafka.running and not status.host.running:
        return warning("the broker runs without the transform host", "rpkpy local start starts it again.")
    return ok("it runs" if status.kafka.running else "it is stopped")


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _pid(path: Path) -> str:
    try:
        return f"process {int(json.loads(path.read_text(encoding='utf-8'))['pid'])}"
    except (OSError, ValueError, KeyError, TypeError):
        return "the record is damaged"
