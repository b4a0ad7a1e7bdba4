"""One project, three inputs, one output, on a real Kafka and a real host; then one input less."""

import pytest

from tests.cli.harness import Cli, Outcome
from tests.host.guests import LOG, wasm
from tests.host.harness import eventually, produce, running_host, values, values_of
from tests.kafka.fixture import TestKafka


@pytest.mark.kafka
def test_three_inputs_merged_into_one_output(cli: Cli, kafka: TestKafka) -> None:
    inputs, output = [kafka.topic(partitions) for partitions in (1, 2, 1)], "merged-" + kafka.topic()
    folder = cli.cwd / "merge"
    folder.mkdir()

    def write(*topics: str) -> None:
        (folder / "transform.yaml").write_text(
            f"name: merge\ninput-topics: [{', '.join(topics)}]\noutput-topic: {output}\nfrom-offset: +0\n"
        )
        (folder / "merge.wasm").write_bytes(wasm(LOG))

    with running_host(kafka.settings) as api:
        cluster = ("-X", f"admin.hosts={api.url.removeprefix('http://')}", "-X", f"brokers={kafka.bootstrap}")

        def do(*args: str) -> Outcome:
            outcome = cli("transform", *args, *cluster)
            assert outcome.code == 0, outcome.err
            return outcome

        def own() -> list[str]:  # other tests have transforms on this Kafka too
            return sorted(entry["name"] for entry in api.listing() if entry["name"].startswith("merge-"))

        write(*inputs)
        produce(kafka.settings, inputs[0], ["before"])
        made = do("apply", "-f", "merge", "--create-topics", "--no-confirm")
        assert made.stdout.count(" deployed.\n") == 3
        assert f"Created {output}." in made.err
        for at, topic in enumerate(inputs):
            produce(kafka.settings, topic, [f"of {at}"])
        assert sorted(values_of(kafka.settings, output, 4)) == ["before", "of 0", "of 1", "of 2"]
        names = [f"merge-{topic}" for topic in inputs]
        eventually(lambda: all(set(api.states(name)) == {"running"} for name in names))
        assert do("apply", "-f", "merge").stdout == "No change.\n"

        cli.cwd = folder
        eventually(lambda: do("logs").stdout.count(": hello\n") == 4)
        assert {line.split(": ")[0] for line in do("logs").stdout.splitlines()} == {*names}
        write(*inputs[:2])
        kept = do("deploy")
        assert (kept.stdout.count(": no change.\n"), f'"{names[2]}" is none of the project any more' in kept.err) == (
            2,
            1,
        )
        cli.cwd = folder.parent
        pruned = do("apply", "-f", "merge", "--prune", "--no-confirm")
        assert pruned.stdout == f'transform "{names[2]}" deleted.\n'
        assert set(own()) == {*names[:2]}
        produce(kafka.settings, inputs[2], ["of nobody"])
        produce(kafka.settings, inputs[1], ["the last"], partition=1)
        assert values_of(kafka.settings, output, 1, partition=1) == ["the last"]
        assert len(values(kafka.settings, output)) == 4
        do("delete", "merge", "--no-confirm")
        assert own() == []
