"""Deployed modules: in chunks in a compacted topic, addressed by their hash; fetched and compiled when needed."""

import hashlib
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.errors import UnreachableError
from rpkpy.host import journal
from rpkpy.host.journal import MODULES
from rpkpy.host.model import ModuleRef
from rpkpy.kafka import errors
from rpkpy.wasm.limits import Limits

if TYPE_CHECKING:
    from rpkpy.config.settings import KafkaSettings
    from rpkpy.engine import CompiledModule, Engine

# Half of what a topic takes by default (max.message.bytes, 1 MiB), whatever the batch around it costs.
CHUNK_BYTES = 512 * 1024


class ModuleLost(Exception):
    """Chunks of a module are missing from its topic, or are not what was written."""


def chunks(sha256: str, wasm: bytes | memoryview) -> list[tuple[bytes, bytes]]:
    """The records, key and value, that keep `wasm`."""
    parts = range(0, len(wasm), CHUNK_BYTES)
    return [(_key(sha256, index), bytes(wasm[at : at + CHUNK_BYTES])) for index, at in enumerate(parts)]


def keys(ref: ModuleRef) -> list[bytes]:
    """The keys of a module's records."""
    return [_key(ref.sha256, index) for index in range(ref.chunks)]


class Modules:
    """The modules that run in this process. Thread-safe.

    `cache_dir` keeps machine code between runs of a host on this machine; without it each start compiles anew.
    """

    def __init__(self, kafka: "KafkaSettings", limits: Limits, timeout_s: float, cache_dir: Path | None = None) -> None:
        self._kafka = kafka
        self._limits = limits
        self._timeout_s = timeout_s
        self._cache_dir = cache_dir
        # Compiling takes seconds, and both cores: one at a time, and nobody else waits for it.
        self._compiling = threading.Lock()
        self._engine: Engine | None = None
        self._compiled: dict[str, CompiledModule] = {}
        self._at_hand: tuple[str, bytes] | None = None

    def offer(self, sha256: str, wasm: bytes) -> None:
        """Have the bytes of what was deployed here a moment ago at hand: they need not be fetched."""
        self._at_hand = (sha256, wasm)

    def compiled(self, ref: ModuleRef) -> "CompiledModule":
        """The module ready to run: fetched and compiled at the first call, shared by later ones.

        Raises ModuleLost, UnreachableError, AuthError or RefusedError, or what the engine raises for a module that it
        cannot link.
        """
        from rpkpy.engine import Engine

        with self._compiling:
            module = self._compiled.get(ref.sha256)
            if module is None:
                if self._engine is None:
                    self._engine = Engine(self._limits, cache_dir=self._cache_dir)
                module = self._compiled[ref.sha256] = self._engine.compile(self._bytes(ref))
            return module

    def keep_only(self, wanted: Collection[str]) -> None:
        """Forget every module whose hash is not in `wanted`."""
        for sha256 in set(self._compiled) - set(wanted):
            self._compiled.pop(sha256, None)

    def _bytes(self, ref: ModuleRef) -> bytes:
        at_hand, self._at_hand = self._at_hand, None
        if at_hand is not None and at_hand[0] == ref.sha256:
            return at_hand[1]
        return fetch(self._kafka, ref, self._timeout_s)


def fetch(kafka: "KafkaSettings", ref: ModuleRef, timeout_s: float) -> bytes:
    """The module's bytes. Raises ModuleLost where they are not all there, and as reading from Kafka does."""
    for first_offset in dict.fromkeys((ref.offset, 0)):  # in a copy of the topic, offsets are others
        found = _read(kafka, ref, first_offset, timeout_s)
        wasm = b"".join(found.get(key, b"") for key in keys(ref))
        if hashlib.sha256(wasm).hexdigest() == ref.sha256:
            return wasm
    raise ModuleLost(f"the module {ref.sha256} is not whole in its topic")


def _read(kafka: "KafkaSettings", ref: ModuleRef, first_offset: int, timeout_s: float) -> Mapping[bytes, bytes]:
    """The module's records from `first_offset` on, up to the last of them or the end of the topic."""
    from confluent_kafka import KafkaError, TopicPartition

    wanted = set(keys(ref))
    found: dict[bytes, bytes] = {}
    consumer = journal.reader(kafka, fetch_wait_max_ms=10)
    deadline = time.monotonic() + timeout_s
    try:
        consumer.assign([TopicPartition(MODULES, 0, first_offset)])
        while len(found) < len(wanted):
            message = consumer.poll(0.2)
            if message is None:
                if time.monotonic() > deadline:
                    raise UnreachableError(f"Kafka did not answer: could not read {MODULES}.")
                continue
            error = message.error()
            if error is None:
                deadline = time.monotonic() + timeout_s  # of silence, not of the whole
                key, value = message.key(), message.value()
                if key in wanted and value is not None:
                    found[key] = value
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                break
            elif not error.retriable() and not errors.about_no_group(error):
                raise errors.translate(error, kafka, f"{MODULES} cannot be read.")
        return found
    finally:
        consumer.close()


def _key(sha256: str, index: int) -> bytes:
    return f"{sha256}/{index}".encode()
