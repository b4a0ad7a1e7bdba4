"""What may be deployed beside what: every edge of the broker's rules."""

from collections.abc import Mapping
from typing import Any

import pytest

from rpkpy.config.host_options import HostOptions
from rpkpy.host import rules
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.rejection import (
    INVALID_CREATE,
    INVALID_ENVIRONMENT,
    INVALID_UPDATE,
    TOPIC_NOT_EXISTS,
    Rejected,
)
from rpkpy.host.topology import Snapshot, Topic
from rpkpy.redpanda.cluster import DeploySpec

NAMES = [*"abcdefghijklm", "_schemas", "_rpkpy.transforms", "_redpanda.transform_logs"]
TOPICS = Snapshot(
    {name: Topic(name, name, 1, internal=False) for name in NAMES}
    | {"__consumer_offsets": Topic("__consumer_offsets", "x", 50, internal=True), "gone": None}
)


def deployed(*flows: tuple[str, str]) -> dict[str, Transform]:
    transforms = {}
    for source, outputs in flows:
        name = f"{source}-{outputs}"
        transforms[name] = Transform(
            name, name, source, tuple(outputs), ModuleRef("", 0, 0), Start(None, 0, source, {0: 0})
        )
    return transforms


def refusal(beside: Mapping[str, Transform] | None = None, **changes: Any) -> str | None:
    spec = DeploySpec(**{"name": "n", "input_topic": "a", "output_topics": ("b",)} | changes)
    try:
        rules.check_deploy(spec, beside or {}, TOPICS, max_transforms=3)
    except Rejected as error:
        assert error.status == 400
        return error.message
    return None


def test_a_plain_deploy_passes() -> None:
    assert refusal() is None


@pytest.mark.parametrize(
    ("environment", "fits"),
    [
        ({f"K{i}": "v" for i in range(128)}, True),
        ({f"K{i}": "v" for i in range(129)}, False),
        ({"k" * 128: "v"}, True),
        ({"k" * 129: "v"}, False),
        ({"é" * 64: "v"}, True),
        ({"é" * 65: "v"}, False),
        ({"K": "v" * 2048}, True),
        ({"K": "v" * 2049}, False),
        ({"": "v"}, False),
        ({"K": ""}, False),
        ({"A=B": "v"}, False),
        ({"K": "a=b"}, True),
        ({"REDPANDA_X": "v"}, False),
        ({"redpanda_x": "v"}, True),
        ({"XREDPANDA_": "v"}, True),
        ({"K": "a\nb"}, False),
        ({"K\t": "v"}, False),
        ({"K": "\x7f"}, False),
        ({"K": "\x80"}, True),
        ({"K": "\udcff"}, False),
    ],
)
def test_environment(environment: dict[str, str], fits: bool) -> None:
    assert refusal(environment=environment) == (None if fits else INVALID_ENVIRONMENT)


@pytest.mark.parametrize(
    ("name", "fits"),
    [
        ("", False),
        ("n" * 128, True),
        ("n" * 129, False),
        ("a/b c", True),
        ("a\x00", False),
        ("é" * 64, True),
        ("\udc80", False),
    ],
)
def test_names(name: str, fits: bool) -> None:
    assert refusal(name=name) == (None if fits else INVALID_CREATE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_topic": "gone"}, TOPIC_NOT_EXISTS),
        ({"input_topic": "never heard of"}, TOPIC_NOT_EXISTS),
        ({"output_topics": ("gone",)}, TOPIC_NOT_EXISTS),
        ({"output_topics": ()}, INVALID_CREATE),
        ({"output_topics": tuple("bcdefghi")}, None),
        ({"output_topics": tuple("bcdefghij")}, INVALID_CREATE),
        ({"output_topics": ("b", "c", "b")}, INVALID_CREATE),
        ({"output_topics": ("a",)}, INVALID_CREATE),
        ({"output_topics": ("_schemas",)}, INVALID_CREATE),
        ({"output_topics": ("__consumer_offsets",)}, INVALID_CREATE),
        ({"output_topics": ("_redpanda.audit_log",)}, INVALID_CREATE),
        ({"output_topics": ("_redpanda.transform_logs",)}, INVALID_CREATE),
        ({"output_topics": ("_rpkpy.transforms",)}, INVALID_CREATE),
        ({"input_topic": "__consumer_offsets"}, INVALID_CREATE),
        ({"input_topic": "_rpkpy.transforms"}, INVALID_CREATE),
        ({"input_topic": "_redpanda.transform_logs"}, None),
    ],
)
def test_topics(changes: dict[str, Any], message: str | None) -> None:
    assert refusal(**changes) == message


@pytest.mark.parametrize(
    ("flows", "source", "outputs", "cycle"),
    [
        ([("b", "c")], "a", "b", False),
        ([("b", "a")], "a", "b", True),
        ([("b", "c"), ("c", "da")], "a", "b", True),
        ([("b", "c"), ("c", "d")], "a", "kb", False),
        ([("a", "b")], "a", "b", False),
        ([("b", "c"), ("c", "b")], "a", "b", True),  # not through a, but a search without memory never ends
    ],
)
def test_cycles(flows: list[tuple[str, str]], source: str, outputs: str, cycle: bool) -> None:
    found = refusal(deployed(*flows), input_topic=source, output_topics=tuple(outputs))
    assert found == (INVALID_CREATE if cycle else None)


def test_the_limit_comes_before_the_name_and_after_the_environment() -> None:
    full = deployed(("c", "d"), ("d", "e"), ("e", "f"))
    message = (
        "The limit of transforms has been reached (3), more memory must be configured via "
        "data_transforms_per_core_memory_reservation"
    )
    assert refusal(full, name="") == message
    assert refusal(full, environment={"": ""}) == INVALID_ENVIRONMENT


def test_a_redeploy_keeps_its_topics_in_order_and_is_not_counted() -> None:
    full = deployed(("c", "de"), ("d", "e"), ("e", "f"))
    assert refusal(full, name="c-de", input_topic="c", output_topics=("d", "e")) is None
    assert refusal(full, name="c-de", input_topic="c", output_topics=("e", "d")) == INVALID_UPDATE
    assert refusal(full, name="c-de", input_topic="c", output_topics=("d",)) == INVALID_UPDATE
    assert refusal(full, name="c-de", input_topic="gone", output_topics=("d", "e")) == INVALID_UPDATE
    assert refusal(full, name="c-de", environment={"": "x"}) == INVALID_ENVIRONMENT


def option_refusal(options: dict[str, str], beside: Mapping[str, Transform] | None = None) -> str | None:
    try:
        rules.check_options(HostOptions(**options), "a", beside or {}, TOPICS)
    except Rejected as error:
        assert error.status == 400
        return error.message
    return None


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({}, None),
        ({"on_error": "skip"}, None),
        ({"on_error": "dlq", "dead_letter_topic": "b"}, None),
        ({"on_error": "dlq"}, "Dead-letter topic a.dlq does not exist"),
        ({"on_error": "dlq", "dead_letter_topic": "gone"}, "Dead-letter topic gone does not exist"),
        ({"on_error": "dlq", "dead_letter_topic": "a"}, "Topic a cannot be a dead-letter topic"),
        ({"on_error": "dlq", "dead_letter_topic": "_schemas"}, "Topic _schemas cannot be a dead-letter topic"),
        (
            {"on_error": "dlq", "dead_letter_topic": "_rpkpy.transforms"},
            "Topic _rpkpy.transforms cannot be a dead-letter topic",
        ),
        (
            {"on_error": "dlq", "dead_letter_topic": "__consumer_offsets"},
            "Topic __consumer_offsets cannot be a dead-letter topic",
        ),
        ({"on_error": "skip", "dead_letter_topic": "b"}, "dead_letter_topic goes with on_error dlq"),
    ],
)
def test_options_of_the_host(options: dict[str, str], refusal: str | None) -> None:
    assert option_refusal(options) == refusal


def test_dead_letters_do_not_come_back_through_other_transforms() -> None:
    beside = deployed(("b", "c"), ("c", "a"))
    refused = option_refusal({"on_error": "dlq", "dead_letter_topic": "b"}, beside)
    assert refused == "Topic b cannot be a dead-letter topic"
    assert option_refusal({"on_error": "dlq", "dead_letter_topic": "d"}, beside) is None
