"""`rpkpy topic produce` and `consume` by the schemas of a registry."""

import json
import sys
from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli, Outcome
from tests.fakes.schema_registry import FakeRegistry
from tests.kafka.fixture import TestKafka
from tests.redpanda.loopback import Loopback, Reply, always, serving

CUSTOMER = {"type": "record", "name": "Customer", "fields": [{"name": "id", "type": "int"}]}
PERSON = {
    "type": "object",
    "properties": {"age": {"type": "integer"}, "home": {"$ref": "address.json"}},
    "required": ["age"],
}
ORDER = 'syntax = "proto3"; message Line { int32 n = 1; } message Order { repeated Line lines = 1; }'


def schema(text: object, kind: str = "", *references: tuple[str, str, int]) -> dict[str, object]:
    """A schema as the fake holds it."""
    data: dict[str, object] = {"schema": text if isinstance(text, str) else json.dumps(text)}
    if kind:
        data["schemaType"] = kind
    if references:
        data["references"] = [{"name": name, "subject": subject, "version": n} for name, subject, n in references]
    return data


@pytest.fixture
def fake() -> FakeRegistry:
    """Ids: 1 Avro, 2 JSON Schema that refers to 3, 4 Protobuf, 5 Avro that refers to 1, 6 refers to itself."""
    owner = {"type": "record", "name": "Owner", "fields": [{"name": "who", "type": "Customer"}]}
    return FakeRegistry(
        schemas=[
            schema(CUSTOMER),
            schema(PERSON, "JSON", ("address.json", "address", 1)),
            schema({"type": "object", "required": ["street"]}, "JSON"),
            schema(ORDER, "PROTOBUF"),
            schema(owner, "", ("Customer", "customer", 1)),
            schema(CUSTOMER, "", ("loop", "loop", 1)),
        ],
        subjects={"customer": [1], "address": [3], "loop": [6]},
    )


@pytest.fixture
def server(fake: FakeRegistry) -> Iterator[Loopback]:
    with serving(fake) as server:
        yield server


@pytest.fixture
def both(on_kafka: Cli, server: Loopback) -> Cli:
    """The command line with the broker and the registry."""
    on_kafka.env["RPK_REGISTRY_HOSTS"] = server.address
    return on_kafka


def produce(cli: Cli, topic: str, stdin: bytes, *flags: str) -> Outcome:
    return cli("topic", "produce", topic, *flags, stdin=stdin)


def consume(cli: Cli, topic: str, *flags: str, format: str = "%k=%v\\n") -> Outcome:
    return cli("topic", "consume", topic, "-o", ":end", "-f", format, *flags)


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("flags", "text", "data"),
    [
        (("--schema-id", "1"), b'{"id":5}', b"\x00\x00\x00\x00\x01\x0a"),
        (
            ("--schema-id", "2"),
            b'{"age":5,"home":{"street":"x"}}',
            b"\x00\x00\x00\x00\x02" + b'{"age":5,"home":{"street":"x"}}',
        ),
        (
            ("--schema-id", "4", "--schema-type", "Order"),
            b'{"lines":[{"n":1}]}',
            b"\x00\x00\x00\x00\x04\x02\x02\x0a\x02\x08\x01",
        ),
        (("--schema-id", "5"), b'{"who":{"id":-1}}', b"\x00\x00\x00\x00\x05\x01"),
    ],
)
def test_values_go_there_and_back(
    both: Cli, kafka: TestKafka, flags: tuple[str, ...], text: bytes, data: bytes
) -> None:
    topic = kafka.topic()
    outcome = produce(both, topic, text + b"\n", *flags)
    assert outcome.code == 0, outcome.err
    assert consume(both, topic, format="%v{hex}").stdout == data.hex()
    decoded = consume(both, topic, "--use-schema-registry", format="%v\\n")
    assert (decoded.out, decoded.err, decoded.code) == (text + b"\n", "", 0)


@pytest.mark.kafka
def test_keys_by_the_topics_own_subject_and_json_over_lines(
    both: Cli, fake: FakeRegistry, kafka: TestKafka, server: Loopback
) -> None:
    topic = kafka.topic()
    fake.schemas.append(schema("string"))
    fake.schemas[-1]["schema"] = '"string"'
    fake.subjects |= {f"{topic}-key": [7], f"{topic}-value": [1]}
    stdin = b'"a" {\n  "id": 1\n}\n"b" {"id": 2}\n'
    outcome = produce(both, topic, stdin, "-f", "%k %v\\n", "--schema-id=topic", "--schema-key-id=TOPIC")
    assert outcome.code == 0, outcome.err
    assert len(server.asked) == 2  # each schema once, however many records
    server.asked.clear()
    assert consume(both, topic, "--use-schema-registry").stdout == '"a"={"id":1}\n"b"={"id":2}\n'
    assert len(server.asked) == 2
    values = consume(both, topic, "--use-schema-registry=value", format="%k{hex}=%v\\n")
    assert values.stdout == '00000000070261={"id":1}\n00000000070262={"id":2}\n'
    shown = both("topic", "consume", "--use-schema-registry", topic, "-n", "1", "--pretty-print=false")
    assert json.loads(shown.stdout)["value"] == '{"id":1}'


@pytest.mark.kafka
def test_tombstones_stay_tombstones(both: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    lines = b'{"key": "k", "value": null}\n{"key": "k", "value": "{\\"id\\": 3}"}\n'
    assert produce(both, topic, lines, "-f", "json", "--schema-id", "1").code == 0
    assert consume(both, topic, "--use-schema-registry=v").stdout == 'k=\nk={"id":3}\n'


@pytest.mark.kafka
def test_what_cannot_be_decoded_stands_on_standard_error_as_it_is(
    both: Cli, kafka: TestKafka, server: Loopback
) -> None:
    topic = kafka.topic()
    hexes = b"\n".join((b"7b7d", b"0000000063aa", b"0000000063bb", b"0000000001", b"000000000104", b"1b5b326d"))
    assert produce(both, topic, hexes, "-f", "%v{hex}\\n").code == 0
    seen = consume(both, topic, "--use-schema-registry=value", format="%v\\n")
    assert (seen.code, seen.stdout) == (0, '{"id":2}\n')
    assert "partition 0, offset 0 cannot be decoded by a schema: It does not begin with a schema's id" in seen.err
    assert "{}\n" in seen.err and "\x1b" not in seen.err
    assert "5 records could not be decoded; they stand above as they are; -v says why of each." in seen.err
    assert seen.err.count("cannot be decoded") == 1
    assert len([asked for asked in server.asked if asked.path == "/schemas/ids/99"]) == 1
    verbose = consume(both, topic, "--use-schema-registry=value", "-v", format="%v\\n").err
    assert "offset 1 cannot be decoded by a schema" in verbose and "Schema 99 not found" in verbose
    assert "offset 3 cannot be decoded by a schema: No whole number" in verbose


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("flags", "stdin", "code", "said"),
    [
        (("--schema-id", "99"), b"{}", 6, "Schema 99 not found"),
        (("--schema-id", "topic"), b"{}", 6, "-value' not found"),
        (
            ("--schema-id", "1"),
            b'{"id":1}\n{"id":"x"}',
            3,
            'Record 2: the value cannot be encoded: "x" is not of the type int',
        ),
        (("--schema-id", "1"), b"no", 3, "Record 1: %v is not JSON"),
        (("--schema-id", "2"), b'{"age":"x"}', 3, "'x' is not of type 'integer'"),
        (("--schema-id", "2"), b'{"age":1,"home":{}}', 3, "'street' is a required property"),
        (("--schema-id", "4"), b"{}", 2, "It has Line, Order."),
        (("--schema-id", "4", "--schema-type", "None"), b"{}", 2, 'no message "None"'),
        (("--schema-id", "1", "--schema-type", "x"), b"{}", 2, "of the type AVRO"),
        (("--schema-id", "6"), b"{}", 3, "A schema refers to itself"),
    ],
)
def test_what_cannot_be_encoded(
    both: Cli, kafka: TestKafka, flags: tuple[str, ...], stdin: bytes, code: int, said: str
) -> None:
    outcome = produce(both, kafka.topic(), stdin, *flags)
    assert (outcome.code, said in outcome.err) == (code, True), outcome.err


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Reply(401, {"error_code": 40101, "message": "Unauthorized"}), 4),
        (Reply(200, {"no": "schema"}), 5),
        (Reply(closed=True), 5),
    ],
)
def test_a_registry_that_gives_no_schema_ends_both(both: Cli, kafka: TestKafka, answer: Reply, code: int) -> None:
    topic = kafka.topic()
    assert produce(both, topic, b'{"id":1}', "--schema-id", "1").code == 0
    with serving(lambda asked: answer) as down:
        both.env["RPK_REGISTRY_HOSTS"] = down.address
        assert produce(both, topic, b'{"id":1}', "--schema-id", "1").code == code
        assert consume(both, topic, "--use-schema-registry").code == code


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("package", "schema_id", "text"), [("jsonschema", "2", b'{"age":1}'), ("google.protobuf", "4", b"{}")]
)
def test_a_missing_extra_is_named(
    both: Cli, kafka: TestKafka, monkeypatch: pytest.MonkeyPatch, package: str, schema_id: str, text: bytes
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    outcome = produce(both, kafka.topic(), text, "--schema-id", schema_id)
    assert (outcome.code, 'pip install "rpkpy[schema]"' in outcome.err) == (2, True), outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("produce", "t", "--schema-id", "one"),
        ("produce", "t", "--schema-id", "-1"),
        ("produce", "t", "--schema-key-id", "9999999999"),
        ("produce", "t", "--schema-type", "Order"),
        ("produce", "t", "--schema-key-type", "Order"),
        ("consume", "t", "--use-schema-registry=header"),
        ("consume", "t", "--use-schema-registry="),
        ("consume", "--use-schema-registry"),
    ],
)
def test_flags_that_cannot_be_meant(cli: Cli, arguments: tuple[str, ...]) -> None:
    with serving(always(500)) as server:
        cli.env["RPK_REGISTRY_HOSTS"] = server.address
        assert cli("topic", *arguments, stdin=b"{}\n").code == 2
        assert server.asked == []
