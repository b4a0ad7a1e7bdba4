"""`rpkpy transform deploy` against what is deployed: --dry-run, no change, --strict."""

import pytest

from tests.cli.transform.planned import OTHER, PROJECT, Shell
from tests.fakes.admin_api import error
from tests.redpanda.loopback import Asked, Reply


def test_a_dry_run_sends_nothing(planned: Shell) -> None:
    outcome = planned("deploy", "--dry-run")
    assert outcome.code == 0
    assert outcome.stdout.startswith("mask: is not deployed; a deployment creates it\n")
    assert outcome.err.endswith("Nothing was sent.\n")
    assert planned.changes() == []
    assert not (planned.cli.home / "state").exists()
    assert planned.json("deploy", "--dry-run")["action"] == "create"


def test_a_dry_run_refuses_what_a_deployment_would(planned: Shell) -> None:
    planned.write(module=b"\0asm\1\0\0\0")
    assert planned("deploy", "--dry-run").code == 3
    planned.write(PROJECT.replace("ssn", "<required>"))
    outcome = planned("deploy", "--dry-run")
    assert outcome.code == 2
    assert "--var FIELDS=VALUE" in outcome.err


def test_no_change_is_said_and_not_sent(planned: Shell) -> None:
    assert planned("deploy").code == 0
    outcome = planned("deploy")
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" is deployed as it is here: no change.\n')
    assert "the one that this machine deployed last" in outcome.err
    assert planned.changes() == ["POST /v1/transform/deploy"]
    assert planned("deploy", "--force").stdout == 'transform "mask" deployed.\n'
    assert len(planned.changes()) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda shell: shell.write(module=OTHER),
        lambda shell: shell.write(PROJECT.replace("gzip", "none")),
        lambda shell: shell.set_variables(FIELDS="ssn"),
        lambda shell: shell.deployed.update(is_paused=True),  # deployed again, it runs
        lambda shell: shell.node.brokers.transforms.clear(),
    ],
    ids=["module", "compression", "variables of somebody else", "paused", "deleted"],
)
def test_every_change_is_sent(planned: Shell, change: object) -> None:
    assert planned("deploy").code == 0
    change(planned)  # type: ignore[operator]
    assert planned("deploy").stdout == 'transform "mask" deployed.\n'
    assert planned.changes() == ["POST /v1/transform/deploy"] * 2


def test_the_cluster_is_asked_only_where_nothing_may_have_changed(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.write(module=OTHER)
    assert planned("deploy").code == 0
    assert [asked.method for asked in planned.node.asked] == ["POST", "POST"]


def test_another_module_of_dev_is_known(planned: Shell) -> None:
    """After another build went out (and came back) the first one is sent again."""
    assert planned("deploy").code == 0
    planned.write(module=OTHER)
    assert planned("deploy").code == 0
    planned.write()
    assert planned("deploy").stdout == 'transform "mask" deployed.\n'


def test_who_may_not_list_deploys_all_the_same(planned: Shell) -> None:
    def no_list(asked: Asked) -> Reply | None:
        return error(404, "Not found") if asked.method == "GET" else None

    assert planned("deploy").code == 0
    planned.node.fault = no_list
    assert planned("deploy").stdout == 'transform "mask" deployed.\n'


def test_strict_takes_what_was_deployed_from_here(planned: Shell) -> None:
    assert planned("deploy", "--strict").code == 0
    planned.write(module=OTHER)
    assert planned("deploy", "--strict").code == 0
    assert planned("delete", "mask", "--no-confirm").code == 0
    assert planned("deploy", "--strict").code == 0


def test_strict_stops_where_somebody_else_changed_it(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.set_variables(FIELDS="secret-value", KEEP="1")
    outcome = planned("deploy", "--strict")
    assert (outcome.code, outcome.stdout) == (8, "")
    assert 'Error: Transform "mask" was changed by somebody else: env.FIELDS.' in outcome.err
    assert "secret-value" not in outcome.err
    assert len(planned.changes()) == 1
    assert planned("deploy").code == 0  # without it, it is taken back
    assert planned("deploy", "--strict", "--dry-run").code == 0


def test_strict_stops_where_somebody_else_deleted_it(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.node.brokers.transforms.clear()
    outcome = planned("deploy", "--strict")
    assert outcome.code == 8
    assert "not deployed any more" in outcome.err
    assert len(planned.changes()) == 1


def test_strict_stops_where_another_machine_deployed_it(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.cli.env["RPKPY_STATE_DIR"] += "-of-another-machine"
    outcome = planned("deploy", "--strict")
    assert outcome.code == 8
    assert "not by this machine" in outcome.err
    assert len(planned.changes()) == 1


def test_a_state_folder_that_cannot_be_written_is_a_warning(planned: Shell) -> None:
    (planned.cli.home / "state").write_text("a file")
    outcome = planned("deploy")
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" deployed.\n')
    assert "not in the release history" in outcome.err


ENVIRONMENTS = """\
environments:
  production: {input-topic: live, env: {FIELDS: "<required>"}}
"""


def test_an_environment_of_the_project(planned: Shell) -> None:
    planned.write(PROJECT + ENVIRONMENTS)
    outcome = planned("deploy", "--env", "production")
    assert outcome.code == 2
    assert "Fix: --var FIELDS=VALUE" in outcome.err
    assert planned("deploy", "--env", "production", "--var", "FIELDS=all").code == 0
    assert planned.deployed["input_topic"] == "live"
    assert planned.deployed["environment"] == [{"key": "FIELDS", "value": "all"}, {"key": "KEEP", "value": "1"}]
    found = planned.json("diff", "--env", "production", "--var", "FIELDS=ssn")
    assert [change["field"] for change in found["changes"]] == ["env.FIELDS"]


@pytest.mark.parametrize("command", ["deploy", "diff", "dev"])
def test_an_environment_that_the_project_does_not_have(planned: Shell, command: str) -> None:
    planned.write(PROJECT + ENVIRONMENTS)
    outcome = planned(command, "--env", "staging")
    assert outcome.code == 2
    assert "has no environment 'staging'" in outcome.err
    assert "Cause: It has production." in outcome.err
    assert planned.node.asked == []
