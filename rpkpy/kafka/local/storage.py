"""The broker's storage and settings on disk: made once, checked at every start, repaired where that is possible.

DATA/broker.json        ports, cluster id and the identity of the storage (a copy of Kafka's meta.properties)
DATA/server.properties  written anew at every start        DATA/logging.properties  likewise
DATA/kafka/             what Kafka stores                  DATA/kafka.new/          while it is being formatted
DATA/logs/kafka.N.log   java.util.logging, bounded         DATA/logs/kafka.out      the JVM's own output
"""

import base64
import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rpkpy.errors import LocalError

LOG_LIMIT_BYTES = 4 * 1024 * 1024
"""A log file is rotated at this size; two of them are kept."""

MAX_MESSAGE_BYTES = 10 * 1024 * 1024
"""The largest record batch: a transform's module (up to 10 MiB, the broker's limit) travels as one record."""

_LISTENERS = re.compile(r"PLAINTEXT://127\.0\.0\.1:(\d{1,5}),CONTROLLER://127\.0\.0\.1:(\d{1,5})")


@dataclass(frozen=True, slots=True)
class BrokerState:
    """What a broker remembers between starts. `meta` is the text of Kafka's meta.properties."""

    cluster_id: str
    port: int = 0
    controller_port: int = 0
    meta: str = ""


def new_cluster_id() -> str:
    """A cluster id as Kafka makes them: 22 characters of URL-safe base64, not starting with a dash."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


class Storage:
    """The folder of the broker that is node `node_id` of its cluster."""

    def __init__(self, root: Path, node_id: int = 1) -> None:
        self.root = root
        self.node_id = node_id
        self.state_file = root / "broker.json"
        self.properties = root / "server.properties"
        self.logging = root / "logging.properties"
        self.kafka = root / "kafka"
        self.unfinished = root / "kafka.new"
        self.logs = root / "logs"
        self.log = self.logs / "kafka.0.log"
        self.output = self.logs / "kafka.out"
        self.temporary = root / "tmp"

    def load(self) -> BrokerState | None:
        """The remembered state, pieced together from Kafka's own files where broker.json is damaged; else None."""
        state = self._read()
        if state is not None:
            return state
        meta_file = self.kafka / "meta.properties"
        meta = _properties(meta_file)
        if not self._valid(meta):
            return None
        listeners = _LISTENERS.fullmatch(_properties(self.properties).get("listeners", ""))
        port, controller_port = (int(listeners[1]), int(listeners[2])) if listeners else (0, 0)
        return BrokerState(meta["cluster.id"], port, controller_port, meta_file.read_text(encoding="utf-8"))

    def _read(self) -> BrokerState | None:
        try:
            data = json.loads(self.state_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        if not isinstance(data, dict):
            return None
        texts = [data.get(name) for name in ("cluster_id", "meta")]
        numbers = [data.get(name) for name in ("port", "controller_port")]
        if not all(isinstance(text, str) for text in texts) or not texts[0]:
            return None
        if not all(isinstance(port, int) and 0 <= port < 65536 for port in numbers):
            return None
        return BrokerState(data["cluster_id"], data["port"], data["controller_port"], data["meta"])

    def save(self, state: BrokerState) -> None:
        """Remember `state`."""
        _write(self.state_file, json.dumps(asdict(state), indent=2) + "\n")

    def recover(self) -> tuple[BrokerState, list[str]]:
        """The state to start with, and what was repaired to get it, in words.

        Raises LocalError when there is data that cannot be told apart from another cluster's.
        """
        repaired = []
        shutil.rmtree(self.unfinished, ignore_errors=True)
        if self.state_file.exists() and self._read() is None:
            repaired.append(f"{self.state_file.name} was damaged")
        state = self.load()
        meta_file = self.kafka / "meta.properties"
        meta = _properties(meta_file)
        known = self._valid(meta)
        if not self._has_data() and any(self.kafka.glob("*-[0-9]*/*.log")):
            raise LocalError(
                f"The local cluster's storage in {self.kafka} holds records, but no list of its topics.",
                cause="Kafka's own log, __cluster_metadata-0, is missing.",
                fix="rpkpy local purge, then start again: its topics cannot be recovered.",
            )
        if state is None:
            if self._has_data():
                raise LocalError(
                    f"The local cluster's storage in {self.kafka} has lost its identity.",
                    cause="meta.properties and the copy that rpkpy keeps are both missing or damaged.",
                    fix="rpkpy local purge, then start again: its topics cannot be recovered.",
                )
            state = BrokerState(cluster_id=new_cluster_id())
        if not known or meta["cluster.id"] != state.cluster_id:
            if self._has_data() and state.meta:
                _write(meta_file, state.meta)
                repaired.append("meta.properties was missing or damaged")
            else:  # formatting never finished, or nothing was stored yet
                if self.kafka.exists():
                    repaired.append("the storage was half made")
                shutil.rmtree(self.kafka, ignore_errors=True)
                state = replace(state, meta="")
        elif not state.meta:
            state = replace(state, meta=meta_file.read_text(encoding="utf-8"))
        return state, repaired

    @property
    def formatted(self) -> bool:
        """Whether Kafka can start from the storage."""
        return self._valid(_properties(self.kafka / "meta.properties"))

    def finish_format(self, state: BrokerState) -> BrokerState:
        """Put the freshly formatted storage in its place, in one step."""
        self.unfinished.replace(self.kafka)
        return replace(state, meta=(self.kafka / "meta.properties").read_text(encoding="utf-8"))

    def write_settings(self, state: BrokerState, *, log_dir: Path, changes: Mapping[str, str] | None = None) -> None:
        """Write server.properties (with `changes`) and logging.properties for `state`."""
        for folder in (self.root, self.logs, self.temporary):
            folder.mkdir(parents=True, exist_ok=True)
        clean = not self._has_data() or (self.kafka / ".kafka_cleanshutdown").exists()
        own = broker_settings(state, log_dir, clean=clean, node_id=self.node_id)
        _write(self.properties, _text(own | dict(changes or {})))
        _write(self.logging, _text(self._logging_settings()))

    def size_bytes(self) -> int:
        """What the storage takes on disk (Kafka's index files are sparse: blocks are counted, not lengths)."""
        total = 0
        for folder, _, names in os.walk(self.kafka):
            for name in names:
                try:
                    total += os.lstat(os.path.join(folder, name)).st_blocks * 512  # noqa: PTH118
                except FileNotFoundError:  # Kafka deletes while we look
                    continue
        return total

    def _has_data(self) -> bool:
        return any((self.kafka / "__cluster_metadata-0").glob("*.log"))

    def _valid(self, meta: dict[str, str]) -> bool:
        return (
            meta.get("version") == "1"
            and meta.get("node.id") == str(self.node_id)
            and len(meta.get("cluster.id", "")) == 22
            and len(meta.get("directory.id", "")) == 22
        )

    def _logging_settings(self) -> dict[str, str]:
        handler = "java.util.logging.FileHandler"
        return {
            "handlers": handler,
            ".level": "INFO",
            # a page of settings at every start, and a warning about an unused one, help nobody
            "org.apache.kafka.common.config.AbstractConfig.level": "WARNING",
            f"{handler}.pattern": f"{_percent(self.logs)}/kafka.%g.log",
            f"{handler}.limit": str(LOG_LIMIT_BYTES),
            f"{handler}.count": "2",
            f"{handler}.append": "true",
            f"{handler}.encoding": "UTF-8",
            f"{handler}.formatter": "java.util.logging.SimpleFormatter",
            "java.util.logging.SimpleFormatter.format": "%1$tF %1$tT.%1$tL %4$s %3$s: %5$s%6$s%n",
        }


def broker_settings(state: BrokerState, log_dir: Path, *, clean: bool = True, node_id: int = 1) -> dict[str, str]:
    """server.properties: one node, KRaft combined mode, loopback only, small internal topics.

    Unless the last shutdown was `clean`, the controller holds the node's former session for alive and lets nobody
    take its place before it times out: after 9 s by default, here after 2.
    """
    session = {} if clean else {"broker.session.timeout.ms": "2000", "broker.heartbeat.interval.ms": "500"}
    return session | {
        "process.roles": "broker,controller",
        "node.id": str(node_id),
        "listeners": f"PLAINTEXT://127.0.0.1:{state.port},CONTROLLER://127.0.0.1:{state.controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{state.port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"{node_id}@127.0.0.1:{state.controller_port}",
        "log.dirs": str(log_dir),
        # as Redpanda does by default: a topic exists when somebody made it
        "auto.create.topics.enable": "false",
        "num.partitions": "1",
        "default.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "offsets.topic.replication.factor": "1",
        "transaction.state.log.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "group.initial.rebalance.delay.ms": "0",
        "message.max.bytes": str(MAX_MESSAGE_BYTES),
        "log.cleaner.dedupe.buffer.size": "4194304",
        # sample records carry old timestamps: with a week's retention they would vanish within minutes
        "log.retention.ms": "-1",
        "num.network.threads": "2",
        "num.io.threads": "4",
    }


def _text(settings: dict[str, str]) -> str:
    def escape(text: str) -> str:
        return "".join(f"\\u{unit:04x}" if unit > 126 else "\\\\" if unit == 92 else chr(unit) for unit in _utf16(text))

    return "".join(f"{escape(key)}={escape(value)}\n" for key, value in settings.items())


def _utf16(text: str) -> list[int]:
    data = text.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]


def _percent(path: Path) -> str:
    """A path in a FileHandler pattern, where % begins a verb."""
    return str(path).replace("%", "%%")


def _properties(path: Path) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
