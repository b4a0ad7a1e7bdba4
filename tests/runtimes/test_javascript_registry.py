"""`@redpanda-data/transform-sdk-sr` against a registry that answers over HTTP: what it finds, registers, refuses."""

import json
from typing import Any

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap, Instance
from tests.fakes.schema_registry import FakeRegistry
from tests.runtimes.live_registry import started
from tests.runtimes.runtime import Program, evaluator, values

pytestmark = pytest.mark.toolchain("javascript")

AVRO = json.dumps({"type": "record", "name": "Customer", "fields": [{"name": "email", "type": "string"}]})
ORDER = json.dumps({"type": "record", "name": "Order", "fields": [{"name": "by", "type": "Customer"}]})
PLAIN_AVRO, PLAIN_ORDER = (json.dumps(json.loads(text), separators=(",", ":")) for text in (AVRO, ORDER))


@pytest.fixture(scope="module")
def program() -> Program:
    return Program(
        evaluator(
            'import * as sr from "@redpanda-data/transform-sdk-sr";\nglobalThis.sr = sr;\n'
            "globalThis.client = sr.newClient();\n"
            f"globalThis.AVRO = {json.dumps(AVRO)};\nglobalThis.ORDER = {json.dumps(ORDER)};\n"
        )
    )


def evaluated(instance: Instance, *expressions: str) -> list[Any]:
    """What the expressions give, as JSON; the text of an exception."""
    said = values(instance, [f"JSON.stringify({expression})" for expression in expressions])
    return [json.loads(text) if text and text[0] in "{[" else text for text in said]


def test_schemas_are_registered_and_found(program: Program) -> None:
    registry = FakeRegistry()
    with started(program, registry) as (instance, server):
        customer = {"schema": PLAIN_AVRO, "format": 0, "references": []}
        order = {
            "schema": PLAIN_ORDER,
            "format": 0,
            "references": [{"name": "Customer", "subject": "customer-é", "version": 1}],
        }
        made, refers, again = evaluated(
            instance,
            'client.createSchema("customer-é", { schema: AVRO, format: sr.SchemaFormat.Avro })',
            'client.createSchema("order", { schema: ORDER, format: sr.SchemaFormat.Avro, references: '
            '[{ name: "Customer", subject: "customer-é", version: 1 }] })',
            'client.createSchema("customer-é", { schema: AVRO, format: sr.SchemaFormat.Avro, references: [] })',
        )
        assert made == again == {"schema": customer, "subject": "customer-é", "version": 1, "id": 1}
        assert refers == {"schema": order, "subject": "order", "version": 1, "id": 2}
        assert registry.subjects == {"customer-é": [1], "order": [2]}
        assert evaluated(instance, "client.lookupSchemaById(1)", "client.lookupSchemaById(2)") == [customer, order]
        asked = len(server.asked)
        assert evaluated(instance, "client.lookupSchemaById(2)") == [order]
        assert len(server.asked) == asked, "a schema with an id never changes"


def test_versions_and_formats(program: Program) -> None:
    with started(program, FakeRegistry()) as (instance, _):
        proto = 'syntax = "proto3"; message O { string e = 1; }'
        evaluated(
            instance,
            'client.createSchema("s", { schema: "\\"string\\"", format: sr.SchemaFormat.Avro })',
            'client.createSchema("s", { schema: "{}", format: sr.SchemaFormat.JSON })',
            f'client.createSchema("p", {{ schema: {json.dumps(proto)}, format: sr.SchemaFormat.Protobuf }})',
        )
        first, second, latest, other = evaluated(
            instance,
            'client.lookupSchemaByVersion("s", 1)',
            'client.lookupSchemaByVersion("s", 2)',
            'client.lookupLatestSchema("s")',
            'client.lookupLatestSchema("p")',
        )
        schema = {"schema": '"string"', "format": 0, "references": []}
        assert first == {"schema": schema, "subject": "s", "version": 1, "id": 1}
        assert second == latest
        assert (latest["version"], latest["id"], latest["schema"]["format"]) == (2, 2, 2)
        assert other["schema"] == {"schema": proto, "format": 1, "references": []}


@pytest.mark.parametrize(
    ("call", "what", "why"),
    [
        ("client.lookupSchemaById(9)", "schema by id", "(9): the registry at"),
        ('client.lookupSchemaByVersion("s", 9)', "schema of a subject", "('s', 9): the registry at"),
        ('client.lookupLatestSchema("gone")', "schema of a subject", "answered 404: Subject 'gone' not found."),
        ('client.createSchema("s", { schema: "{", format: 0 })', "creating a schema", "create_subject_schema('s')"),
        (
            'client.createSchema("s", {schema: "0", format: 0, references: [{ name: "a", subject: "b", version: 1 }]})',
            "creating a schema",
            "create_subject_schema('s')",
        ),
    ],
)  # fmt: skip
def test_what_the_registry_refuses_is_an_exception(program: Program, call: str, what: str, why: str) -> None:
    told: list[str] = []
    with started(program, FakeRegistry(), told) as (instance, _):
        evaluated(instance, 'client.createSchema("s", { schema: "\\"int\\"", format: 0 })')
        assert evaluated(instance, call) == [f"InternalError: schema registry: {what}: not found, or refused (-2)"]
        # and it goes on
        assert evaluated(instance, 'client.lookupLatestSchema("s").id') == ["1"]
    assert why in " ".join(told)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("client.createSchema('s')", "TypeError: "),
        ("client.createSchema('s', { schema: 1, format: 0 })", "TypeError: a record's schema must be a string"),
        ("client.lookupSchemaById({ valueOf() { throw new RangeError('no'); } })", "RangeError: no"),
        ("client.lookupLatestSchema(Symbol('s'))", "TypeError: "),
    ],
)
def test_arguments_that_mean_nothing(program: Program, call: str, said: str) -> None:
    with started(program, FakeRegistry()) as (instance, server):
        assert evaluated(instance, call)[0].startswith(said)
        assert server.asked == []


def test_a_transform_decodes_by_schema_and_a_registry_that_is_down_ends_it() -> None:
    program = Program(
        """
import { onRecordWritten } from "@redpanda-data/transform-sdk";
import { decodeSchemaID, encodeSchemaID, newClient } from "@redpanda-data/transform-sdk-sr";
const client = newClient();
onRecordWritten((event, writer) => {
  const { id, rest } = decodeSchemaID(event.record.value);
  const { schema } = client.lookupSchemaById(id);
  writer.write({ value: encodeSchemaID(id, `${JSON.parse(schema)}: ${new TextDecoder().decode(rest)}`) });
});
"""
    )
    registry = FakeRegistry(schemas=[{"schema": '"int"'}, {"schema": '"long"'}])
    records = [Record(None, b"\0\0\0\0" + bytes((n,)) + b"rest") for n in (2, 1, 2)]
    with started(program, registry) as (instance, _):
        made = instance.process(codec.encode_batch(records)).records[0]
        assert [record.value for record in made] == [
            b"\0\0\0\0\2long: rest",
            b"\0\0\0\0\1int: rest",
            b"\0\0\0\0\2long: rest",
        ]
    with started(program, registry) as (instance, server):
        server.stop()
        with pytest.raises(GuestTrap):
            instance.process(codec.encode_batch(records))
    assert "InternalError: schema registry: schema by id: not found, or refused (-2)" in program.logs[0][1]
    assert "on the record at offset 0 of topic in" in program.logs[0][1]
