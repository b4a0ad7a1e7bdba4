"""`rpkpy transform diff` against an Admin API that tells what Redpanda's does; tests/redpanda has the host's."""

import hashlib

import pytest

from tests.cli.transform.planned import OTHER, PROJECT, Shell
from tests.wasm import modules

SHA256 = hashlib.sha256(modules.identity()).hexdigest()


def test_what_is_not_deployed(planned: Shell) -> None:
    outcome = planned("diff")
    assert outcome.code == 0
    lines = [line.split() for line in outcome.stdout.splitlines()]
    assert lines[0] == ["mask:", "is", "not", "deployed;", "a", "deployment", "creates", "it"]
    assert ["+", "env.FIELDS", "ssn"] in lines
    assert ["+", "output-topics", "masked,", "audit"] in lines
    assert ["+", "module", "sha256", SHA256[:12]] in lines
    assert planned("diff", "--exit-code").code == 8
    assert planned.changes() == []


def test_nothing_differs(planned: Shell) -> None:
    assert planned("deploy").code == 0
    outcome = planned("diff", "--exit-code")
    assert (outcome.code, outcome.stdout) == (0, "mask: no difference\n")
    assert planned.json("diff") == {
        "name": "mask",
        "action": "none",
        "changes": [],
        "module": {"status": "same", "deployed_sha256": SHA256, "wanted_sha256": SHA256, "known_from": "record"},
        "topics_to_create": [],
    }


def test_every_kind_of_change(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.write(PROJECT.replace('KEEP: "1"', "NEW: x").replace("gzip", "zstd"), OTHER)
    found = planned.json("diff", "--var", "FIELDS=a,b")
    assert found["action"] == "update"
    assert found["changes"] == [
        {"field": "env.FIELDS", "kind": "changed", "deployed": "ssn", "wanted": "a,b"},
        {"field": "env.KEEP", "kind": "removed", "deployed": "1", "wanted": None},
        {"field": "env.NEW", "kind": "added", "deployed": None, "wanted": "x"},
        {"field": "compression", "kind": "changed", "deployed": "gzip", "wanted": "zstd"},
    ]
    assert (found["module"]["status"], found["module"]["deployed_sha256"]) == ("different", SHA256)
    text = planned("diff").stdout
    assert "- env.KEEP     1\n" in text
    assert "~ compression  gzip → zstd\n" in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert planned("diff", "--exit-code").code == 8


def test_topics_are_not_changed_in_place(planned: Shell) -> None:
    assert planned("deploy").code == 0
    found = planned.json("diff", "-i", "other", "-o", "masked")
    assert found["action"] == "replace"
    assert [change["field"] for change in found["changes"]] == ["input-topic", "output-topics"]
    assert "rpkpy transform redeploy" in planned("diff", "-i", "other").stdout


def test_the_order_of_outputs_is_a_difference(planned: Shell) -> None:
    assert planned("deploy").code == 0
    assert planned.json("diff", "-o", "audit,masked")["action"] == "replace"


def test_what_another_machine_deployed_has_no_known_module(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.cli.env["RPKPY_STATE_DIR"] += "-of-another-machine"
    found = planned.json("diff")
    assert (found["action"], found["module"]["status"], found["module"]["known_from"]) == (
        "unknown",
        "unknown",
        "nobody",
    )
    outcome = planned("diff", "--exit-code")
    assert outcome.code == 0  # what nobody knows is no difference
    assert "? module  unknown: nothing tells which is deployed" in outcome.stdout


def test_the_record_does_not_count_once_somebody_else_changed_the_transform(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.set_variables(FIELDS="email")
    found = planned.json("diff")
    assert found["module"]["status"] == "unknown"
    assert {change["field"] for change in found["changes"]} == {"env.FIELDS", "env.KEEP"}


def test_another_cluster_has_a_record_of_its_own(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.settings = (
        "-X",
        f"admin.hosts=localhost:{planned.node.address.split(':')[1]}",
        "-X",
        "brokers=127.0.0.1:1",
    )
    assert planned.json("diff")["module"]["known_from"] == "nobody"


def test_a_project_that_is_not_built(planned: Shell) -> None:
    assert planned("deploy").code == 0
    (planned.cli.cwd / "mask.wasm").unlink()
    outcome = planned("diff")
    assert outcome.code == 0
    assert "unknown: the project has no build" in outcome.stdout
    assert "missing 'mask.wasm'" in outcome.err
    assert planned("diff", "--file", "no.wasm").code == 2


def test_a_name_and_flags_without_a_project(planned: Shell) -> None:
    assert planned("deploy").code == 0
    (planned.cli.cwd / "transform.yaml").unlink()
    args = ("diff", "mask", "-i", "customer", "-o", "masked,audit", "--var", "FIELDS=ssn", "--var", "KEEP=1")
    assert planned.json(*args, "--compression", "gzip")["action"] == "none"
    assert planned("diff", "").code == 2


def test_values_cannot_act_on_the_terminal(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.set_variables(FIELDS="\x1b[2J", KEEP="x" * 2048)
    outcome = planned("diff")
    assert outcome.code == 0
    assert b"\x1b" not in outcome.out
    assert len(outcome.out) < 1000


@pytest.mark.parametrize("text", ["{", "[]", '{"version":2}', '{"version":1,"deleted":false,"releases":[{}]}'])
def test_a_damaged_record_counts_as_none(planned: Shell, text: str) -> None:
    assert planned("deploy").code == 0
    (path,) = (planned.cli.home / "state" / "releases").glob("*/*.json")
    path.write_text(text)
    outcome = planned("diff")
    assert outcome.code == 0
    assert f"The release history {path} cannot be used" in outcome.err
    assert "nothing tells which is deployed" in outcome.stdout


def test_nothing_answers(planned: Shell) -> None:
    planned.node.stop()
    assert planned("diff").code == 5


def test_help_of_the_format(planned: Shell) -> None:
    assert "known_from: string" in planned("diff", "--format", "help").stdout
    assert planned("diff", "--format", "xml").code == 2
