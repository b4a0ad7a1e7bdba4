"""What the hosts are measured on: guests, records and feeds."""

import itertools
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import wasmtime

from rpkpy.batches.codec import encode_batch
from rpkpy.batches.record import Record
from rpkpy.project import manifest
from rpkpy.wasm.limits import BROKER

ROOT = Path(__file__).parents[2]
FEED_BYTES = 1024 * 1024
BATCH_RECORDS = (1, 10, 100, 1000)
_START_MS = 1_700_000_000_000


class NotMade(Exception):
    """A guest cannot be made here; the message says why."""


@dataclass(frozen=True)
class Guest:
    """A module, the environment that it is deployed with, and the memory that it may have."""

    wasm: bytes
    env: dict[str, str]
    memory_bytes: int = BROKER.memory_bytes


@dataclass(frozen=True)
class Workload:
    """A guest and the size of its records' values, in bytes."""

    guest: str
    value_bytes: int

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{self.guest} {'1 KiB' if self.value_bytes == 1024 else f'{self.value_bytes} B'}"


WORKLOADS = tuple(Workload(guest, value_bytes) for guest in ("identity", "masking") for value_bytes in (100, 1024))


@dataclass(frozen=True)
class Feeds:
    """About FEED_BYTES of v2 batches of `batch_records` records, given whole or batch by batch."""

    batch_records: int
    batches: tuple[bytes, ...]
    by_batch: bool

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{'1 batch' if self.by_batch else '1 MiB'} of {self.batch_records}"

    @property
    def records(self) -> int:
        """Records of all feeds."""
        return self.batch_records * len(self.batches)

    @property
    def feeds(self) -> tuple[bytes, ...]:
        """What a host gets in one call each."""
        return self.batches if self.by_batch else (b"".join(self.batches),)


def identity(_folder: Path) -> Guest:
    """Writes every record as it came."""
    text = (ROOT / "tests/engine/guests/identity.wat").read_text()
    return Guest(bytes(wasmtime.wat2wasm(text)), {})


def masking(folder: Path) -> Guest:
    """The C template's JSON masking."""
    return template(folder, "c", "masking")


def template(folder: Path, language: str, pattern: str) -> Guest:
    """A template's pattern, made in `folder` by `rpkpy transform init` and `build`, with the memory that it asks for.

    NotMade with what rpkpy printed when it fails.
    """
    name = f"{language}-{pattern}"
    rpkpy = [sys.executable, "-m", "rpkpy", "transform"]
    for step, cwd in (
        (["init", name, "--language", language, "--pattern", pattern, "--install-deps", "true"], folder),
        (["build"], folder / name),
    ):
        done = subprocess.run([*rpkpy, *step], cwd=cwd, capture_output=True, text=True)
        if done.returncode:
            raise NotMade(f"rpkpy transform {step[0]} failed:\n{done.stderr}")
    limits = manifest.load(folder / name / "transform.yaml").limits()
    env = {"MASK_FIELDS": "email,phone"} if pattern == "masking" else {}
    return Guest((folder / name / f"{name}.wasm").read_bytes(), env, limits.memory_bytes)


GUESTS = {"identity": identity, "masking": masking}
"""How each guest is made, in a folder of one's own."""


def feeds(workload: Workload, batch_records: int, *, by_batch: bool) -> Feeds:
    """FEED_BYTES of batches, offsets counting on; with one batch at least."""
    batches: list[bytes] = []
    size = 0
    numbers = itertools.count()
    while size < FEED_BYTES or not batches:
        first = batch_records * len(batches)
        records = [_record(workload, next(numbers)) for _ in range(batch_records)]
        batch = encode_batch(records, base_offset=first)
        if batches and size + len(batch) > FEED_BYTES:
            break
        batches.append(batch)
        size += len(batch)
    return Feeds(batch_records, tuple(batches), by_batch)


def _record(workload: Workload, number: int) -> Record:
    """A record with an 8-byte key, whose value is JSON for the guest that masks and bytes of no kind for the others."""
    size = workload.value_bytes
    value = _order(number, size) if workload.guest == "masking" else bytes(32 + (number + i) % 90 for i in range(size))
    return Record(b"key-%04d" % (number % 10_000), value, timestamp_ms=_START_MS + number)


def _order(number: int, size: int) -> bytes:
    """A JSON object of exactly `size` bytes (100 at least) with an email address and, where it fits, a phone number."""
    order: dict[str, object] = {"id": number, "name": "Ada Lovelace", "email": f"ada.{number % 1000:03}@example.org"}
    items: list[dict[str, object]] = []
    if size > 300:
        order |= {"customer": {"phone": "+44 20 7946 0958", "city": "London", "since": 1843}, "items": items}
        while len(json.dumps(order)) < size - 120:
            items.append({"sku": f"AE-{len(items):04}", "title": "Analytical engine, part", "qty": 2, "price": 12.5})
    order["note"] = ""
    return json.dumps(order | {"note": "n" * (size - len(json.dumps(order)))}).encode()
