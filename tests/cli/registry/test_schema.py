"""`rpkpy registry schema` and `rpkpy registry subject`."""

import json

import pytest

from tests.cli.harness import Cli

CREATE = ("registry", "schema", "create")
GET = ("registry", "schema", "get")


def test_create_says_what_was_made_and_again_what_is_there(registry: Cli) -> None:
    for _ in range(2):
        outcome = registry(*CREATE, "customer", "--schema", "customer.avsc")
        assert outcome.stdout == "SUBJECT   VERSION  ID  TYPE\ncustomer  1        1   AVRO\n", outcome.err
    second = registry(*CREATE, "customer", "--schema", "wider.avsc", "--format", "json")
    assert json.loads(second.stdout) == {"subject": "customer", "version": 2, "id": 2, "type": "AVRO"}


def test_types_by_name_and_by_flag(registry: Cli) -> None:
    (registry.cwd / "doc.json").write_text('{"type": "object"}')
    (registry.cwd / "plain").write_text('"string"')
    assert "JSON" in registry(*CREATE, "doc", "--schema", "doc.json").stdout
    assert "AVRO" in registry(*CREATE, "doc2", "--schema", "doc.json", "--type", "AVRO").stdout
    assert "AVRO" in registry(*CREATE, "plain", "--schema", "plain", "--type", "avro").stdout
    assert registry(*CREATE, "plain", "--schema", "plain").code == 2
    assert registry(*CREATE, "plain", "--schema", "plain", "--type", "xml").code == 2


def test_get_by_version_by_id_and_by_itself(registry: Cli) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    registry(*CREATE, "customer", "--schema", "wider.avsc")
    registry(*CREATE, "copy", "--schema", "customer.avsc")
    rows = "SUBJECT   VERSION  ID  TYPE\ncustomer  {}        {}   AVRO\n"
    assert registry(*GET, "customer", "--schema-version", "latest").stdout == rows.format(2, 2)
    assert registry(*GET, "customer", "--schema-version", "1").stdout == rows.format(1, 1)
    assert registry(*GET, "customer", "--schema", "wider.avsc").stdout == rows.format(2, 2)
    by_id = json.loads(registry(*GET, "--id", "1", "--format", "json").stdout)
    assert [each["subject"] for each in by_id] == ["customer", "copy"]
    assert registry(*GET, "customer", "--id", "1").stdout == rows.format(1, 1)
    assert registry(*GET, "copy", "--schema", "wider.avsc").code == 6
    assert registry(*GET, "copy", "--id", "2").code == 6
    assert registry(*GET, "--id", "9").code == 6


def test_print_schema(registry: Cli) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    registry(*CREATE, "order", "--schema", "order.proto", "--references", "c.proto:customer:1")
    printed = registry(*GET, "customer", "--schema-version", "1", "--print-schema").stdout
    assert json.loads(printed) == json.loads((registry.cwd / "customer.avsc").read_text())
    assert printed.startswith('{\n  "type": "record",\n')
    order = registry(*GET, "order", "--schema-version", "1", "--print-schema").stdout
    assert order.startswith('syntax = "proto3";\nimport')


@pytest.mark.parametrize(
    "flags",
    [(), ("--id", "1", "--schema-version", "1"), ("--schema-version", "1"), ("--schema", "customer.avsc")],
)
def test_what_to_get_must_be_clear(registry: Cli, flags: tuple[str, ...]) -> None:
    assert registry(*GET, *flags).code == 2


def test_list_and_delete(registry: Cli) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    registry(*CREATE, "customer", "--schema", "wider.avsc")
    registry(*CREATE, "order", "--schema", "customer.avsc")
    listing = ("sr", "schema", "ls")
    rows = [line.split()[:3] for line in registry(*listing).stdout.splitlines()[1:]]
    assert rows == [["customer", "1", "1"], ["customer", "2", "2"], ["order", "1", "1"]]
    delete = ("registry", "schema", "delete", "customer", "--schema-version", "1")
    early = registry(*delete, "--permanent")
    assert (early.code, "Delete it without --permanent first." in early.err) == (6, True)
    assert registry(*delete).stdout == 'Version 1 of "customer" deleted.\n'
    assert registry(*listing, "customer").stdout.split()[4:] == ["customer", "2", "2", "AVRO"]
    assert "customer  1 " in registry(*listing, "customer", "--deleted").stdout
    gone = registry(*delete, "--permanent", "--format", "json")
    assert json.loads(gone.stdout) == {"subject": "customer", "version": "1"}
    assert "customer  1 " not in registry(*listing, "customer", "--deleted").stdout


def test_a_subject_that_is_not_there_has_its_row(registry: Cli) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    outcome = registry("registry", "schema", "list", "customer", "nobody", "--format", "json")
    assert outcome.code == 6
    assert json.loads(outcome.stdout) == [
        {"subject": "customer", "version": 1, "id": 1, "type": "AVRO"},
        {"subject": "nobody", "error": "Subject 'nobody' not found."},
    ]


def test_subjects(registry: Cli) -> None:
    for subject in ("order", "customer/a b"):
        registry(*CREATE, subject, "--schema", "customer.avsc")
    assert registry("registry", "subject", "list").stdout == "customer/a b\norder\n"
    delete = ("registry", "subject", "delete", "order")
    early = registry(*delete, "nobody", "--permanent")
    assert early.code == 6
    assert "was not deleted first" in early.stdout and "'nobody' not found" in early.stdout
    assert registry(*delete).stdout.splitlines()[1].split() == ["order", "[1]"]
    assert registry("registry", "subject", "list", "--format", "json").stdout == '["customer/a b"]\n'
    assert "order" in registry("registry", "subject", "list", "--deleted").stdout
    assert registry(*delete, "--permanent").code == 0
    assert "order" not in registry("registry", "subject", "list", "--deleted").stdout


def test_compatibility_is_said_with_the_exit_code(registry: Cli) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    check = ("registry", "schema", "check-compatibility", "customer", "--schema-version", "latest", "--schema")
    assert registry(*check, "wider.avsc").stdout == "Schema is compatible.\n"
    outcome = registry(*check, "stricter.avsc")
    assert (outcome.code, outcome.stdout.splitlines()) == (
        3,
        ["Schema is not compatible.", "READER_FIELD_MISSING_DEFAULT_VALUE: age"],
    )
    as_json = registry(*check, "stricter.avsc", "--format", "json")
    assert json.loads(as_json.stdout)["compatible"] is False
    refused = registry(*CREATE, "customer", "--schema", "stricter.avsc")
    assert (refused.code, "check-compatibility" in refused.err) == (6, True)


def test_references(registry: Cli) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    (registry.cwd / "refs.txt").write_text("c.proto customer 1\n")
    (registry.cwd / "refs.json").write_text('[{"name": "c.proto", "subject": "customer", "version": 1}]')
    for number, references in enumerate(("c.proto:customer:1", "refs.txt", "refs.json")):
        outcome = registry(*CREATE, f"order{number}", "--schema", "order.proto", "--references", references)
        assert outcome.code == 0, outcome.err
    using = registry("registry", "schema", "references", "customer", "--schema-version", "1", "--format", "json")
    assert {each["subject"] for each in json.loads(using.stdout)} == {"order0", "order1", "order2"}
    kept = registry("registry", "schema", "delete", "customer", "--schema-version", "1")
    assert (kept.code, "schema references" in kept.err) == (6, True)
    missing = registry(*CREATE, "order", "--schema", "order.proto", "--references", "c.proto:nobody:1")
    assert missing.code == 6
    assert registry(*CREATE, "order", "--schema", "order.proto", "--references", "c.proto:1").code == 2
    assert registry(*CREATE, "order", "--schema", "order.proto", "--references", "none.txt").code == 2


def test_a_name_of_a_reference_may_be_a_url() -> None:
    from rpkpy.cli.registry.schema_file import references_of
    from rpkpy.redpanda.registry.schemas import Reference

    found = references_of(None, "https://example.com:8080/a.json:doc:3,b:c:1")  # type: ignore[arg-type]
    assert found == (Reference("https://example.com:8080/a.json", "doc", 3), Reference("b", "c", 1))


@pytest.mark.parametrize(
    ("version", "code"), [("", 2), ("first", 2), ("-2", 2), ("1.5", 2), ("0", 6), ("7", 6), ("-1", 0), ("latest", 0)]
)
def test_versions(registry: Cli, version: str, code: int) -> None:
    registry(*CREATE, "customer", "--schema", "customer.avsc")
    flags = ("--schema-version", version, "--schema", "customer.avsc")
    assert registry("registry", "schema", "check-compatibility", "customer", *flags).code == code


def test_files_that_are_no_schema(registry: Cli) -> None:
    (registry.cwd / "bytes.avsc").write_bytes(b"\xff\xfe")
    (registry.cwd / "wrong.avsc").write_text("{")
    assert registry(*CREATE, "c", "--schema", "bytes.avsc").code == 3
    wrong = registry(*CREATE, "c", "--schema", "wrong.avsc")
    assert (wrong.code, "Check the schema's text" in wrong.err) == (6, True)
    assert registry(*CREATE, "c", "--schema", "none.avsc").code == 2
    assert registry(*CREATE, "c", "--schema", ".").code == 2
    assert registry(*CREATE, "c").code == 2
    assert registry(*CREATE, "", "--schema", "customer.avsc").code == 2
