"""What the patterns do, in the engine: real modules of each language against templates/PATTERNS.md.

The samples must come out byte for byte; then values made by hypothesis, JSON and nearly JSON, must come out as
masking_reference says.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import CompiledModule, GuestTrap, Instance
from rpkpy.project.fixtures.running import Bench
from tests.toolchains import masking_reference
from tests.toolchains.gallery import WHICH, Gallery
from tests.toolchains.json_values import NAMES, VALUES

LANGUAGES = [
    pytest.param(key, marks=pytest.mark.toolchain(key))
    for key in ("go", "rust", "c", "cpp", "javascript", "typescript", "python", "ruby")
]
# MicroPython and mruby copy values more often than others, so that in 2 MiB smaller records pass.
SMALLER = ("python", "ruby")
NOT_JSON = (2, b"masking: value is not JSON, passed on unchanged\n")
FIELDS = "email, phone, card_number, street"


class Guest:
    """A module built from a template, compiled once, and instances of it."""

    def __init__(self, root: Path, bench: Bench) -> None:
        self.root = root
        self.module: CompiledModule = bench.module
        self.environment = {WHICH: bench.environment[WHICH]} if WHICH in bench.environment else {}

    def start(self, env: dict[str, str], logs: list[tuple[int, bytes]] | None = None) -> Instance:
        """A running instance that writes to the topic `out`; its log goes to `logs`."""
        kept = logs if logs is not None else []
        instance = Instance(
            self.module,
            name="demo",
            input_topic="in",
            output_topics=["out"],
            env={**self.environment, **env},
            on_log=lambda stream, text: kept.append((stream, bytes(text))),
        )
        try:
            instance.start()
        except BaseException:
            instance.close()
            raise
        return instance


@pytest.fixture(scope="module")
def guest(gallery: Gallery) -> Callable[[str, str], Guest]:
    built: dict[tuple[str, str], Guest] = {}

    def make(language: str, pattern: str) -> Guest:
        if (language, pattern) not in built:
            build = gallery.build(language, pattern)
            built[language, pattern] = Guest(build.root, gallery.bench(build, pattern))
        return built[language, pattern]

    return make


def run(instance: Instance, records: Sequence[Record]) -> list[tuple[Any, ...]]:
    """Key, value and headers of what comes out of a batch of records."""
    output = instance.process(codec.encode_batch(records))
    return [(record.key, record.value, record.headers) for record in output.records[0]]


def samples(root: Path, name: str) -> Iterator[Record]:
    """The records of a project's samples file."""

    def content(value: Any) -> bytes | None:
        if value is None:
            return None
        return base64.b64decode(value["base64"]) if isinstance(value, dict) else str(value).encode()

    for line in (root / "samples" / name).read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        headers = tuple((header["key"].encode(), content(header["value"])) for header in entry["headers"])
        yield Record(content(entry["key"]), content(entry["value"]), headers, entry.get("timestamp", 0))


@pytest.mark.parametrize("pattern", ["identity", "masking"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_samples(guest: Callable[[str, str], Guest], language: str, pattern: str) -> None:
    made = guest(language, pattern)
    given_records = list(samples(made.root, "input.jsonl"))
    expected = [(record.key, record.value, record.headers) for record in samples(made.root, "expected.jsonl")]
    logs: list[tuple[int, bytes]] = []
    with made.start({"MASK_FIELDS": FIELDS}, logs) as instance:
        assert run(instance, given_records) == expected
        # in batches of one record too, and again: buffers are used again
        assert [run(instance, [record])[0] for record in given_records] == expected
    if pattern == "masking":
        broken = sum(record.value is not None and not _is_json(record.value) for record in given_records)
        assert broken
        assert logs == [(1, f"masking: {FIELDS}\n".encode()), *[NOT_JSON] * (2 * broken)]
    else:
        assert logs == []


def _is_json(value: bytes) -> bool:
    try:
        masking_reference.mask(value, [])
    except masking_reference.NotJson:
        return False
    return True


@pytest.mark.parametrize("variable", [None, "", " ,\t, "])
@pytest.mark.parametrize("language", LANGUAGES)
def test_masking_nothing_must_not_run(guest: Callable[[str, str], Guest], language: str, variable: str | None) -> None:
    logs: list[tuple[int, bytes]] = []
    with pytest.raises(GuestTrap) as caught:
        guest(language, "masking").start({} if variable is None else {"MASK_FIELDS": variable}, logs)
    assert caught.value.guest_exit_code == 1
    assert logs == [(2, b"masking: MASK_FIELDS names no field\n")]


@pytest.mark.parametrize("pattern", ["identity", "masking"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_large_records_pass_in_the_memory_that_the_template_states(
    guest: Callable[[str, str], Guest], language: str, pattern: str
) -> None:
    largest = 900_000 if language == "go" else 200_000 if language in SMALLER else 350_000
    with guest(language, pattern).start({"MASK_FIELDS": "email"}) as instance:
        for size in (largest // 9, largest, 10, largest):
            value = b'{"a":"' + b"x" * size + b'","b":0}'
            key, headers = b"k" * 100, ((b"h", None), (b"empty", b""))
            assert run(instance, [Record(key, value, headers)] * 2) == [(key, value, headers)] * 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_depth(guest: Callable[[str, str], Guest], language: str) -> None:
    logs: list[tuple[int, bytes]] = []
    with guest(language, "masking").start({"MASK_FIELDS": "pin"}, logs) as instance:
        for opened, closed in ((b"[", b"]"), (b'{"a":', b"}"), (b'{"pin":', b"}"), (b'[{"a":', b"}]")):
            levels = opened.count(b"[") + opened.count(b"{")
            for depth in (127, 128, 129, 400, 10_000 if language in SMALLER else 40_000):
                values = [opened * (depth // levels) + b"1" + closed * (depth // levels)]
                expected, warned = _expected(values, ["pin"])
                logs.clear()
                got = [value for _, value, _ in run(instance, [Record(None, value) for value in values])]
                assert got == expected
                assert logs == [NOT_JSON] * warned


def _expected(values: Sequence[bytes | None], fields: Sequence[str]) -> tuple[list[bytes | None], int]:
    """What the values become, and how many are not JSON."""
    result: list[bytes | None] = []
    warned = 0
    for value in values:
        try:
            result.append(masking_reference.mask(value, fields))
        except masking_reference.NotJson:
            result.append(value)
            warned += 1
    return result, warned


@pytest.mark.parametrize("language", LANGUAGES)
def test_masking_is_the_references(guest: Callable[[str, str], Guest], language: str) -> None:
    logs: list[tuple[int, bytes]] = []
    with guest(language, "masking").start({"MASK_FIELDS": ",".join(NAMES)}, logs) as instance:

        @settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(VALUES)
        def compare(values: list[bytes | None]) -> None:
            expected, warned = _expected(values, NAMES)
            logs.clear()
            got = [value for _, value, _ in run(instance, [Record(None, value) for value in values])]
            assert got == expected
            assert logs == [NOT_JSON] * warned

        compare()


_BYTES = st.none() | st.binary(max_size=300)
_RECORD = st.builds(
    Record,
    key=_BYTES,
    value=_BYTES,
    headers=st.lists(st.tuples(st.binary(max_size=20), _BYTES), max_size=5).map(tuple),
    timestamp_ms=st.integers(0, 2**45),
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_identity_changes_nothing(guest: Callable[[str, str], Guest], language: str) -> None:
    with guest(language, "identity").start({}) as instance:

        @settings(max_examples=100, deadline=None)
        @given(st.lists(_RECORD, min_size=1, max_size=10))
        def compare(records: list[Record]) -> None:
            assert run(instance, records) == [(record.key, record.value, record.headers) for record in records]

        compare()
