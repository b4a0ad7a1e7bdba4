"""`redpanda_schema_registry` against a registry that answers over HTTP: what it finds, registers, refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap, Instance
from tests.fakes.schema_registry import FakeRegistry
from tests.runtimes.live_registry import started
from tests.runtimes.micropython import Program

pytestmark = pytest.mark.toolchain("python")

NO_SUCH = "OSError: the schema registry has no such schema, or refused it"
AVRO = '{"type":"record","name":"Customer","fields":[{"name":"email","type":"string"}]}'
ORDER = '{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}'
PROTO = 'syntax = "proto3"; message O { string é = 1; }'

# Evaluates each record's value and writes the result as JSON, an exception as text.
EVALUATOR = """
from redpanda_schema_registry import *
from redpanda_transform import on_record_written, to_json

client = SchemaRegistryClient()

def shown(found):
    if isinstance(found, Schema):
        references = [[one.name, one.subject, one.version] for one in found.references]
        return [found.text, found.format, references]
    if isinstance(found, SubjectSchema):
        return [found.subject, found.id, found.version, shown(found.schema)]
    return found

@on_record_written
def transform(event, writer):
    try:
        writer.write(value=to_json(shown(eval(event.record.text()))))
    except Exception as error:
        writer.write(value=to_json("%s: %s" % (type(error).__name__, error)))
"""


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    yield Program(EVALUATOR)


def evaluated(instance: Instance, *expressions: str) -> list[Any]:
    """What the expressions give; the text of an exception."""
    output = instance.process(codec.encode_batch([Record(None, text.encode()) for text in expressions]))
    return [json.loads(record.value or b"") for record in output.records[0]]


def test_schemas_are_registered_and_found(program: Program) -> None:
    registry = FakeRegistry()
    customer, order = [AVRO, 0, []], [ORDER, 0, [["Customer", "customer-é", 1]]]
    with started(program, registry) as (instance, server):
        made, refers, again = evaluated(
            instance,
            f"client.create_schema('customer-é', Schema({AVRO!r}))",
            f"client.create_schema('order', Schema({ORDER!r}, AVRO, [Reference('Customer', 'customer-é', 1)]))",
            f"client.create_schema('customer-é', Schema({AVRO!r}))",
        )
        assert made == again == ["customer-é", 1, 1, customer]
        assert refers == ["order", 2, 1, order]
        assert registry.subjects == {"customer-é": [1], "order": [2]}
        assert evaluated(instance, "client.schema_by_id(1)", "client.schema_by_id(2)") == [customer, order]
        asked = len(server.asked)
        assert evaluated(instance, "client.schema_by_id(2)") == [order]
        assert len(server.asked) == asked, "a schema with an id never changes"


def test_versions_and_formats(program: Program) -> None:
    with started(program, FakeRegistry()) as (instance, _):
        evaluated(
            instance,
            "client.create_schema('s', Schema('\"string\"'))",
            "client.create_schema('s', Schema('{}', JSON))",
            f"client.create_schema('p', Schema({PROTO!r}, PROTOBUF))",
        )
        assert evaluated(
            instance,
            "client.schema_by_version('s', 1)",
            "client.schema_by_version('s', 2)",
            "client.latest_schema('s')",
            "client.schema_by_version('s', LATEST)",
            "client.latest_schema('p').schema",
        ) == [["s", 1, 1, ['"string"', 0, []]], *[["s", 2, 2, ["{}", 2, []]]] * 3, [PROTO, 1, []]]


def test_a_schema_as_large_as_a_few_hundred_fields(program: Program) -> None:
    """Its size is a varint of three bytes, and it passes the guest's memory both ways."""
    fields = [{"name": f"field_{n}", "type": "string"} for n in range(600)]
    text = json.dumps({"type": "record", "name": "Wide", "fields": fields}, separators=(",", ":"))
    registry = FakeRegistry(schemas=[{"schema": text}], subjects={"wide": [1]})
    with started(program, registry) as (instance, _):
        assert evaluated(instance, "client.schema_by_id(1)") == [[text, 0, []]]
        copied = "client.create_schema('copy', client.latest_schema('wide').schema)"
        assert evaluated(instance, copied) == [["copy", 1, 1, [text, 0, []]]]
    assert registry.subjects == {"wide": [1], "copy": [1]}


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("client.schema_by_id(9)", "(9): the registry at"),
        ("client.schema_by_version('s', 9)", "('s', 9): the registry at"),
        ("client.latest_schema('gone')", "answered 404: Subject 'gone' not found."),
        ("client.create_schema('s', Schema('{'))", "create_subject_schema('s')"),
        ("client.create_schema('s', Schema('0', AVRO, [Reference('a', 'b', 1)]))", "create_subject_schema('s')"),
    ],
)
def test_what_the_registry_refuses_is_an_exception(program: Program, call: str, why: str) -> None:
    told: list[str] = []
    with started(program, FakeRegistry(), told) as (instance, _):
        evaluated(instance, "client.create_schema('s', Schema('\"int\"'))")
        assert evaluated(instance, call, "client.latest_schema('s').id") == [NO_SUCH, 1]  # and it goes on
    assert why in " ".join(told)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("client.create_schema('s', '{}')", "TypeError: create_schema takes a Schema, not str"),
        ("client.create_schema('s', Schema(1))", "TypeError: a schema's text and names are str, not int"),
        ("client.schema_by_id('1')", "TypeError: "),
        ("client.schema_by_id(2 ** 40)", "OverflowError: "),
        ("client.latest_schema(None)", "TypeError: "),
        ("decode_schema_id(b'1234')", "ValueError: a schema id takes 5 bytes, there are 4"),
        ("decode_schema_id(b'12345')", "ValueError: the data begins with 49"),
    ],
)
def test_arguments_that_mean_nothing(program: Program, call: str, said: str) -> None:
    with started(program, FakeRegistry()) as (instance, server):
        assert evaluated(instance, call)[0].startswith(said)
        assert server.asked == []


def test_without_a_registry_it_is_told(program: Program) -> None:
    with program.start() as instance:
        assert (
            evaluated(instance, "client.schema_by_id(1)", "client.create_schema('s', Schema('0'))")
            == ["OSError: the cluster's schema registry is not enabled"] * 2
        )


def test_a_transform_decodes_by_schema_and_a_registry_that_is_down_ends_it() -> None:
    program = Program("""
import json
from redpanda_schema_registry import SchemaRegistryClient, decode_schema_id, encode_schema_id
from redpanda_transform import on_record_written

client = SchemaRegistryClient()

@on_record_written
def transform(event, writer):
    id, rest = decode_schema_id(event.record.value)
    name = json.loads(client.schema_by_id(id).text)
    writer.write(value=encode_schema_id(id, name.encode() + b": " + rest))
""")
    registry = FakeRegistry(schemas=[{"schema": '"int"'}, {"schema": '"long"'}])
    records = [Record(None, b"\0\0\0\0" + bytes((n,)) + b"rest") for n in (2, 1, 2)]
    with started(program, registry) as (instance, _):
        made = instance.process(codec.encode_batch(records)).records[0]
        names = (b"\2long", b"\1int", b"\2long")
        assert [record.value for record in made] == [b"\0\0\0\0" + name + b": rest" for name in names]
    with started(program, registry) as (instance, server):
        server.stop()
        with pytest.raises(GuestTrap):
            instance.process(codec.encode_batch(records))
    report = program.logs[-1][1]
    assert NO_SUCH in report and "at offset 0 of topic in" in report
