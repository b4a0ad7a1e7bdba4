"""`rpkpy cluster` against rpkpy's own host: what it answers, and what it says to the rest."""

import json
from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli
from tests.host.harness import Api, running_host
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def host(kafka: TestKafka) -> Iterator[Api]:
    with running_host(kafka.settings) as api:
        yield api


@pytest.fixture
def rpkpy(on_kafka: Cli, host: Api) -> Cli:
    on_kafka.env["RPK_ADMIN_HOSTS"] = host.url.removeprefix("http://")
    return on_kafka


def test_its_health_and_its_limits(rpkpy: Cli) -> None:
    assert rpkpy("cluster", "health").code == 0
    assert rpkpy("cluster", "config", "get", "data_transforms_enabled").stdout == "true\n"
    listed = json.loads(rpkpy("cluster", "config", "list", "--filter", "memory_limit", "--format", "json").stdout)
    assert listed == {"data_transforms_per_function_memory_limit": 2097152}


@pytest.mark.parametrize(
    "command",
    [("set", "data_transforms_enabled", "false"), ("status",), ("export",), ("list", "--format", "wide")],
)
def test_what_it_has_not_is_refused_with_the_way_to_it(rpkpy: Cli, command: tuple[str, ...]) -> None:
    outcome = rpkpy("cluster", "config", *command)
    assert (outcome.code, outcome.out) == (6, b"")
    assert "rpkpy host run" in outcome.err and "rpkpy topic alter-config" in outcome.err


def test_get_explains_without_a_schema(rpkpy: Cli) -> None:
    outcome = rpkpy("cluster", "config", "get", "data_transforms_per_function_memory_limit", "--explain")
    assert (outcome.code, outcome.stdout) == (0, "2097152\n"), outcome.err
    assert "Memory that a transform has on a core" in outcome.err
