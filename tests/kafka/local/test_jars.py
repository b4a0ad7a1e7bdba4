"""Kafka's jars: pinned, verified, downloaded from a Maven repository (here: one on loopback)."""

import dataclasses
import gc
import hashlib
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from rpkpy.errors import LocalError, UnreachableError
from rpkpy.kafka.local import jars
from rpkpy.kafka.local.jars import Jar, Lock
from rpkpy.kafka.local.ports import choose

CONTENTS = {f"part{number}": b"jar %d" % number * 1000 for number in range(6)}


def jar(name: str) -> Jar:
    data = CONTENTS[name]
    return Jar("org.example.deep", name, "1.2", len(data), hashlib.sha256(data).hexdigest())


LOCK = Lock("9.9", tuple(map(jar, CONTENTS)))


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        self.server.requests.append(self.path)  # type: ignore[attr-defined]


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[http.server.ThreadingHTTPServer]:
    root = tmp_path / "repository"
    for each in LOCK.jars:
        path = root / each.path
        path.parent.mkdir(parents=True)
        path.write_bytes(CONTENTS[each.artifact])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
    server.requests = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    gc.collect()


# jgo leaves the response of a file that is not there to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")


def url(server: http.server.ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


def test_the_shipped_lock_pins_every_jar() -> None:
    lock = jars.lock()
    assert lock.kafka == "4.1.0"
    assert len(lock.jars) == len({each.path for each in lock.jars}) == 46
    assert {"kafka_2.13", "kafka-clients", "slf4j-jdk14"} <= {each.artifact for each in lock.jars}
    assert all(len(each.sha256) == 64 and each.size > 0 for each in lock.jars)


def test_missing_jars_are_downloaded_once(repository: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        paths = jars.class_path(tmp_path / "cache", progress=said.append, repository=url(repository), pinned=LOCK)
    assert [path.read_bytes() for path in paths] == list(CONTENTS.values())
    assert said == ["Downloading Apache Kafka 9.9 (6 jars, 0 MB)"]
    asked = [path for path in repository.requests if path.endswith(".jar")]  # type: ignore[attr-defined]
    assert len(asked) == 6


def test_a_damaged_jar_is_fetched_again(repository: http.server.ThreadingHTTPServer, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    paths = jars.class_path(cache, progress=lambda text: None, repository=url(repository), pinned=LOCK)
    whole = paths[2].read_bytes()
    paths[1].write_bytes(b"cut short")
    paths[2].write_bytes(whole[:-1] + b"!")
    said: list[str] = []
    jars.class_path(cache, progress=said.append, repository=url(repository), pinned=LOCK)
    assert said == ["Downloading Apache Kafka 9.9 (2 jars, 0 MB)"]
    assert paths[2].read_bytes() == whole


def test_another_file_than_the_pinned_one_is_refused(
    repository: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    other = dataclasses.replace(LOCK.jars[0], sha256="0" * 64)
    with pytest.raises(LocalError, match="not the file that rpkpy was made with"):
        jars.class_path(
            tmp_path / "cache", progress=lambda text: None, repository=url(repository), pinned=Lock("9.9", (other,))
        )
    assert not (tmp_path / "cache" / "maven" / other.path).exists()


def test_a_repository_that_does_not_answer_or_lacks_the_file(
    repository: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    absent = Lock("9.9", (dataclasses.replace(LOCK.jars[0], version="404"),))
    for address in (f"http://127.0.0.1:{choose()}", url(repository)):
        with pytest.raises(UnreachableError) as caught:
            jars.class_path(tmp_path / "cache", progress=lambda text: None, repository=address, pinned=absent)
        assert caught.value.cause
