"""Schema registries out of files."""

import json
from pathlib import Path

import pytest

from rpkpy.engine.schema_registry import Definition, Reference, SchemaNotAvailable, SchemaType, SubjectSchema
from rpkpy.errors import ProjectError
from rpkpy.project.schemas import FixtureRegistry, canonical, load

TEXT = """\
schemas:
  - subject: customer
    schema: '{ "type": "string" }'
  - subject: order
    version: 3
    id: 12
    type: avro
    schema:
      type: record
      name: Order
      fields: [{name: by, type: Customer}]
    references: [{name: Customer, subject: customer, version: 1}]
  - subject: event
    type: protobuf
    file: event.proto
  - {subject: order, schema: '"long"'}
"""
STRING = Definition(SchemaType.AVRO, '{"type":"string"}')


def nothing() -> None:
    """No signal is waited for."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schemas.yaml").write_text(TEXT)
    (tmp_path / "event.proto").write_text('syntax = "proto3";\nmessage E {}\n')
    return tmp_path


def test_a_file_of_every_kind(folder: Path) -> None:
    registry = load(folder / "schemas.yaml")
    assert registry.subject_schema("customer", None, nothing) == SubjectSchema(1, 1, STRING)
    order = registry.subject_schema("order", 3, nothing)
    assert (order.id, order.version) == (12, 3)
    assert order.definition == Definition(
        SchemaType.AVRO,
        '{"type":"record","name":"Order","fields":[{"name":"by","type":"Customer"}]}',
        (Reference("Customer", "customer", 1),),
    )
    assert registry.definition(12, nothing) == order.definition
    event = registry.subject_schema("event", None, nothing)
    assert event.definition == Definition(SchemaType.PROTOBUF, 'syntax = "proto3";\nmessage E {}\n')
    assert (event.id, event.version) == (13, 1)
    latest = registry.subject_schema("order", None, nothing)
    assert (latest.version, latest.definition.text) == (4, '"long"')


def test_json_with_tabs(tmp_path: Path) -> None:
    data = {"schemas": [{"subject": "s", "type": "JSON", "schema": {"type": "object"}}]}
    (tmp_path / "s.json").write_text(json.dumps(data, indent="\t"))
    found = load(tmp_path / "s.json").subject_schema("s", 1, nothing)
    assert found.definition == Definition(SchemaType.JSON, '{"type":"object"}')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "describes no schema registry"),
        ("schemas: 5", "describes no schema registry"),
        ("schemas: []\nmore: 1", "describes no schema registry"),
        ("schemas: [x]", "schema 1 is not a mapping"),
        ("schemas: [{subject: s, scheme: '1'}]", "`scheme` is no key"),
        ("schemas: [{schema: '1'}]", "`subject` must be a text"),
        ("schemas: [{subject: s}]", "give `schema` or `file`"),
        ("schemas: [{subject: s, schema: '1', file: f}]", "give `schema` or `file`"),
        ("schemas: [{subject: s, schema: 5}]", "`schema` must be a text"),
        ("schemas: [{subject: s, schema: {a: 2020-01-01}}]", "not what JSON can hold"),
        ("schemas: [{subject: s, schema: 'string'}]", "the schema is not JSON"),
        ("schemas: [{subject: s, type: xml, schema: '1'}]", "`type` cannot be 'xml'"),
        ("schemas: [{subject: s, type: 1, schema: '1'}]", "`type` cannot be 1"),
        ("schemas: [{subject: s, version: 0, schema: '1'}]", "`version` must be a positive"),
        ("schemas: [{subject: s, id: 2147483648, schema: '1'}]", "`id` must be a positive"),
        ("schemas: [{subject: s, id: true, schema: '1'}]", "`id` must be a positive"),
        ("schemas: [{subject: s, file: none.avsc}]", "none.avsc cannot be read"),
        ("schemas: [{subject: s, schema: '1', references: [{name: n, subject: o}]}]", "o version 1 is unknown"),
        ("schemas: [{subject: s, schema: '1', references: [5]}]", "`references` must be a list"),
        ("schemas: [{subject: s, id: 1, schema: '1'}, {subject: t, id: 1, schema: '2'}]", "another schema"),
        ("schemas: [{subject: s, id: 1, schema: '1'}, {subject: t, id: 2, schema: '1'}]", "has the id 1"),
        ("schemas: [{subject: s, version: 1, schema: '1'}, {subject: s, version: 1, schema: '2'}]", "given twice"),
        ("schemas: [\n", "s.yaml:2:1: this is not YAML"),
        ("a: &a [1]\nb: *a\n", "s.yaml:2:4: aliases"),
        ("schemas:\n- ? [[a]]\n", "s.yaml:2:5: a list or a mapping as a key"),
        ("schemas: [{subject: s, schema: {[a]: 1}}]", "s.yaml:1:33: a list or a mapping as a key"),
        ("[" * 100 + "]" * 100, "more than 64 levels"),
        ("\x00", "not YAML"),
    ],
)
def test_files_that_are_wrong_name_the_place(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "s.yaml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        load(tmp_path / "s.yaml", "s.yaml")
    assert words in caught.value.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "s.json").write_bytes(b"{")
    with pytest.raises(ProjectError, match="is not JSON"):
        load(tmp_path / "s.json")
    (tmp_path / "s.json").write_bytes(b"\xff")
    with pytest.raises(ProjectError, match="not UTF-8"):
        load(tmp_path / "s.json")
    (tmp_path / "s.json").write_bytes(b" " * (4 * 1024 * 1024 + 1))
    with pytest.raises(ProjectError, match="larger than 4 MiB"):
        load(tmp_path / "s.json")


def test_registering_is_idempotent_and_ids_are_shared_between_subjects() -> None:
    registry = FixtureRegistry()
    assert registry.create("a", Definition(SchemaType.AVRO, '{"type": "string"}'), nothing) == 1
    assert registry.create("a", STRING, nothing) == 1
    assert registry.create("a", Definition(SchemaType.AVRO, '"long"'), nothing) == 2
    assert registry.create("b", STRING, nothing) == 1
    assert registry.subject_schema("a", None, nothing).version == 2
    assert registry.subject_schema("b", None, nothing) == SubjectSchema(1, 1, STRING)
    # The same text as another type is another schema.
    assert registry.create("b", Definition(SchemaType.JSON, STRING.text), nothing) == 3


@pytest.mark.parametrize(
    ("subject", "definition"),
    [
        ("", STRING),
        ("s", Definition(SchemaType.AVRO, "")),
        ("s", Definition(SchemaType.JSON, "NaN")),
        ("s", Definition(SchemaType.JSON, "[" * 100_000)),
        ("s", Definition(SchemaType.PROTOBUF, " ")),
        ("s", Definition(SchemaType.AVRO, "1", (Reference("n", "gone", 1),))),
    ],
)
def test_what_is_refused_leaves_nothing(subject: str, definition: Definition) -> None:
    registry = FixtureRegistry()
    with pytest.raises(SchemaNotAvailable):
        registry.create(subject, definition, nothing)
    with pytest.raises(SchemaNotAvailable, match="no such subject"):
        registry.subject_schema(subject, None, nothing)
    with pytest.raises(SchemaNotAvailable, match="no schema with id 1"):
        registry.definition(1, nothing)


def test_unknown_versions() -> None:
    registry = FixtureRegistry()
    registry.create("s", STRING, nothing)
    for version in (0, 2, -5):
        with pytest.raises(SchemaNotAvailable, match="no such version"):
            registry.subject_schema("s", version, nothing)


def test_canonical_texts_stay_as_they_are() -> None:
    once = canonical(SchemaType.AVRO, '{ "name":\t"ä", "fields": [ ] }')
    assert once == '{"name":"ä","fields":[]}' == canonical(SchemaType.AVRO, once)
