"""The managed broker against a real Apache Kafka: starts, restarts, and everything that may lie in its way."""

import itertools
import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import LocalError
from rpkpy.kafka import client, topics
from rpkpy.kafka.local import ports
from rpkpy.kafka.local.broker import BrokerStatus, LocalBroker
from rpkpy.kafka.local.java import Java
from rpkpy.kafka.local.storage import BrokerState, Storage, new_cluster_id
from tests.kafka.fixture import shared_cache

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


class Shelf:
    """A broker's folder that the tests share, and what the broker said of itself."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.said: list[str] = []

    def broker(self, **options: object) -> LocalBroker:
        defaults: dict[str, object] = {"preferred": None, "progress": self.said.append}
        return LocalBroker(self.root, shared_cache(), **(defaults | options))  # type: ignore[arg-type]

    def start(self, **options: object) -> BrokerStatus:
        self.said.clear()
        return self.broker(**options).start()

    def topics(self) -> set[str]:
        settings = KafkaSettings((self.broker().bootstrap,))
        return {topic.name for topic in topics.list_topics(client.admin(settings, dial_timeout_s=10))}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """A folder with a broker that has been started once and has the topic `kept`."""
    shelf = Shelf(tmp_path_factory.mktemp("local") / "cluster")
    shelf.start()
    admin = client.admin(KafkaSettings((shelf.broker().bootstrap,)))
    assert [outcome.status for outcome in topics.create(admin, ["kept"])] == ["OK"]
    yield shelf
    shelf.broker().purge()
    assert not shelf.root.exists()


@pytest.fixture
def stopped(made: Shelf) -> Shelf:
    made.broker().stop()
    return made


def test_start_is_idempotent_and_stop_says_whether_it_ran(made: Shelf) -> None:
    first, second = made.start(), made.start()
    assert first.pid == second.pid is not None
    assert second.running and second.java and second.data_bytes > 0
    assert made.broker().stop()
    assert not made.broker().stop()
    assert made.broker().status().running is False
    assert made.broker().status().bootstrap == first.bootstrap


def test_a_kill_loses_nothing(made: Shelf) -> None:
    before = made.start()
    assert before.pid is not None
    os.kill(before.pid, signal.SIGKILL)
    while made.broker().status().running:  # the kernel takes its time
        continue
    after = made.start()
    assert after.pid != before.pid
    assert after.bootstrap == before.bootstrap
    assert "kept" in made.topics()


def test_a_taken_port_is_left_for_another_and_remembered(stopped: Shelf) -> None:
    bootstrap = stopped.broker().bootstrap
    port = int(bootstrap.rpartition(":")[2])
    with socket.create_server(("127.0.0.1", port)):
        moved = stopped.start()
        assert any(f"Port {port} is taken" in text for text in stopped.said)
    assert moved.bootstrap != bootstrap
    stopped.broker().stop()
    assert stopped.start().bootstrap == moved.bootstrap
    assert "kept" in stopped.topics()


@pytest.mark.parametrize("which", ["port", "controller_port"])
def test_a_port_taken_between_choosing_and_listening(
    stopped: Shelf, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    state = stopped.broker().storage.load()
    assert state is not None
    answers = itertools.chain([True, True], itertools.repeat(None))  # what the first choice is told of its two ports
    real = ports.is_free
    monkeypatch.setattr(ports, "is_free", lambda port: next(answers) or real(port))
    with socket.create_server(("127.0.0.1", getattr(state, which))):
        status = stopped.start()
    assert status.running
    assert "Another program took the port; trying another one" in stopped.said


def test_ctrl_c_while_it_starts_leaves_nothing(stopped: Shelf) -> None:
    broker = stopped.broker()

    def interrupt(text: str) -> None:
        if text.startswith("Starting Apache Kafka"):
            threading.Timer(0.5, signal.raise_signal, [signal.SIGINT]).start()

    with pytest.raises(KeyboardInterrupt):
        stopped.broker(progress=interrupt).start()
    assert broker.status().running is False


def test_a_named_port_that_is_taken_is_an_error(stopped: Shelf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(LocalError, match=f"Port {port} is taken"):
            stopped.start(port=port)


def test_another_port_than_the_running_one_is_an_error(made: Shelf) -> None:
    made.start()
    with pytest.raises(LocalError, match="runs already"):
        made.start(port=1)


@pytest.mark.parametrize("damage", ["{", "[]", '{"cluster_id": 7}', '{"cluster_id": "x", "port": 700000}', "\x00"])
def test_a_damaged_state_file_is_pieced_together(stopped: Shelf, damage: str) -> None:
    bootstrap = stopped.broker().bootstrap
    stopped.broker().storage.state_file.write_text(damage)
    state, repaired = stopped.broker().storage.recover()
    assert repaired == ["broker.json was damaged"]
    assert f"127.0.0.1:{state.port}" == bootstrap
    stopped.broker().storage.save(state)


def test_lost_and_damaged_identity_is_put_back(stopped: Shelf) -> None:
    storage = stopped.broker().storage
    identity = storage.kafka / "meta.properties"
    identity.write_text("version=1\ncluster.id=\n")
    assert storage.recover()[1] == ["meta.properties was missing or damaged"]
    assert storage.formatted
    identity.unlink()
    stopped.start()
    assert "Repaired: meta.properties was missing or damaged" in stopped.said
    assert "kept" in stopped.topics()


def test_a_stale_pid_of_another_process_does_not_stop_a_start(stopped: Shelf) -> None:
    stopped.broker()._process.pid_file.write_text(json.dumps({"pid": os.getpid(), "started": 1}))
    assert stopped.broker().status().running is False
    assert stopped.start().running


def test_two_starts_at_once_make_one_broker(stopped: Shelf) -> None:
    found: list[BrokerStatus] = []
    threads = [threading.Thread(target=lambda: found.append(stopped.broker().start())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({status.pid for status in found}) == 1 == len({status.bootstrap for status in found})


def java_that(folder: Path, body: str) -> Java:
    executable = folder / "java"
    executable.write_text(f"#!/bin/sh\n{body}\n")
    executable.chmod(0o755)
    return Java(executable, 17, "system")


def test_a_broker_that_ends_at_once_shows_its_last_words(stopped: Shelf, tmp_path: Path) -> None:
    java = java_that(tmp_path, "echo out of luck; exit 3")
    with pytest.raises(LocalError) as caught:
        stopped.start(java=lambda: java)
    assert "exit code 3" in caught.value.message
    assert "out of luck" in str(caught.value.cause)
    assert stopped.broker().status().running is False


def test_a_broker_that_never_gets_ready_is_ended(stopped: Shelf, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    java = java_that(tmp_path, f"echo $$ > {pid_file}; exec sleep 100")
    with pytest.raises(LocalError, match="not ready after 1 s"):
        stopped.broker(java=lambda: java).start(timeout_s=1)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_formatting_that_fails_is_named_and_started_over(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "cluster")
    java = java_that(tmp_path, "echo no room on this disk >&2; exit 1")
    with pytest.raises(LocalError, match="could not be formatted") as caught:
        shelf.start(java=lambda: java)
    assert "no room on this disk" in str(caught.value.cause)
    # what a crash in the middle of formatting, or of an older start, may leave
    shelf.broker().storage.unfinished.mkdir()
    shelf.broker().storage.kafka.mkdir()
    try:
        assert shelf.start().running
        assert "Repaired: the storage was half made" in shelf.said
    finally:
        shelf.broker().purge()


def test_data_without_any_identity_is_named(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "cluster")
    log = storage.kafka / "__cluster_metadata-0" / "00000000000000000000.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"data")
    with pytest.raises(LocalError, match="lost its identity") as caught:
        storage.recover()
    assert "rpkpy local purge" in str(caught.value.fix)
    assert log.exists()


def test_records_without_the_list_of_topics_are_named_and_not_wiped(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "cluster")
    log = storage.kafka / "customer-0" / "00000000000000000000.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"data")
    (storage.kafka / "__cluster_metadata-0").mkdir()
    with pytest.raises(LocalError, match="no list of its topics") as caught:
        storage.recover()
    assert "rpkpy local purge" in str(caught.value.fix)
    assert log.exists()


def test_a_path_with_spaces_percent_and_letters_beyond_ascii(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "mein Ordner 100% für=Kafka\\x")
    try:
        assert shelf.start().running
        assert shelf.broker().storage.log.exists()
        assert shelf.broker().status().pid is not None
    finally:
        shelf.broker().purge()
    assert not shelf.root.exists()


def test_cluster_ids_are_as_kafka_makes_them() -> None:
    for _ in range(200):
        text = new_cluster_id()
        assert len(text) == 22 and not text.startswith("-")


def test_state_reads_back(tmp_path: Path) -> None:
    storage = Storage(tmp_path)
    state = BrokerState("c" * 22, 1, 2, "version=1\n")
    storage.save(state)
    assert storage.load() == state
    shutil.rmtree(tmp_path)
    assert storage.load() is None
