"""A deployed transform that asks for schemas, and the properties by which `--limits cluster` runs as the host does."""

from pathlib import Path

import pytest

from rpkpy.config.settings import HttpSettings, Settings
from rpkpy.engine.schema_registry import Definition, Pause, SchemaRegistryAway, SchemaType
from rpkpy.project.limits import Choice, resolve
from rpkpy.project.schemas import FixtureRegistry
from rpkpy.redpanda.admin import AdminCluster
from rpkpy.wasm.limits import Limits
from tests.cli.harness import Cli
from tests.engine.guest import ECHO, wasm
from tests.engine.test_schema_registry import OUT, SUBJECT, TEXT, call, data, show
from tests.fakes.schema_registry import FakeRegistry
from tests.host.harness import consume, eventually, logged, produce, running_host, values_of
from tests.host.processes import host_process
from tests.kafka.fixture import TestKafka
from tests.redpanda.loopback import serving


@pytest.mark.kafka
def test_a_deployed_transform_gets_its_schemas(kafka: TestKafka) -> None:
    told: list[str] = []
    registry = FixtureRegistry(told.append)
    registry.create("s", Definition(SchemaType.AVRO, '"long"'), lambda: None)
    asks = f"(drop (call $get_schema_definition (i32.const 1) (i32.const {OUT}) (i32.const 100)))" + show(OUT, 9)
    asks += "(drop (call $get_schema_definition (i32.const 2) (i32.const 0) (i32.const 0)))"
    source, target = kafka.topic(), kafka.topic()
    with running_host(kafka.settings, schema_registry=registry) as api:
        assert api.deploy("asks", source, [target], wasm(asks)).status_code == 200
        produce(kafka.settings, source, ["a", "b"])
        eventually(lambda: len(consume(kafka.settings, target)) == 2)
        assert [record.value for record in consume(kafka.settings, target)] == [b'\x00\x0c"long"\x00'] * 2
        api.http.delete("/v1/transform/asks")
    assert told == ["Schema registry: get_schema_definition(2): there is no schema with id 2"]


@pytest.mark.kafka
def test_a_host_of_its_own_asks_the_registry_it_was_given(kafka: TestKafka, tmp_path: Path) -> None:
    """Over HTTP, in a process of its own; a schema that is not there is named once in its log."""
    body = call("create_subject_schema", SUBJECT, 1, TEXT, 9, OUT) + call("get_subject_schema", SUBJECT, 1, 9, OUT, 99)
    guest = wasm(body, declarations=data(SUBJECT, b"s") + data(TEXT, b'\x00\x0c"long"\x00'))
    source, target = kafka.topic(), kafka.topic()
    registry = FakeRegistry()
    with (
        serving(registry) as server,
        host_process(kafka, tmp_path, "--schema-registry", f"http://{server.address}") as (process, api),
    ):
        assert api.deploy("asks", source, [target], guest).status_code == 200
        produce(kafka.settings, source, ["a", "b"])
        eventually(lambda: len(consume(kafka.settings, target)) == 4)
        found = [
            int.from_bytes(record.value or b"", "little", signed=True) for record in consume(kafka.settings, target)
        ]
        assert found == [0, -2] * 2
        api.http.delete("/v1/transform/asks")
        process.terminate()
        assert process.wait(20) == 0
    assert registry.subjects == {"s": [1]}
    assert (tmp_path / "host.stderr").read_text().count("get_subject_schema('s', 9)") == 1


class ComesAndGoes(FixtureRegistry):
    """A registry that does not answer while it is `away`."""

    away = True

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        """See SchemaRegistry."""
        if self.away:
            raise SchemaRegistryAway("nobody answers")
        return super().definition(schema_id, pause)


@pytest.mark.kafka
def test_a_policy_does_not_blame_records_for_a_registry_that_is_away(kafka: TestKafka) -> None:
    registry = ComesAndGoes(lambda said: None)
    registry.create("s", Definition(SchemaType.AVRO, '"long"'), lambda: None)
    asks = f"(call $get_schema_definition (i32.const 1) (i32.const {OUT}) (i32.const 100))"
    guest = wasm(f"(if (i32.lt_s {asks} (i32.const 0)) (then (unreachable))) {ECHO}")
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"
    with running_host(kafka.settings, schema_registry=registry) as api:
        assert api.deploy(name, source, [target], guest, rpkpy={"on_error": "skip"}).status_code == 200
        produce(kafka.settings, source, ["a", "b"])

        def attempts() -> int:
            return len([body for _, body in logged(kafka.settings, name) if "Next attempt" in body])

        assert eventually(lambda: attempts() >= 3)
        registry.away = False
        assert values_of(kafka.settings, target, 2) == ["a", "b"]
        api.http.delete(f"/v1/transform/{name}")


@pytest.mark.kafka
def test_the_limits_of_the_cluster_are_those_the_host_applies(kafka: TestKafka) -> None:
    limits = Limits(memory_bytes=4 << 20, runtime_ms=123, log_line_bytes=77, batch_bytes=1_000_000)
    with running_host(kafka.settings, limits=limits) as api:
        address = api.url.removeprefix("http://")
        cluster = AdminCluster(Settings(admin=HttpSettings((address,))))
        assert cluster.properties()["data_transforms_enabled"] is True
        found = resolve(Choice("cluster"), cluster=lambda: (cluster.properties(), address))
    assert (found.limits, found.warnings) == (limits, ())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://h", "--schema-registry: 'ftp://h': the scheme is http or https"),
        ("http://ada:secret@h", "--schema-registry: an address holds no user or password"),
        ("", "--schema-registry"),
    ],
)
def test_registries_that_cannot_be_meant(cli: Cli, url: str, words: str) -> None:
    outcome = cli("host", "run", "--schema-registry", url)
    assert outcome.code == 2
    assert words in outcome.err
