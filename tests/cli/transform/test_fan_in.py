"""One project with several inputs: a transform for each, treated as the one thing that it is."""

import json
from pathlib import Path

import pytest

from rpkpy.deployment import releases
from tests.cli.transform.planned import OTHER, Shell
from tests.doctor.setups import MIB, deployed, redpanda
from tests.fakes.admin_api import error
from tests.redpanda.loopback import Asked, Reply, serving
from tests.wasm import modules

SET = """\
name: mask
input-topics: [a, b, c]
output-topic: out
env: {FIELDS: ssn}
compression: zstd
from-offset: +0
"""
ALL = ("mask-a", "mask-b", "mask-c")


@pytest.fixture
def several(planned: Shell) -> Shell:
    """A project with three inputs, not deployed."""
    planned.write(SET)
    return planned


def inputs(several: Shell, *topics: str, more: str = "", module: bytes | None = None) -> None:
    """The project reads other topics from here on."""
    several.write(SET.replace("[a, b, c]", f"[{', '.join(topics)}]") + more, module)


def names(several: Shell) -> list[str]:
    return sorted(several.node.brokers.transforms)


def sent(several: Shell) -> list[str]:
    """The changes since the last look: what was deployed by name, else the request."""
    found = []
    for asked in several.node.asked:
        if asked.path == "/v1/transform/deploy":
            found.append(json.JSONDecoder().raw_decode(asked.body.decode("utf-8", "replace"))[0]["name"])
        elif asked.method != "GET":
            found.append(f"{asked.method} {asked.path.removeprefix('/v1/transform/')}")
    several.node.asked.clear()
    return found


def refuse(several: Shell, *bad: str) -> None:
    """The broker refuses to change the transforms `bad`."""

    def fault(asked: Asked) -> Reply | None:
        named = any(name.encode() in asked.body[:40] or f"/{name}" in asked.path for name in bad)
        return error(500, "no room") if asked.method != "GET" and named else None

    several.node.fault = fault


def history(several: Shell) -> list[tuple[int, str, str]]:
    rows = json.loads(several("history", "--format", "json").stdout)
    return [(row["number"], row["how"], row["name"]) for row in rows]


def test_a_transform_for_each_input(several: Shell) -> None:
    outcome = several("deploy")
    assert outcome.code == 0, outcome.err
    assert outcome.stdout == "".join(f'transform "{name}" deployed.\n' for name in ALL)
    assert "rpkpy transform logs mask --follow" in outcome.err
    for name, topic in zip(ALL, "abc", strict=True):
        deployed = several.node.brokers.transforms[name]
        assert deployed["wasm"] == modules.identity()
        assert (deployed["input_topic"], deployed["output_topics"]) == (topic, ["out"])
        assert (deployed["compression"], deployed["offset"]) == ("zstd", {"format": "from_start", "value": 0})
        assert deployed["environment"] == [{"key": "FIELDS", "value": "ssn"}]


def test_deployed_again_nothing_is_sent_but_what_differs(several: Shell) -> None:
    assert several("deploy").code == 0
    sent(several)
    outcome = several("deploy")
    assert (outcome.code, outcome.stdout.count("no change."), sent(several)) == (0, 3, [])
    several.node.brokers.transforms["mask-b"]["is_paused"] = True
    outcome = several("deploy")
    assert (outcome.code, outcome.stdout.count("no change."), sent(several)) == (0, 2, ["mask-b"])
    inputs(several, "a", "b", "c", "d")
    assert several("deploy", "--strict").code == 0
    assert sent(several) == ["mask-d"]
    assert several("deploy", "--force").code == 0
    assert len(sent(several)) == 4


def test_a_dry_run_shows_each(several: Shell) -> None:
    outcome = several("deploy", "--dry-run")
    assert (outcome.code, sent(several)) == (0, [])
    assert outcome.stdout.count("is not deployed; a deployment creates it") == 3
    found = several.json("deploy", "--dry-run")
    assert (found["project"], found["left_over"]) == ("mask", [])
    assert [plan["name"] for plan in found["transforms"]] == [*ALL]


def test_an_input_that_is_gone_is_said_and_deleted_on_request(several: Shell) -> None:
    assert several("deploy").code == 0
    sent(several)
    inputs(several, "a", "b")
    plan = several("deploy", "--dry-run")
    assert "mask-c: is none of the project any more; it stays and goes on writing; --prune deletes it\n" in plan.stdout
    assert several("diff", "--exit-code").code == 8
    assert several.json("diff")["left_over"] == ["mask-c"]
    outcome = several("deploy")
    assert (outcome.code, outcome.stdout.count("no change."), sent(several)) == (0, 2, [])
    assert 'Transform "mask-c" is none of the project any more, and goes on reading and writing.' in outcome.err
    assert "it is deleted\n" in several("deploy", "--prune", "--dry-run").stdout
    assert sent(several) == []
    assert several("deploy", "--prune").stdout.endswith('transform "mask-c" deleted.\n')
    assert (names(several), sent(several)) == (["mask-a", "mask-b"], ["DELETE mask-c"])
    assert several("diff", "--exit-code").code == 0


def test_another_machine_sees_what_is_left_over_too(several: Shell) -> None:
    assert several("deploy").code == 0
    several.cli.env["RPKPY_STATE_DIR"] += "-of-another-machine"
    inputs(several, "a")
    assert several("deploy", "--prune").code == 0
    assert names(several) == ["mask-a"]


def test_others_are_left_alone(several: Shell) -> None:
    """A transform is the project's where its name is what the project would call it for the topic that it reads."""
    others = {"mask-": "x", "mask-x": "y", "mask2": "b", "other": "a"}
    for name, topic in others.items():
        several.node.brokers.transforms[name] = {
            "name": name, "input_topic": topic, "output_topics": ["out"], "is_paused": False
        }  # fmt: skip
    assert several("deploy", "--prune").code == 0
    assert several("delete", "--no-confirm").code == 0
    assert names(several) == sorted(others)


def test_another_project_may_have_such_a_name(several: Shell) -> None:
    several.node.brokers.transforms["mask-x"] = {
        "name": "mask-x", "input_topic": "x", "output_topics": ["out"], "is_paused": False
    }  # fmt: skip
    folder = several.cli.cwd / "other"
    folder.mkdir()
    (folder / "transform.yaml").write_text("name: mask-y\ninput-topic: y\noutput-topic: out\n")
    (folder / "mask-y.wasm").write_bytes(modules.identity())
    assert several("apply", "-f", "other", "--no-confirm").code == 0
    assert several("deploy", "--prune").code == 0  # nothing is known of mask-x
    assert names(several) == [*ALL, "mask-y"]
    assert several("delete", "--no-confirm").code == 0
    assert names(several) == ["mask-y"]


def test_a_rollback_that_fails_is_ended_by_its_number(several: Shell) -> None:
    assert several("deploy").code == 0
    several.write(SET, OTHER)
    assert several("deploy").code == 0
    refuse(several, "mask-b")
    outcome = several("rollback", "--no-confirm")
    assert (outcome.code, "Once more with --to 1." in outcome.err) == (6, True)
    several.node.fault = None
    assert several("rollback", "--to", "1", "--no-confirm").code == 0
    assert {each["wasm"] for each in several.node.brokers.transforms.values()} == {modules.identity()}


def test_one_input_becomes_several_and_one_again(planned: Shell) -> None:
    single = SET.replace("input-topics: [a, b, c]", "input-topic: a")
    planned.write(single)
    assert planned("deploy").stdout == 'transform "mask" deployed.\n'
    inputs(planned, "a", "b")
    outcome = planned("deploy")
    assert 'Transform "mask" is none of the project any more' in outcome.err
    assert names(planned) == ["mask", "mask-a", "mask-b"]
    assert planned("deploy", "--prune").code == 0
    assert names(planned) == ["mask-a", "mask-b"]
    planned.write(single)
    assert planned("deploy", "--prune").code == 0
    assert names(planned) == ["mask"]
    assert planned("pause").stdout == "Transform paused!\n"
    assert planned("rollback", "--to", "2", "--prune", "--no-confirm").code == 0
    assert names(planned) == ["mask-a", "mask-b"]
    assert [row[0] for row in history(planned)] == [1, 2, 2, 3, 3, 4, 5, 5]


def test_a_failure_says_what_was_done(several: Shell) -> None:
    refuse(several, "mask-b")
    outcome = several("deploy")
    assert (outcome.code, outcome.stdout) == (6, 'transform "mask-a" deployed.\n')
    assert "Error: mask-b: " in outcome.err
    assert "Done: mask-a deployed. Failed: mask-b. Not tried: mask-c." in outcome.err
    assert "The same command once more does the rest." in outcome.err
    several.node.fault = None
    sent(several)
    assert several("deploy").code == 0
    assert sent(several) == ["mask-b", "mask-c"]
    assert several("rollback", "--to", "1", "--no-confirm").code == 2  # that release never was whole
    assert "1 of 3" in several("history").stdout


def test_flags_choose_among_the_inputs(several: Shell) -> None:
    assert several("deploy", "-i", "b").stdout == 'transform "mask-b" deployed.\n'
    outcome = several("deploy", "-i", "a,c")
    assert (outcome.code, names(several), "any more" in outcome.err) == (0, [*ALL], False)
    assert several("deploy", "-i", "d").code == 0  # one more for now
    assert 'Transform "mask-d" is none of the project any more' in several("deploy").err


def test_several_inputs_by_flags_alone(planned: Shell) -> None:
    (planned.cli.cwd / "transform.yaml").unlink()
    args = ("deploy", "--name", "mask", "-o", "out")
    assert planned(*args, "-i", "a").stdout == 'transform "mask" deployed.\n'
    outcome = planned(*args, "-i", "a", "-i", "b")
    assert (outcome.code, names(planned)) == (0, ["mask", "mask-a", "mask-b"])
    assert 'Transform "mask" is none of the project any more' in outcome.err
    assert planned(*args, "-i", "a", "-i", "a").code == 2
    assert planned(*args, "-i", "a", "-i", "out").code == 2


def test_strict_looks_at_each(several: Shell) -> None:
    assert several("deploy", "--strict").code == 0
    several.node.brokers.transforms["mask-b"]["environment"] = []
    outcome = several("deploy", "--strict")
    assert outcome.code == 8
    assert 'Transform "mask-b" was changed by somebody else: env.FIELDS.' in outcome.err


def test_an_environment_has_other_inputs(several: Shell) -> None:
    more = "environments: {one: {input-topic: x}, two: {input-topics: [y, z]}}\n"
    inputs(several, "a", more=more)
    assert several("deploy", "--env", "one").stdout == 'transform "mask" deployed.\n'
    assert several("deploy", "--env", "two", "--prune").code == 0
    assert names(several) == ["mask-y", "mask-z"]


def test_update_changes_all(several: Shell) -> None:
    assert several("deploy").code == 0
    outcome = several("update", "--var", "FIELDS=all", "--no-confirm")
    assert (outcome.code, outcome.stdout.count(" updated.\n")) == (0, 3), outcome.err
    assert outcome.err.count("~ env.FIELDS  ssn → all") == 3
    assert several("update", "--var", "FIELDS=all").stdout == 'transform "mask" is so already: no change.\n'
    assert several("update", "mask-b", "--var", "FIELDS=none", "--no-confirm").code == 0
    values = [several.node.brokers.transforms[name]["environment"][0]["value"] for name in ALL]
    assert values == ["all", "none", "all"]
    assert several("rollback", "--to", "2", "--no-confirm").code == 0
    assert several.node.brokers.transforms["mask-b"]["environment"][0]["value"] == "all"
    refuse(several, "mask-b")
    outcome = several("update", "--compression", "none", "--no-confirm")
    assert outcome.code == 6
    assert "Done: mask-a updated. Failed: mask-b. Not tried: mask-c." in outcome.err


def test_a_release_is_the_set(several: Shell) -> None:
    assert several("deploy").code == 0
    inputs(several, "a", "b", "d", module=OTHER)
    assert several("deploy", "--prune").code == 0
    assert history(several) == [
        *((1, "deploy", name) for name in ALL),
        *((2, "deploy", name) for name in ("mask-a", "mask-b", "mask-d")),
    ]
    text = several("history").stdout
    assert (text.count("\n"), "INPUTS" in text, max(map(len, text.splitlines())) <= 80) == (3, True, True)
    outcome = several("rollback", "--no-confirm")
    assert outcome.code == 0, outcome.err
    assert "mask-c: is not deployed; a deployment creates it" in outcome.err
    assert "mask-d: is none of the project any more; it stays" in outcome.err
    assert outcome.stdout.endswith('transform "mask" rolled back to release 1.\n')
    assert names(several) == [*ALL, "mask-d"]
    assert all(several.node.brokers.transforms[name]["wasm"] == modules.identity() for name in ALL)
    assert several("rollback", "--to", "2", "--prune", "--no-confirm").code == 0
    assert names(several) == ["mask-a", "mask-b", "mask-d"]
    assert {row[0] for row in history(several)} == {1, 2, 3, 4}


def test_one_of_the_set_has_its_own_history(several: Shell) -> None:
    assert several("deploy").code == 0
    several.write(SET, OTHER)
    assert several("deploy").code == 0
    rows = json.loads(several("history", "mask-b", "--format", "json").stdout)
    assert [(row["number"], row["name"]) for row in rows] == [(1, "mask-b"), (2, "mask-b")]
    assert several("rollback", "mask-b", "--no-confirm").code == 0
    modules_now = [several.node.brokers.transforms[name]["wasm"] for name in ALL]
    assert modules_now == [OTHER, modules.identity(), OTHER]
    assert several("rollback", "--to", "2", "--no-confirm").code == 0
    assert several.node.brokers.transforms["mask-b"]["wasm"] == OTHER


def test_removing_an_input_is_a_release(several: Shell) -> None:
    assert several("deploy").code == 0
    inputs(several, "a", "b")
    assert several("deploy", "--prune").code == 0
    assert history(several)[-2:] == [(2, "deploy", "mask-a"), (2, "deploy", "mask-b")]
    assert several("rollback", "--no-confirm").code == 0
    assert names(several) == [*ALL]


def test_redeploy_begins_each_anew(several: Shell) -> None:
    assert several("deploy").code == 0
    sent(several)
    assert several("redeploy", "--no-confirm").code == 0
    assert sent(several) == [each for name in ALL for each in (f"DELETE {name}", name)]
    code, _, shown = several.typed("n\n", "redeploy")
    assert (code, 'Delete transforms "mask-a", "mask-b", "mask-c" and deploy' in shown) == (1, True)


@pytest.mark.parametrize(("command", "paused"), [("pause", True), ("resume", False)])
def test_pause_and_resume(several: Shell, command: str, paused: bool) -> None:
    assert several("deploy").code == 0
    for transform in several.node.brokers.transforms.values():
        transform["is_paused"] = not paused
    outcome = several(command, "mask-a")
    assert (outcome.code, outcome.stdout) == (0, f"Transform {command}d!\n")
    outcome = several(command, "mask")
    assert (outcome.code, outcome.stdout.count(f'" {command}d.\n')) == (0, 3)
    assert {transform["is_paused"] for transform in several.node.brokers.transforms.values()} == {paused}


def test_delete_and_what_is_known_elsewhere(several: Shell, tmp_path: Path) -> None:
    """This machine knows the project without its folder as well."""
    assert several("deploy").code == 0
    several.cli.cwd = tmp_path
    assert several("delete", "mask").code == 2  # nobody to ask
    code, _, shown = several.typed("n\n", "delete", "mask")
    assert (code, 'Confirm deletion of transforms "mask-a", "mask-b", "mask-c"?' in shown) == (1, True)
    outcome = several("delete", "mask", "--no-confirm")
    assert (outcome.code, outcome.stdout.count(" deleted.\n"), names(several)) == (0, 3, [])
    several.cli.cwd = several.cli.home
    outcome = several("pause")
    assert outcome.code == 6
    assert 'There is no transform of the project "mask" on the cluster.' in outcome.err


def test_list_and_describe(several: Shell) -> None:
    assert several("deploy").code == 0
    several.node.brokers.transforms["other"] = {
        "name": "other", "input_topic": "x", "output_topics": ["out"], "is_paused": False
    }  # fmt: skip
    assert [row["name"] for row in several.json("list")] == [*ALL, "other"]
    assert [row["name"] for row in several.json("list", "--project", "mask")] == [*ALL]
    assert [row["name"] for row in several.json("list", "--project", "mask-b")] == ["mask-b"]
    assert [each["name"] for each in several.json("describe", "--logs", "0")] == [*ALL]
    assert several.json("describe", "mask-b", "--logs", "0")["built"]["file"] == "mask.wasm"
    assert several("describe").stdout.count("PARTITION") == 3


def apply(several: Shell, *args: str) -> tuple[int, str, str]:
    outcome = several("apply", "-f", ".", *args)
    return outcome.code, outcome.stdout, outcome.err


def test_apply_prunes_inputs_that_are_gone(several: Shell) -> None:
    assert apply(several, "--no-confirm")[0] == 0
    assert apply(several)[:2] == (0, "No change.\n")
    sent(several)
    inputs(several, "a", "b")
    code, stdout, err = apply(several)
    assert (code, stdout, "mask-c" in err) == (0, "No change.\n", True)
    assert apply(several, "--prune", "--no-confirm")[:2] == (0, 'transform "mask-c" deleted.\n')
    assert sent(several) == ["DELETE mask-c"]
    assert apply(several, "--prune")[1] == "No change.\n"
    assert several("rollback", "--no-confirm").code == 0  # the set without it was a release
    assert names(several) == [*ALL]


def test_apply_says_what_was_done(several: Shell) -> None:
    refuse(several, "mask-b")
    code, stdout, err = apply(several, "--no-confirm")
    assert (code, stdout) == (6, 'transform "mask-a" deployed.\n')
    assert "Not tried: mask-c." in err


def test_apply_meets_two_of_one_name(several: Shell) -> None:
    other = several.cli.cwd / "other"
    other.mkdir()
    (other / "transform.yaml").write_text("name: mask-a\ninput-topic: x\noutput-topic: y\n")
    (other / "mask-a.wasm").write_bytes(modules.identity())
    code, _, err = apply(several, "--no-confirm")
    assert (code, "have the name mask-a." in err) == (2, True)


def test_who_may_not_list(several: Shell) -> None:
    several.node.fault = lambda asked: error(404, "Not found") if asked.method == "GET" else None
    outcome = several("deploy")
    assert (outcome.code, "gone are deployed is not known" in outcome.err) == (0, True)


def test_a_single_transform_is_asked_for_as_before(planned: Shell) -> None:
    """No request more than without sets, and the same shape of data."""
    assert planned("deploy").code == 0
    assert planned("pause", "mask").code == 0
    assert planned("delete", "mask", "--no-confirm").code == 0
    assert {asked.method for asked in planned.node.asked} == {"POST", "PUT", "DELETE"}
    assert isinstance(planned.json("diff")["changes"], list)


def test_pruning_two_is_one_release(several: Shell) -> None:
    assert several("deploy").code == 0
    inputs(several, "a")
    assert several("deploy", "--prune").stdout.count(" deleted.\n") == 2
    assert history(several)[3:] == [(2, "deploy", "mask-a")]


def test_apply_prunes_what_it_applied_alone(several: Shell) -> None:
    assert several("deploy").code == 0
    inputs(several, "a")
    code, _, err = apply(several, "--prune", "--no-confirm")
    assert (code, err.count("It was not applied from here"), names(several)) == (0, 2, [*ALL])


@pytest.mark.parametrize(("room", "status"), [(2, "warning"), (3, "ok")])
def test_doctor_counts_what_is_to_be_deployed(several: Shell, room: int, status: str) -> None:
    several.cli.env["PATH"] = str(several.cli.home)
    reserved = 2 * MIB * (1 + room)
    cluster = redpanda([deployed("mask-a", "running")], data_transforms_per_core_memory_reservation=reserved)
    inputs(several, "a", "b", "c", "d")
    with serving(cluster) as server:
        outcome = several.cli(
            "doctor", "--format", "json", "-X", f"admin.hosts={server.address}", "-X", "brokers=[::1]:1"
        )
    (found,) = [check for check in json.loads(outcome.stdout)["checks"] if check["id"] == "reservation"]
    assert (found["status"], "needs 3 more" in found["diagnosis"]) == (status, status == "warning")


def test_what_is_kept_is_bounded(several: Shell) -> None:
    """Old releases go transform by transform; those that are not whole any more are no way back."""
    assert several("deploy").code == 0
    for number in range(releases.MAX_RELEASES):
        assert several("update", "mask-a", "--var", f"N={number}", "--no-confirm").code == 0
    outcome = several("rollback", "--to", "1", "--no-confirm")
    assert (outcome.code, "is not whole" in outcome.err) == (2, True)
    assert several("rollback", "--no-confirm").code == 0
    assert several.node.brokers.transforms["mask-a"]["environment"][-1]["value"] == str(releases.MAX_RELEASES - 2)
