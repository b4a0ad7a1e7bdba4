"""`rpkpy cluster health`."""

import json

import pytest

from rpkpy.cli.cluster import health
from tests.cli.harness import Cli
from tests.fakes.cluster_config import HEALTHY, FakeClusterConfig

DOWN = HEALTHY | {
    "is_healthy": False,
    "unhealthy_reasons": ["nodes_down"],
    "nodes_down": [0],
    "leaderless_partitions": ["kafka/customer/0"],
    "leaderless_count": 200,
}


def test_a_healthy_cluster(cli: Cli, fake: FakeClusterConfig) -> None:
    outcome = cli("cluster", "health")
    assert outcome.code == 0, outcome.err
    lines = dict(line.split(":", 1) for line in outcome.stdout.splitlines()[2:])
    assert {name: value.strip() for name, value in lines.items()} == {
        "Healthy": "true",
        "Unhealthy reasons": "[]",
        "Controller ID": "1",
        "All nodes": "[0 1]",
        "Nodes down": "[]",
        "Nodes in recovery mode": "[]",
        "Nodes with high disk usage": "[]",
        "Leaderless partitions (0)": "[]",
        "Under-replicated partitions (0)": "[]",
    }


def test_one_that_is_not_is_told_by_the_exit_code(cli: Cli, fake: FakeClusterConfig) -> None:
    fake.health = [DOWN]
    outcome = cli("cluster", "health")
    assert (outcome.code, "Leaderless partitions (200):" in outcome.stdout) == (1, True)
    assert json.loads(cli("cluster", "health", "--format", "json").stdout)["unhealthy_reasons"] == ["nodes_down"]


def test_watch_shows_changes_until_it_is_healthy(
    cli: Cli, fake: FakeClusterConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_INTERVAL_S", 0)
    fake.health = [DOWN, DOWN, DOWN | {"nodes_down": []}, HEALTHY]
    outcome = cli("cluster", "health", "-w", "-e", "--format", "json")
    assert outcome.code == 0
    shown = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [(each["is_healthy"], each["nodes_down"]) for each in shown] == [(False, [0]), (False, []), (True, [])]
