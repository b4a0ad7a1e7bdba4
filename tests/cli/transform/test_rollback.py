"""`rpkpy transform history` and `rollback`."""

import json
from typing import Any

from tests.cli.transform.planned import OTHER, PROJECT, Shell
from tests.wasm import modules


def two_releases(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.write(PROJECT.replace("ssn", "email").replace("gzip", "none"), OTHER)
    assert planned("deploy").code == 0


def history(planned: Shell) -> list[Any]:
    return list(json.loads(planned("history", "mask", "--format", "json").stdout))


def test_the_history(planned: Shell) -> None:
    empty = planned("history")
    assert (empty.code, empty.out) == (0, b"")
    assert "deployed nothing" in empty.err
    two_releases(planned)
    rows = history(planned)
    assert [(row["number"], row["how"], row["environment"]["FIELDS"]) for row in rows] == [
        (1, "deploy", "ssn"),
        (2, "deploy", "email"),
    ]
    text = planned("history").stdout
    assert text.startswith("RELEASE")
    assert "email" not in text
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "module_sha256: string" in planned("history", "--format", "help").stdout


def test_back_to_the_one_before_and_forth(planned: Shell) -> None:
    two_releases(planned)
    outcome = planned("rollback", "--no-confirm")
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" rolled back to release 1.\n'), outcome.err
    assert "~ env.FIELDS   email → ssn" in outcome.err
    assert planned.deployed["wasm"] == modules.identity()
    assert (planned.deployed["compression"], "offset" in planned.deployed) == ("gzip", False)
    assert [row["how"] for row in history(planned)] == ["deploy", "deploy", "rollback"]
    assert planned("rollback", "--no-confirm").code == 0
    assert planned.deployed["wasm"] == OTHER
    assert planned("rollback", "mask", "--to", "3", "--no-confirm").code == 0
    assert planned.deployed["wasm"] == modules.identity()


def test_no_project_is_needed(planned: Shell) -> None:
    two_releases(planned)
    (planned.cli.cwd / "transform.yaml").unlink()
    (planned.cli.cwd / "mask.wasm").unlink()
    assert planned("rollback", "mask", "--no-confirm").code == 0


def test_releases_that_there_are_not(planned: Shell) -> None:
    outcome = planned("rollback", "--no-confirm")
    assert outcome.code == 2
    assert "deployed nothing" in outcome.err
    assert planned("deploy").code == 0
    assert planned("rollback", "--no-confirm").code == 2
    outcome = planned("rollback", "--to", "7", "--no-confirm")
    assert outcome.code == 2
    assert "Kept are 1 to 1" in outcome.err
    assert len(planned.changes()) == 1


def test_other_topics_are_refused(planned: Shell) -> None:
    assert planned("deploy").code == 0
    assert planned("redeploy", "-i", "other", "--from-offset", "+0", "--no-confirm").code == 0
    outcome = planned("rollback", "--no-confirm")
    assert outcome.code == 6
    assert "other topics" in outcome.err
    assert len(planned.changes()) == 3


def test_a_release_comes_back_after_a_deletion(planned: Shell) -> None:
    assert planned("deploy").code == 0
    assert planned("delete", "--no-confirm").code == 0
    assert planned("rollback", "--to", "1", "--no-confirm").code == 0
    assert planned.deployed["wasm"] == modules.identity()


def test_a_module_that_is_gone(planned: Shell) -> None:
    two_releases(planned)
    for path in (planned.cli.home / "state" / "releases" / "modules").iterdir():
        path.unlink()
    outcome = planned("rollback", "--no-confirm")
    assert outcome.code == 1
    assert "not kept any more" in outcome.err


def test_it_is_confirmed(planned: Shell) -> None:
    two_releases(planned)
    assert planned("rollback").code == 2
    code, _, shown = planned.typed("n\n", "rollback")
    assert code == 1
    assert "Deploy release 1" in shown
    assert len(planned.changes()) == 2
