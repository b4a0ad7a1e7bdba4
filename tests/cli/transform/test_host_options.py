"""Options of rpkpy's own host in transform.yaml and as flags, where a Redpanda broker is the cluster: none is sent."""

import pytest

from rpkpy.config.host_options import HostOptions
from rpkpy.errors import ProjectError
from rpkpy.project import manifest
from tests.cli.transform.planned import Shell

BASE = "name: mask\ninput-topic: in\noutput-topics: [out]\n"


def test_a_broker_is_sent_none_of_them(planned: Shell) -> None:
    for flags in (["--on-error", "skip"], ["--guarantee", "exactly-once", "--partitioner", "key"]):
        outcome = planned("deploy", *flags)
        assert (outcome.code, outcome.stdout) == (2, "")
        assert f"This cluster cannot deploy with {flags[0][2:]} {flags[1]}" in outcome.err
        assert "rpkpy host run" in outcome.err
    assert planned.changes() == []
    left_out = planned("deploy", "--on-error", "skip", "--ignore-unsupported")
    assert left_out.code == 0
    assert "on-error skip is left out" in left_out.err
    assert b"rpkpy" not in planned.node.asked[-1].body.partition(b"\0asm")[0]
    refused = planned("update", "--on-error", "skip", "--no-confirm")
    assert (refused.code, "This cluster cannot deploy with on-error skip." in refused.err) == (2, True)
    assert len(planned.changes()) == 1


def test_the_brokers_behaviour_asks_nothing_more(planned: Shell) -> None:
    assert planned("deploy", "--on-error", "fail", "--partitioner", "input").code == 0
    assert [asked for asked in planned.node.asked if asked.path == "/v1/node_config"] == []


def test_the_manifest_says_them(planned: Shell) -> None:
    path = planned.cli.cwd / "transform.yaml"
    path.write_text(path.read_text() + "\nhost:\n  on-error: skip\n", encoding="utf-8")
    outcome = planned("deploy")
    assert (outcome.code, "on-error skip" in outcome.err) == (2, True)
    assert planned("deploy", "--on-error", "fail").code == 0  # a flag goes over it


def test_the_manifest_is_read_with_its_environments() -> None:
    read = manifest.parse(
        BASE
        + """\
host:
  on-error: DLQ
  dead-letter-topic: failed
  guarantee: exactly-once
environments:
  quiet: {host: {on-error: skip, timestamps: carry}}
  other: {host: {dead-letter-topic: elsewhere}}
"""
    )
    assert read.host == HostOptions("dlq", "failed", "exactly-once")
    assert read.in_environment("quiet").host == HostOptions("skip", None, "exactly-once", timestamps="carry")
    assert read.in_environment("other").host == HostOptions("dlq", "elsewhere", "exactly-once")
    assert manifest.parse(BASE).host == HostOptions()
    assert manifest.parse(BASE + "host:\n").host == HostOptions()


@pytest.mark.parametrize(
    ("host", "place", "said"),
    [
        ("{on-eror: skip}", "5:3", "`on-eror` is not a key of host. Did you mean `on-error`?"),
        ("{on-error: ignore}", "5:13", "`host.on-error` cannot be 'ignore'."),
        ("{dead-letter-topic: no/topic}", "5:22", "cannot be a topic"),
        ("{guarantee: [a]}", "5:14", "host.guarantee"),
        ("[a]", "5:2", "must be a mapping"),
        ("{partitioner: key, partitioner: input}", "5:21", "given twice"),
    ],
)
def test_what_cannot_stand_there_is_named_with_its_place(host: str, place: str, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        manifest.parse(f"{BASE}host:\n {host}\n")
    assert caught.value.message.startswith(f"transform.yaml:{place}: ")
    assert said in caught.value.message
