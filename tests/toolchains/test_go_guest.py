"""The Go template's guest package: its codec by `go test`, and each of its calls in the engine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import CompiledModule, Engine, GuestTrap, Instance
from rpkpy.toolchains import process
from rpkpy.wasm.limits import Limits
from tests.toolchains.workbench import Build

pytestmark = pytest.mark.toolchain("go")

SDK_TESTS = Path(__file__).parent / "go_guest"
PROBE = Path(__file__).parent / "go_probe" / "transform.go"


def test_the_guest_package_natively(tmp_path: Path) -> None:
    """The payload codec and the record loop, by `go test` with tests that a user's project does not carry."""
    build = Build.of(tmp_path / "demo", "go", "identity")
    package = build.root / "transform"
    for test in SDK_TESTS.glob("*_test.go"):
        shutil.copy(test, package)
    tested = process.ask(["go", "test", "-count=1", "."], env=os.environ, cwd=package, timeout_s=300)
    assert tested.code == 0, tested.out + tested.err


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> CompiledModule:
    build = Build.of(tmp_path_factory.mktemp("go") / "demo", "go", "identity")
    shutil.copy(PROBE, build.root / "transform.go")
    build()
    return Engine(Limits(memory_bytes=16 * 1024 * 1024)).compile(build.out.read_bytes())


@pytest.fixture
def logs() -> list[bytes]:
    return []


@pytest.fixture
def instance(probe: CompiledModule, logs: list[bytes]) -> Iterator[Instance]:
    with Instance(
        probe,
        name="probe",
        input_topic="in",
        output_topics=["first", "second"],
        on_log=lambda stream, text: logs.append(text),
    ) as instance:
        instance.start()
        yield instance


def test_topics(instance: Instance, logs: list[bytes]) -> None:
    asked = [b"to second", b"to first", b"x", b"to nowhere", b"to " + b"n" * 300, b"to second"]
    output = instance.process(codec.encode_batch([Record(None, value) for value in asked]))
    first, second = ([record.value for record in records] for records in output.records)
    assert (first, second) == ([b"to first", b"x"], [b"to second"] * 2)
    assert logs == [
        b'the transform has no output topic "nowhere"',
        b'the transform has no output topic "' + b"n" * 300 + b'"',
    ]


def test_offset_and_timestamp(instance: Instance) -> None:
    records = [Record(None, b"metadata", timestamp_ms=time) for time in (1735689600123, 1, 0)]
    output = instance.process(codec.encode_batch(records, base_offset=2**40))
    assert [record.value for record in output.records[0]] == [
        f"{2**40 + index} {record.timestamp_ms}".encode() for index, record in enumerate(records)
    ]


def test_a_record_may_be_changed(instance: Instance) -> None:
    given = Record(b"key", b"grow", ((b"h", b"x"), (b"n", None)))
    changed, unchanged = instance.process(codec.encode_batch([given])).records[0]
    assert (changed.key, changed.value) == (b"key-key", b"grow-value")
    assert changed.headers == (*given.headers, (b"more", None))
    assert (unchanged.key, unchanged.value, unchanged.headers) == (given.key, given.value, given.headers)


def test_null_is_not_empty_and_nothing_is_nothing(instance: Instance) -> None:
    records = [Record(b"k", value) for value in (b"empty", b"drop", b"null", None)]
    output = instance.process(codec.encode_batch(records)).records[0]
    assert [(record.key, record.value, len(record.headers)) for record in output] == [
        (b"", b"", 1),
        (None, None, 0),
        (b"k", None, 0),
    ]


def test_an_error_stops_it_and_is_in_the_log(instance: Instance, logs: list[bytes]) -> None:
    records = [Record(None, b"x"), Record(None, b"fail out of luck"), Record(None, b"x")]
    with pytest.raises(GuestTrap) as caught:
        instance.process(codec.encode_batch(records, base_offset=70))
    assert (caught.value.record_offset, caught.value.guest_exit_code) == (71, 2)
    assert b"transform: record at offset 71 failed: out of luck" in b"".join(logs)
