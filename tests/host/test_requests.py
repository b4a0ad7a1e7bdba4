"""Deploy and patch requests: what fits the schema, and the texts for what does not."""

import json
from typing import Any

import pytest

from rpkpy.config.host_options import HostOptions
from rpkpy.host.rejection import Rejected
from rpkpy.host.requests import Patch, read_deploy, read_patch
from rpkpy.redpanda.cluster import DeploySpec, StartOffset

MINIMAL = {"name": "n", "input_topic": "i", "output_topics": ["o"]}


def test_a_minimal_deploy() -> None:
    assert read_deploy(MINIMAL) == DeploySpec("n", "i", ("o",), {}, "none", None)


def test_a_full_deploy_and_the_last_of_equal_variables_wins() -> None:
    document = MINIMAL | {
        "environment": [{"key": "A", "value": "1"}, {"value": "2", "key": "A"}],
        "compression": "zstd",
        "offset": {"format": "from_end", "value": 3},
    }
    assert read_deploy(document) == DeploySpec("n", "i", ("o",), {"A": "2"}, "zstd", StartOffset("from_end", 3))


def test_the_hosts_own_options() -> None:
    options = {"on_error": "dlq", "dead_letter_topic": "d", "guarantee": "exactly-once"}
    assert read_deploy(MINIMAL | {"rpkpy": options}).options == HostOptions("dlq", "d", "exactly-once")
    assert read_deploy(MINIMAL | {"rpkpy": {}}).options == HostOptions()
    assert read_patch({"rpkpy": options}) == Patch(options=options)
    wrong: list[Any] = [[], {"on_error": "ignore"}, {"dead_letter_topic": None}, {"attempts": 3}, {"guarantee": True}]
    for bad in wrong:
        for read, document in ((read_deploy, MINIMAL | {"rpkpy": bad}), (read_patch, {"rpkpy": bad})):
            with pytest.raises(Rejected, match="invalid JSON request body"):
                read(document)


def type_error(expected: str, actual: str, at: str = "", rule: str = "") -> dict[str, Any]:
    return {"type": {"expected": [expected], "actual": actual, **place(20, at, rule)}}


def place(code: int, at: str = "", rule: str = "") -> dict[str, Any]:
    return {"errorCode": code, "instanceRef": f"#{at}", "schemaRef": f"#{rule}"}


OFFSET_RULE = "/properties/offset/properties/value"
OUTPUTS_RULE = "/properties/output_topics/items"
COMPRESSION = {"enum": place(19, "/compression", "/properties/compression")}


@pytest.mark.parametrize(
    ("document", "violation"),
    [
        ([], type_error("object", "array")),
        ({}, {"required": {"missing": ["name", "input_topic", "output_topics"], **place(15)}}),
        (MINIMAL | {"extra": 1}, {"additionalProperties": {"disallowed": "extra", **place(16)}}),
        (MINIMAL | {"status": []}, {"additionalProperties": {"disallowed": "status", **place(16)}}),
        (MINIMAL | {"name": None}, type_error("string", "null", "/name", "/properties/name")),
        (MINIMAL | {"output_topics": ["o", 1]}, type_error("string", "integer", "/output_topics/1", OUTPUTS_RULE)),
        (MINIMAL | {"compression": "producer"}, COMPRESSION),
        (MINIMAL | {"compression": "ZSTD"}, COMPRESSION),
        (
            MINIMAL | {"environment": [{"key": "A"}]},
            {"required": {"missing": ["value"], **place(15, "/environment/0", "/properties/environment/items")}},
        ),
        (
            MINIMAL | {"offset": {"format": "from_start", "value": 1.5}},
            type_error("integer", "number", "/offset/value", OFFSET_RULE),
        ),
        (
            MINIMAL | {"offset": {"format": "from_start", "value": True}},
            type_error("integer", "boolean", "/offset/value", OFFSET_RULE),
        ),
    ],
)
def test_schema_violations(document: Any, violation: dict[str, Any]) -> None:
    with pytest.raises(Rejected) as refused:
        read_deploy(document)
    prefix, _, text = refused.value.message.partition("{")
    assert (refused.value.status, prefix) == (400, "invalid JSON request body: ")
    assert json.loads("{" + text) == violation


@pytest.mark.parametrize(
    ("format", "value", "message"),
    [
        ("from_start", -1, "Bad offset: expected value >= 0, got -1"),
        ("timestamp", -(2**63), f"Bad offset: expected value >= 0, got {-(2**63)}"),
        ("timestamp", 9223372036854776, "Bad offset: Timestamp value out of range (9223372036854776)"),
        ("timestamp", 2**63 - 1, f"Bad offset: Timestamp value out of range ({2**63 - 1})"),
    ],
)
def test_bad_offsets(format: str, value: int, message: str) -> None:
    with pytest.raises(Rejected) as refused:
        read_deploy(MINIMAL | {"offset": {"format": format, "value": value}})
    assert (refused.value.status, refused.value.message) == (400, message)


@pytest.mark.parametrize("value", [0, 33276193569000, 9223372036854775])
def test_timestamps_up_to_the_clocks_end_are_taken(value: int) -> None:
    spec = read_deploy(MINIMAL | {"offset": {"format": "timestamp", "value": value}})
    assert spec.offset == StartOffset("timestamp", value)


def test_patches() -> None:
    assert read_patch({}) == Patch()
    assert read_patch({"is_paused": False}) == Patch(paused=False)
    assert read_patch({"env": []}) == Patch(environment={})
    assert read_patch({"env": [{"key": "A", "value": "b"}], "compression": "lz4"}) == Patch(None, {"A": "b"}, "lz4")


@pytest.mark.parametrize("document", [[], "x", 1, None])
def test_a_patch_is_an_object(document: Any) -> None:
    with pytest.raises(Rejected, match="Request body is not a JSON object"):
        read_patch(document)


@pytest.mark.parametrize("document", [{"environment": []}, {"is_paused": "true"}, {"compression": "producer"}])
def test_patch_schema_violations(document: Any) -> None:
    with pytest.raises(Rejected, match="invalid JSON request body: "):
        read_patch(document)
