"""`rpkpy transform redeploy`: delete and deploy, with everything checked before."""

import json

from tests.cli.transform.planned import PROJECT, Shell
from tests.fakes.admin_api import error
from tests.redpanda.loopback import Asked, Reply

DEPLOY, DELETE = "POST /v1/transform/deploy", "DELETE /v1/transform/mask"


def test_deleted_and_deployed_from_an_offset(planned: Shell) -> None:
    assert planned("deploy").code == 0
    outcome = planned("redeploy", "--from-offset", "+0", "-i", "other", "--no-confirm")
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" deployed.\n'), outcome.err
    assert planned.changes() == [DEPLOY, DELETE, DEPLOY]
    sent, _ = json.JSONDecoder().raw_decode(planned.node.asked[-1].body.split(b"\0asm")[0].decode())
    assert (sent["input_topic"], sent["offset"]) == ("other", {"format": "from_start", "value": 0})
    assert planned("deploy", "-i", "other").stdout.endswith("no change.\n")


def test_what_is_not_deployed_needs_no_deletion_and_no_question(planned: Shell) -> None:
    planned.write(PROJECT + "from-offset: '-3'\n")
    assert planned("redeploy").code == 0
    assert planned.changes() == [DEPLOY]


def test_an_offset_must_be_said(planned: Shell) -> None:
    assert planned("deploy").code == 0
    outcome = planned("redeploy", "--no-confirm")
    assert outcome.code == 2
    assert "--from-offset +0" in outcome.err
    assert planned.changes() == [DEPLOY]


def test_nothing_is_deleted_before_all_is_checked(planned: Shell) -> None:
    assert planned("deploy").code == 0
    assert planned("redeploy", "--from-offset", "+0").code == 2  # nobody to confirm
    planned.write(module=b"\0asm\1\0\0\0")
    assert planned("redeploy", "--from-offset", "+0", "--no-confirm").code == 3
    assert planned.changes() == [DEPLOY]


def test_a_no_on_a_terminal(planned: Shell) -> None:
    assert planned("deploy").code == 0
    code, _, shown = planned.typed("\n", "redeploy", "--from-offset", "+0")
    assert (code, planned.changes()) == (1, [DEPLOY])
    assert 'Delete transform "mask" and deploy it anew from offset +0? (y/N): ' in shown


def test_what_changes_is_shown_first(planned: Shell) -> None:
    assert planned("redeploy", "--from-offset", "+0").err.count("anew") == 0  # not deployed: nothing to ask
    outcome = planned("redeploy", "--from-offset", "+0", "-i", "other", "--no-confirm")
    assert "mask: is deleted and deployed anew\n  ~ input-topic  " in outcome.err
    assert "→ other\n" in outcome.err


def test_a_deployment_that_fails_after_the_deletion(planned: Shell) -> None:
    def no_deploy(asked: Asked) -> Reply | None:
        return error(400, "Topic does not exists") if asked.method == "POST" else None

    assert planned("deploy").code == 0
    planned.node.fault = no_deploy
    outcome = planned("redeploy", "--from-offset", "+0", "--no-confirm")
    assert (outcome.code, outcome.stdout) == (6, "")
    assert 'rpkpy transform list shows whether "mask" is deleted by now' in outcome.err
