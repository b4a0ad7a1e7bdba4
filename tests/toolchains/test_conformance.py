"""One program in every language, the same cases for all: what a language's SDK makes of records. See conformance/."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import CompiledModule, Engine, GuestTrap, Instance
from rpkpy.project import manifest
from tests.toolchains.workbench import Build

PROGRAMS = Path(__file__).parent / "conformance"
LACKS = {"rust": {"offset"}, "javascript": {"offset", "timestamp"}, "typescript": {"offset", "timestamp"}}
"""Verbs for which a language's SDK, whose interface is not ours to choose, has nothing."""

Logs = list[tuple[int, bytes]]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(path.name, marks=pytest.mark.toolchain(path.name))
        for path in sorted(PROGRAMS.iterdir())
        if path.is_dir()
    ],
)
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, CompiledModule]:
    """A language's program, built and compiled once."""
    language: str = request.param
    build = Build.of(tmp_path_factory.mktemp(language) / "demo", language, "identity")
    shutil.copytree(PROGRAMS / language, build.root, dirs_exist_ok=True)
    build()
    limits = manifest.load(build.root / "transform.yaml").limits()
    return language, Engine(limits).compile(build.out.read_bytes())


@contextmanager
def running(program: tuple[str, CompiledModule], *verbs: str) -> Iterator[tuple[Instance, Logs]]:
    """An instance that writes to the topics `first` and `second`, and its log; skips what the language lacks."""
    language, module = program
    if lacking := LACKS.get(language, set()) & set(verbs):
        pytest.skip(f"{language}'s SDK has no {', '.join(lacking)}")
    logs: Logs = []
    with Instance(
        module,
        name="probe",
        input_topic="in",
        output_topics=["first", "second"],
        env={"NAME": "värde"},
        on_log=lambda stream, text: logs.append((stream, bytes(text))),
    ) as instance:
        instance.start()
        yield instance, logs


Parts = tuple[bytes | None, bytes | None, tuple[tuple[bytes | None, bytes | None], ...]]


def parts(record: Record) -> Parts:
    return record.key, record.value, record.headers


def written(instance: Instance, *records: Record, base_offset: int = 0) -> tuple[list[Parts], list[Parts]]:
    """What comes out on each topic for a batch of records."""
    output = instance.process(codec.encode_batch(records, base_offset=base_offset))
    first, second = ([parts(record) for record in topic] for topic in output.records)
    return first, second


def asked(*values: str) -> list[Record]:
    return [Record(None, value.encode()) for value in values]


def test_a_record_passes_as_it_came(program: tuple[str, CompiledModule]) -> None:
    records = [
        Record(b"k", b"v", ((b"a", b"1"), (b"b", None), (b"a", b""))),
        Record(None, None),
        Record(b"", b""),
        Record(b"\x00\xff", "é🎉".encode() * 5_000, ((b"", b"\xff\x00"),)),
    ]
    with running(program) as (instance, logs):
        for _ in range(3):
            assert written(instance, *records) == ([parts(record) for record in records], [])
    assert logs == []


def test_topics(program: tuple[str, CompiledModule]) -> None:
    long = "n" * 300
    with running(program, "to") as (instance, logs):
        given = asked("to second", "to first", "x", "to nowhere", f"to {long}", "to second")
        first, second = written(instance, *given)
    assert [value for _, value, _ in first] == [b"to first", b"x"]
    assert [value for _, value, _ in second] == [b"to second"] * 2
    assert logs == [(2, b"refused: nowhere\n"), (2, f"refused: {long}\n".encode())]


def test_offset(program: tuple[str, CompiledModule]) -> None:
    with running(program, "offset") as (instance, _):
        first, _ = written(instance, *asked("offset", "offset"), base_offset=2**40)
    assert [value for _, value, _ in first] == [b"%d" % 2**40, b"%d" % (2**40 + 1)]


def test_timestamp(program: tuple[str, CompiledModule]) -> None:
    times = (1_735_689_600_123, 1, 0)
    with running(program, "timestamp") as (instance, _):
        first, _ = written(instance, *(Record(None, b"timestamp", timestamp_ms=time) for time in times))
    assert [value for _, value, _ in first] == [b"%d" % time for time in times]


def test_environment(program: tuple[str, CompiledModule]) -> None:
    with running(program, "environment") as (instance, _):
        first, _ = written(instance, *asked("environment NAME", "environment REDPANDA_OUTPUT_TOPIC_1"))
    assert [value for _, value, _ in first] == ["värde".encode(), b"second"]


def test_a_changed_record_leaves_the_one_that_came_alone(program: tuple[str, CompiledModule]) -> None:
    given = Record(b"key", b"change", ((b"h", b"x"), (b"n", None)))
    with running(program, "change") as (instance, _):
        first, _ = written(instance, given)
    assert first == [(b"key-key", b"change-value", (*given.headers, (b"more", None))), parts(given)]


def test_null_is_not_empty_and_nothing_is_nothing(program: tuple[str, CompiledModule]) -> None:
    with running(program, "empty", "drop", "null") as (instance, _):
        first, _ = written(
            instance, *(Record(b"k", value.encode(), ((b"h", b"v"),)) for value in ("empty", "drop", "null"))
        )
    assert first == [(b"", b"", ((b"", b""),)), (None, None, ())]


def test_a_line_is_one_event(program: tuple[str, CompiledModule]) -> None:
    with running(program, "log", "warn") as (instance, logs):
        assert written(instance, *asked("log one two", "warn é", "log three")) == ([], [])
    assert logs == [(1, b"one two\n"), (2, "é\n".encode()), (1, b"three\n")]


def test_a_failure_ends_it_at_its_record_and_is_in_the_log(program: tuple[str, CompiledModule]) -> None:
    with running(program, "fail") as (instance, logs), pytest.raises(GuestTrap) as caught:
        written(instance, *asked("before", "fail out of luck", "after"), base_offset=70)
    assert caught.value.record_offset == 71
    assert caught.value.output is not None
    assert [record.value for record in caught.value.output.records[0]] == [b"before"]
    assert b"out of luck" in b"".join(text for stream, text in logs if stream == 2)
