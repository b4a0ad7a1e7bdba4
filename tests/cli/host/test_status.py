"""`rpkpy host status`: what hosts tell in their topics. Workers in processes of their own are in tests/host."""

import json

import pytest

from tests.cli.harness import Cli
from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import QUICK, eventually, running_host
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

LONG = "a-transform-with-a-name-that-is-longer-than-any-table-wants"


def test_hosts_workers_and_partitions(cli: Cli, kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=2), kafka.topic()
    command = ("host", "status", "-X", f"brokers={kafka.bootstrap}")
    with running_host(kafka.settings, timing=QUICK, node_id=7) as api:
        assert api.deploy(LONG, source, [target], guests.wasm()).status_code == 200
        assert api.deploy("paused", source, [target], guests.wasm()).status_code == 200
        assert api.patch("paused", is_paused=True).status_code == 200

        def states() -> list[tuple[str, int, str]]:
            found = json.loads(cli(*command, "--format", "json").stdout)["partitions"]
            return [(each["transform"], each["partition"], each["state"]) for each in found]

        expected = [(LONG, 0, "running"), (LONG, 1, "running"), ("paused", 0, "inactive"), ("paused", 1, "inactive")]
        assert eventually(lambda: states() == expected)
        (worker,) = json.loads(cli(*command, "--format", "json").stdout)["workers"]
        assert (worker["node_id"], worker["partitions"]) == (7, 4)
        assert 0 < worker["reserved_bytes"] <= worker["memory_bytes"]
        text = cli(*command)
        assert (text.code, text.err) == (0, "")
        assert "…" in text.stdout and worker["worker"] in text.stdout
        assert max(map(len, text.stdout.splitlines())) <= 80
        assert LONG in cli(*command, "--format", "wide").stdout
        remove_all(api)
    gone = cli(*command)
    assert (gone.code, gone.stdout) == (0, "")
    assert "No transform host runs on this cluster." in gone.err


@pytest.mark.parametrize("way", ["wire", "client"])
def test_options_and_the_way_of_records(cli: Cli, kafka: TestKafka, way: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    command = ("host", "status", "-X", f"brokers={kafka.bootstrap}")
    with running_host(kafka.settings, timing=QUICK, record_path=way) as api:
        options = {"partitioner": "key", "on_error": "dlq", "dead_letter_topic": kafka.topic()}
        assert api.deploy("routed", source, [target], guests.wasm(), rpkpy=options).status_code == 200
        assert api.deploy("usual", source, [target], guests.wasm()).status_code == 200

        def ways() -> list[tuple[str, str, str]]:
            found = json.loads(cli(*command, "--format", "json").stdout)["partitions"]
            return [(each["read_by"], each["written_by"], each["client_why"]) for each in found]

        why = "it is asked for" if way == "client" else None
        assert eventually(lambda: ways() == [(way, way, why)] * 2), ways()
        routed, usual = json.loads(cli(*command, "--format", "json").stdout)["transforms"]
        told = {"on-error": "dlq", "dead-letter-topic": options["dead_letter_topic"], "partitioner": "key"}
        assert routed["options"] == told | {"guarantee": "at-least-once", "timestamps": "append"}
        assert (usual["transform"], usual["options"]["on-error"]) == ("usual", "fail")
        text = cli(*command).stdout
        assert f"routed: on-error dlq, dead-letter-topic {options['dead_letter_topic']}, partitioner key\n" in text
        assert "usual: on-error" not in text
        assert ("usual: one by one through the client, because: it is asked for" in text) == (way == "client")
        (row,) = [line.split() for line in text.splitlines() if line.startswith("usual ")]
        assert row[:5] == ["usual", "0", "running", "0", way]
        remove_all(api)


def test_its_shape(cli: Cli) -> None:
    outcome = cli("host", "status", "--format", "help")
    assert outcome.code == 0
    assert "reserved_bytes: integer" in outcome.stdout
