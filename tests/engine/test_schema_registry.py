"""The functions of `redpanda_schema_registry`, called by guests; the registry's schemas come from memory."""

import signal
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches import varint
from rpkpy.engine import GuestTrap, schema_registry
from rpkpy.engine.schema_registry import (
    Definition,
    Pause,
    Reference,
    SchemaType,
    SubjectSchema,
    decode_definition,
    encode_definition,
    encode_subject_schema,
)
from rpkpy.errors import UnreachableError
from rpkpy.project.schemas import FixtureRegistry
from tests.engine.guest import batch, compile_guest, instance, replies, run, values

CUSTOMER = Definition(SchemaType.AVRO, '{"type":"string"}')
ORDER = Definition(SchemaType.PROTOBUF, "message O {}", (Reference("c.proto", "customer", 1), Reference("d", "ä", 7)))
# Where a guest keeps a subject and a definition, and where it wants answers: behind the record's buffer.
SUBJECT, TEXT, OUT = 1_100_000, 1_110_000, 1_120_000
MEMORY_END = 18 * 65_536


class OneSchema:
    """A registry with one schema under one subject; keeps what it was asked and told."""

    def __init__(self, definition: Definition = CUSTOMER, schema_id: int = 5) -> None:
        self.schema = SubjectSchema(schema_id, 3, definition)
        self.asked: list[tuple[Any, ...]] = []
        self.told: list[str] = []
        self.error: Exception | None = None

    def _ask(self, *question: Any) -> None:
        self.asked.append(question)
        if self.error is not None:
            raise self.error

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        self._ask(schema_id)
        return self.schema.definition

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        self._ask(subject, version)
        return self.schema

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        self._ask(subject, definition)
        return self.schema.id

    def failed(self, what: str) -> None:
        self.told.append(what)


def data(at: int, content: bytes) -> str:
    """A data segment."""
    escaped = "".join(f"\\{byte:02x}" for byte in content)
    return f'(data (i32.const {at}) "{escaped}")'


def call(function: str, *arguments: int) -> str:
    """A call whose result is replied."""
    return f"(call $reply (call ${function} {' '.join(f'(i32.const {argument})' for argument in arguments)}))"


def show(at: int, length: int) -> str:
    """A reply of memory."""
    return f"(call $reply_bytes (i32.const {at}) (i32.const {length}))"


def answers(body: str, registry: Any, subject: bytes = b"customer", text: bytes = b"") -> list[Any]:
    """What a guest with this body replies."""
    guest = compile_guest(body, declarations=data(SUBJECT, subject) + data(TEXT, text))
    return values(run(guest, schema_registry=registry))


def number(value: int) -> bytes:
    """The record of a replied i32."""
    return value.to_bytes(4, "little", signed=True)


# The encodings.

texts = st.text(max_size=40)
versions = st.integers(-(2**31), 2**31 - 1)
definitions = st.builds(
    Definition,
    st.sampled_from(SchemaType),
    texts,
    st.lists(st.builds(Reference, texts, texts, versions), max_size=4).map(tuple),
)


@given(definitions)
def test_what_is_encoded_decodes_to_the_same(definition: Definition) -> None:
    assert decode_definition(encode_definition(definition)) == definition


@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_a_value_error(content: bytes) -> None:
    try:
        decoded = decode_definition(content)
    except ValueError:
        return
    assert decode_definition(encode_definition(decoded)) == decoded


def test_the_form_of_a_definition_and_of_a_subject_schema() -> None:
    assert encode_definition(CUSTOMER) == b'\x00\x22{"type":"string"}\x00'
    assert encode_definition(ORDER) == b"\x02\x18message O {}\x04\x0ec.proto\x10customer\x02\x02d\x04\xc3\xa4\x0e"
    assert encode_subject_schema(SubjectSchema(300, 2, CUSTOMER)) == b"\xd8\x04\x04" + encode_definition(CUSTOMER)


@pytest.mark.parametrize(
    "content",
    [
        b"\x06\x02x\x00",  # type 3
        b"\x01\x02x\x00",  # type -1
        b"\x00\x04x",  # text cut short
        b"\x00\x01",  # text of length -1
        b"\x00\x02\xff\x00",  # not UTF-8
        b"\x00\x02x\x01",  # -1 references
        b"\x00\x02x\xfe\xff\xff\xff\x0f",  # two billion references
        b"\x00\x02x\x80",  # a varint cut short
        b"\x80" * 11,
    ],
)
def test_definitions_that_are_none(content: bytes) -> None:
    with pytest.raises(ValueError):
        decode_definition(content)


def test_a_missing_count_is_zero_and_what_follows_is_ignored() -> None:
    assert decode_definition(b'\x00\x22{"type":"string"}') == CUSTOMER
    assert decode_definition(encode_definition(CUSTOMER) + b"more") == CUSTOMER
    assert decode_definition(b"") == Definition(SchemaType.AVRO, "")


# The calls.

ENCODED = encode_definition(CUSTOMER)
ENCODED_VERSION = encode_subject_schema(SubjectSchema(5, 3, CUSTOMER))


def test_a_definition_by_its_id() -> None:
    registry = OneSchema()
    body = call("get_schema_definition_len", 5, OUT) + f"(call $reply (i32.load (i32.const {OUT})))"
    body += call("get_schema_definition", 5, OUT + 8, len(ENCODED)) + show(OUT + 8, len(ENCODED))
    assert answers(body, registry) == [number(0), number(len(ENCODED)), number(len(ENCODED)), ENCODED]
    assert registry.asked == [(5,), (5,)]
    assert registry.told == []


@pytest.mark.parametrize(("version", "asked"), [(3, 3), (-1, None), (0, 0), (-7, -7), (2**31 - 1, 2**31 - 1)])
def test_a_subjects_schema_by_version(version: int, asked: int | None) -> None:
    registry = OneSchema()
    size = len(ENCODED_VERSION)
    body = call("get_subject_schema_len", SUBJECT, 8, version, OUT) + f"(call $reply (i32.load (i32.const {OUT})))"
    body += call("get_subject_schema", SUBJECT, 8, version, OUT + 8, 100) + show(OUT + 8, size)
    assert answers(body, registry) == [number(0), number(size), number(size), ENCODED_VERSION]
    assert registry.asked == [("customer", asked)] * 2


def test_references_reach_the_guest() -> None:
    encoded = encode_definition(ORDER)
    body = call("get_schema_definition", 5, OUT, 200) + show(OUT, len(encoded))
    assert answers(body, OneSchema(ORDER)) == [number(len(encoded)), encoded]


@pytest.mark.parametrize("definition", [CUSTOMER, ORDER, Definition(SchemaType.JSON, "{}")])
def test_create_passes_the_definition_on_and_writes_the_id(definition: Definition) -> None:
    registry, encoded = OneSchema(schema_id=2**31 - 1), encode_definition(definition)
    body = call("create_subject_schema", SUBJECT, 8, TEXT, len(encoded), OUT)
    body += f"(call $reply (i32.load (i32.const {OUT})))"
    assert answers(body, registry, text=encoded) == [number(0), number(2**31 - 1)]
    assert registry.asked == [("customer", definition)]


def test_ids_are_signed() -> None:
    registry = OneSchema()
    answers(call("get_schema_definition", -2, OUT, 100), registry)
    assert registry.asked == [(-2,)]


def test_created_and_read_back_with_its_text_made_canonical() -> None:
    registry = FixtureRegistry()
    text = encode_definition(Definition(SchemaType.AVRO, ' {"type" : "string" } '))
    stored = encode_subject_schema(SubjectSchema(1, 1, CUSTOMER))
    body = call("create_subject_schema", SUBJECT, 8, TEXT, len(text), OUT)
    body += call("get_subject_schema", SUBJECT, 8, -1, OUT, 100) + show(OUT, len(stored))
    # Registered once more, in another spelling: the same schema.
    body += (
        call("create_subject_schema", SUBJECT, 8, TEXT, len(text), OUT) + f"(call $reply (i32.load (i32.const {OUT})))"
    )
    assert answers(body, registry, text=text) == [number(0), number(len(stored)), stored, number(0), number(1)]


# What fails.

BUFFERS = {
    "get_schema_definition": (5, OUT, len(ENCODED) - 1),
    "get_subject_schema": (SUBJECT, 8, 3, OUT, len(ENCODED_VERSION) - 1),
}


@pytest.mark.parametrize("function", BUFFERS)
def test_a_small_buffer_is_left_alone(function: str) -> None:
    registry = OneSchema()
    body = f"(i32.store (i32.const {OUT}) (i32.const 77))" + call(function, *BUFFERS[function])
    assert answers(body + f"(call $reply (i32.load (i32.const {OUT})))", registry) == [number(-2), number(77)]
    needed = BUFFERS[function][-1] + 1
    assert f"the buffer has {needed - 1} bytes, the answer {needed}" in registry.told[0]


GOOD = {
    "get_schema_definition_len": (5, OUT),
    "get_schema_definition": (5, OUT, 100),
    "get_subject_schema_len": (SUBJECT, 8, -1, OUT),
    "get_subject_schema": (SUBJECT, 8, 4, OUT, 100),
    "create_subject_schema": (SUBJECT, 8, TEXT, len(ENCODED), OUT),
}


@pytest.mark.parametrize("function", GOOD)
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (schema_registry.SchemaNotAvailable("not there"), "not there"),
        (UnreachableError("No answer.", cause="Refused."), "No answer. Refused."),
        (KeyError("what a bug raises"), "KeyError"),
    ],
)
def test_whatever_the_registry_raises_the_guest_gets_minus_two(function: str, error: Exception, words: str) -> None:
    registry = OneSchema()
    registry.error = error
    body = f"(i32.store (i32.const {OUT}) (i32.const 77))" + call(function, *GOOD[function])
    body += f"(call $reply (i32.load (i32.const {OUT})))"
    assert answers(body, registry, text=ENCODED) == [number(-2), number(77)]
    assert len(registry.told) == 1
    assert registry.told[0].startswith(function) and words in registry.told[0]


def test_the_reason_names_what_was_asked() -> None:
    told: list[str] = []
    registry = FixtureRegistry(told.append)
    body = call("get_schema_definition", 9, OUT, 10) * 2 + call("get_subject_schema_len", SUBJECT, 8, -1, OUT)
    assert answers(body, registry) == [number(-2)] * 3
    assert told == [
        "Schema registry: get_schema_definition(9): there is no schema with id 9",
        "Schema registry: get_subject_schema_len('customer', latest): there is no such subject",
    ]


def test_failures_are_told_a_hundred_times_at_most() -> None:
    told: list[str] = []
    failures = schema_registry.Failures(told.append)
    for turn in range(500):
        failures(f"failure {turn}")
    assert len(told) == 101
    assert told[-1] == "Schema registry: further failures are not shown."


@pytest.mark.parametrize("text", [b"\x06\x02x\x00", b"\x00\x40x", b"\x00\x02\xff\x00"])
def test_a_definition_that_cannot_be_read_is_not_created(text: bytes) -> None:
    registry = OneSchema()
    assert answers(call("create_subject_schema", SUBJECT, 8, TEXT, len(text), OUT), registry, text=text) == [number(-2)]
    assert registry.asked == []


@pytest.mark.parametrize("function", ["get_subject_schema_len", "get_subject_schema", "create_subject_schema"])
def test_a_subject_that_is_not_utf8(function: str) -> None:
    registry = OneSchema()
    assert answers(call(function, *GOOD[function]), registry, b"\xff" * 8, ENCODED) == [number(-2)]
    assert registry.asked == [] and "not UTF-8" in registry.told[0]


def test_answers_that_the_abi_cannot_carry() -> None:
    registry = OneSchema(Definition(SchemaType.AVRO, "\ud800"), 2**31)
    body = call("get_schema_definition", 5, OUT, 100) + call(
        "create_subject_schema", SUBJECT, 8, TEXT, len(ENCODED), OUT
    )
    assert answers(body, registry, text=ENCODED) == [number(-2), number(-2)]


# Each pointer with its length, past the end by one; one function may have several.
BAD = [
    ("get_schema_definition_len", (5, MEMORY_END - 3)),
    ("get_schema_definition", (5, MEMORY_END - 9, 10)),
    ("get_schema_definition", (5, -1, 1)),
    ("get_subject_schema_len", (MEMORY_END - 7, 8, 1, OUT)),
    ("get_subject_schema_len", (SUBJECT, 8, 1, MEMORY_END - 3)),
    ("get_subject_schema", (SUBJECT, MEMORY_END, 1, OUT, 10)),
    ("get_subject_schema", (SUBJECT, 8, 1, OUT, -1)),
    ("create_subject_schema", (-8, 8, TEXT, 4, OUT)),
    ("create_subject_schema", (SUBJECT, 8, TEXT, MEMORY_END, OUT)),
    ("create_subject_schema", (SUBJECT, 8, TEXT, 4, MEMORY_END - 3)),
]


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize(("function", "arguments"), BAD)
def test_bad_pointers_trap_before_anything_is_asked(function: str, arguments: tuple[int, ...], enabled: bool) -> None:
    registry = OneSchema() if enabled else None
    with pytest.raises(GuestTrap) as caught:
        answers(call(function, *arguments), registry)
    assert caught.value.code == "bad_pointer"
    assert registry is None or not registry.asked


def test_pointers_may_reach_the_very_end() -> None:
    size = len(ENCODED)
    body = call("get_schema_definition", 5, MEMORY_END - size, size) + show(MEMORY_END - size, size)
    body += call("get_schema_definition_len", 5, MEMORY_END - 4)
    assert answers(body, OneSchema()) == [number(size), ENCODED, number(0)]


def test_a_start_section_may_ask() -> None:
    ask = f"(drop (call $get_schema_definition (i32.const 5) (i32.const {OUT}) (i32.const 100)))"
    guest = compile_guest(show(OUT, len(ENCODED)), declarations=f"(func $early {ask}) (start $early)")
    assert values(run(guest, schema_registry=OneSchema())) == [ENCODED]


def test_a_signal_while_the_registry_waits_ends_the_run() -> None:
    class Waiting(OneSchema):
        def definition(self, schema_id: int, pause: Pause) -> Definition:
            signal.raise_signal(signal.SIGINT)
            pause()
            raise AssertionError("the signal was swallowed")

    registry = Waiting()
    with instance(compile_guest(call("get_schema_definition", 5, OUT, 9)), schema_registry=registry) as guest:
        guest.start()
        with pytest.raises(KeyboardInterrupt):
            guest.process(batch(b"x"))
    assert registry.told == []


def test_an_ordinary_error_of_a_signal_handler_is_no_failure_of_the_registry() -> None:
    class Expired(Exception):
        pass

    def handler(*_: Any) -> None:
        raise Expired

    class Waiting(OneSchema):
        def definition(self, schema_id: int, pause: Pause) -> Definition:
            signal.raise_signal(signal.SIGALRM)
            pause()
            return CUSTOMER

    before: Callable[..., Any] | int | None = signal.signal(signal.SIGALRM, handler)
    try:
        with instance(compile_guest(call("get_schema_definition", 5, OUT, 9)), schema_registry=Waiting()) as guest:
            guest.start()
            with pytest.raises(Expired):
                guest.process(batch(b"x"))
    finally:
        signal.signal(signal.SIGALRM, before)


def test_markers_link_and_do_nothing() -> None:
    assert replies(run(compile_guest("(call $check_abi_version_0) (call $reply (i32.const 1))"))) == [1]


def test_varints_of_large_schemas_count_in_bytes() -> None:
    text = "ä" * 10_000
    encoded = encode_definition(Definition(SchemaType.JSON, text))
    assert encoded.startswith(b"\x04" + varint.zigzag(20_000))
    body = call("get_schema_definition_len", 5, OUT) + f"(call $reply (i32.load (i32.const {OUT})))"
    assert answers(body, OneSchema(Definition(SchemaType.JSON, text))) == [number(0), number(len(encoded))]
