"""`rpkpy transform` with the profile of a cloud cluster: what is sent to its data plane, what is refused before."""

import json
import time
from pathlib import Path

import pytest

from tests.cli.cloud.account import CLIENT, Account
from tests.cli.harness import Outcome
from tests.redpanda.loopback import Reply
from tests.wasm import modules

FLAGS = ["--name=up", "-i", "in", "-o", "out", "--file", "up.wasm"]
STATUSES = [
    {"broker_id": 1, "partition_id": 0, "status": "PARTITION_STATUS_RUNNING", "lag": 12},
    {"broker_id": 2, "partition_id": 1, "status": "PARTITION_STATUS_ERRORED"},
]


def transform(name: str) -> dict[str, object]:
    return {"name": name, "input_topic_name": "in", "output_topic_names": ["out"], "statuses": STATUSES}


def deploy(account: Account, *args: str) -> Outcome:
    (account.cli.cwd / "up.wasm").write_bytes(modules.identity())
    return account("transform", "deploy", *FLAGS, *args)


def test_deploy(account: Account) -> None:
    account.logged_in()
    outcome = deploy(account, "--var", "K=V", "-v")
    assert (outcome.code, outcome.stdout) == (0, 'transform "up" deployed.\n'), outcome.err
    assert account.asked == ["PUT /v1/transforms"]
    assert account.fake.modules["up"] == modules.identity()
    kept = account.fake.transforms["up"]
    del kept["statuses"]
    assert kept == {
        "name": "up",
        "input_topic_name": "in",
        "output_topic_names": ["out"],
        "environment_variables": [{"key": "K", "value": "V"}],
    }


def test_the_newest_path_that_there_is(account: Account) -> None:
    account.logged_in()
    account.fake.versions = ("v1alpha1",)
    assert deploy(account).code == 0
    assert account.asked == [f"PUT /{version}/transforms" for version in ("v1", "v1alpha2", "v1alpha1")]
    account.fake.versions = ()
    outcome = deploy(account)
    assert (outcome.code, "Are data transforms enabled" in outcome.err) == (6, True)


def test_several_inputs(account: Account) -> None:
    account.logged_in()
    outcome = deploy(account, "-i", "more", "--compression", "zstd", "--ignore-unsupported")
    assert outcome.code == 0, outcome.err
    assert outcome.err.count("is left out: this cluster cannot do it.") == 1
    kept = account.fake.transforms
    assert {name: kept[name]["input_topic_name"] for name in kept} == {"up-in": "in", "up-more": "more"}
    assert account("transform", "delete", "up", "--no-confirm").code == 0
    assert account.fake.transforms == {}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["-o", "second"], "deploys a transform with one"),
        (["--name", "my transform"], "cannot be a transform's name"),
        (["--compression", "zstd"], "cannot deploy with compression zstd"),
        (["--from-offset", "+1"], "from-offset +1"),
    ],
)
def test_what_the_cloud_cannot_do(account: Account, args: list[str], said: str) -> None:
    """Nothing is sent, no topic is made."""
    account.logged_in()
    outcome = deploy(account, *args, "--create-topics")
    assert (outcome.code, outcome.stdout, account.asked) == (2, "", [])
    assert said in outcome.err
    assert "Fix: " in outcome.err


def test_what_it_cannot_do_may_be_left_out(account: Account) -> None:
    account.logged_in()
    outcome = deploy(account, "--compression", "zstd", "--from-offset", "+1", "--ignore-unsupported")
    assert (outcome.code, "compression zstd is left out" in outcome.err) == (0, True)
    assert set(account.fake.transforms["up"]) == {"name", "input_topic_name", "output_topic_names", "statuses"}


def test_a_serverless_cluster(account: Account) -> None:
    account.logged_in(type="TYPE_SERVERLESS", url="")
    outcome = deploy(account)
    assert (outcome.code, account.asked) == (2, [])
    assert "run no transforms" in outcome.err


def test_list(account: Account) -> None:
    account.logged_in()
    account.fake.transforms = {"up": transform("up")}
    outcome = account("transform", "list")
    assert outcome.stdout == (
        "NAME  INPUT TOPIC  OUTPUT TOPIC  RUNNING  LAG\nup    in           out           1 / 2    12\n"
    )
    (shown,) = json.loads(account("transform", "list", "-d", "--format", "json").stdout)
    assert shown["status"] == [
        {"node_id": 1, "partition": 0, "status": "running", "lag": 12},
        {"node_id": 2, "partition": 1, "status": "errored", "lag": 0},
    ]


def test_pages_are_followed(account: Account) -> None:
    account.logged_in()
    account.fake.versions = ("v1alpha2",)
    account.fake.transforms = {f"t{number}": transform(f"t{number}") for number in range(5)}
    account.fake.page = 2
    outcome = account("transform", "list", "--format", "json")
    assert [each["name"] for each in json.loads(outcome.stdout)] == ["t0", "t1", "t2", "t3", "t4"]
    assert account.asked == [
        "GET /v1/transforms",
        "GET /v1alpha2/transforms",
        "GET /v1alpha2/transforms?page_token=2",  # the found one is remembered
        "GET /v1alpha2/transforms?page_token=4",
    ]


def test_pages_without_an_end(account: Account) -> None:
    account.logged_in()
    account.fake.fail("/v1/transforms", *[Reply(200, {"next_page_token": "again"})] * 2)
    outcome = account("transform", "list")
    assert (outcome.code, "does not end" in outcome.err) == (5, True)
    account.fake.fail("/v1/transforms", *[Reply(200, {"next_page_token": str(page)}) for page in range(101)])
    assert account("transform", "list").code == 5


def test_delete(account: Account) -> None:
    account.logged_in()
    account.fake.transforms = {"up": transform("up")}
    outcome = account("transform", "delete", "up", "--no-confirm")
    assert (outcome.code, outcome.stdout) == (0, "Delete successful!\n")
    assert account.asked == ["DELETE /v1/transforms/up"]
    gone = account("transform", "delete", "../a b", "--no-confirm")
    assert (gone.code, "the transform was not found" in gone.err) == (6, True)
    assert account.asked[1:] == [f"DELETE /{v}/transforms/..%2Fa%20b" for v in ("v1", "v1alpha2", "v1alpha1")]


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_pause_wants_the_admin_api(account: Account, command: str) -> None:
    token = account.logged_in()
    outcome = account("transform", command, "up")
    assert (outcome.code, outcome.stdout, account.asked) == (2, "", [])
    assert "-X admin.hosts" in outcome.err
    account.fake.fail("/api/v1/transform/up/meta", Reply(200, ""))
    asked = account("transform", command, "up", "-X", f"admin.hosts={account.url}")
    assert (asked.code, account.asked) == (0, ["PUT /api/v1/transform/up/meta"]), asked.err
    assert account.server.asked[0].headers["authorization"] == f"Bearer {token}"
    assert json.loads(account.server.asked[0].body) == {"is_paused": command == "pause"}
    clear = account("transform", command, "up", "-X", "admin.hosts=http://h.example:1")
    assert (clear.code, "in the clear" in clear.err) == (2, True)
    unreachable = account("transform", command, "up", "-X", "admin.hosts=127.0.0.1:1")
    assert (unreachable.code, "https://127.0.0.1:1" in unreachable.err) == (5, True)


def test_what_is_deployed_cannot_be_changed_in_place(account: Account) -> None:
    account.logged_in()
    outcome = account("transform", "update", "up", "--var", "A=1", "--no-confirm")
    assert (outcome.code, outcome.stdout, account.asked) == (2, "", [])
    assert "Deploy it again with --var" in outcome.err


def test_the_difference_and_the_way_back(account: Account) -> None:
    account.logged_in()
    flags = [*FLAGS[1:], "--format", "json"]
    assert deploy(account, "--var", "K=V").code == 0
    found = json.loads(account("transform", "diff", "up", *flags).stdout)
    assert [change["field"] for change in found["changes"]] == ["env.K"]  # its compression is not told
    assert found["module"]["status"] == "same"
    assert "no change" in deploy(account, "--var", "K=V").stdout
    assert deploy(account, "--var", "K=W").code == 0
    assert account("transform", "rollback", "up", "--no-confirm").code == 0
    assert account.fake.transforms["up"]["environment_variables"] == [{"key": "K", "value": "V"}]
    outcome = account("transform", "redeploy", *FLAGS, "--from-offset", "+0", "--no-confirm")
    assert (outcome.code, "from-offset +0" in outcome.err) == (2, True)
    assert not [asked for asked in account.asked if asked.startswith("DELETE")]


def test_limits_of_a_cloud_cluster(account: Account) -> None:
    account.logged_in()
    (account.cli.cwd / "up.wasm").write_bytes(modules.identity())
    outcome = account("transform", "validate", "up.wasm", "--limits", "cluster")
    assert (outcome.code, "cannot be read" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (Reply(400, {"code": "INVALID_ARGUMENT", "message": "provided parameters are invalid"}), 6, "are invalid."),
        (Reply(403, {"code": "PERMISSION_DENIED", "message": "nope"}), 4, "nope."),
        (Reply(504, "<html><title>Gateway</title>"), 5, "a web page, 'Gateway'"),
        (Reply(200, "<html><title>Portal</title>"), 5, "a web page, 'Portal'"),
        (Reply(200, {"transforms": [{}]}), 5, "not the Data Plane API's"),
        (Reply(200, {"transforms": 3}), 5, "not the Data Plane API's"),
        (Reply(200, {"transforms": [{"name": "x", "statuses": [{"lag": "many"}]}]}), 5, "not the Data Plane API's"),
        (Reply(closed=True), 5, "no answer"),
        (Reply(200, '{"transforms": []}', cut=5), 5, "no answer"),
    ],
)
def test_bad_answers(account: Account, reply: Reply, code: int, said: str) -> None:
    account.logged_in()
    account.fake.fail("/transforms", *[reply] * 4)
    outcome = account("transform", "list")
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err


def test_a_passing_failure_is_no_failure(account: Account) -> None:
    account.logged_in()
    account.fake.fail("/transforms", Reply(500, ""), Reply(429, "", {"Retry-After": "0"}), Reply(closed=True))
    assert deploy(account).code == 0
    assert account.fake.modules["up"] == modules.identity()  # each attempt sends all of it


def test_a_slow_answer_ends_in_time(account: Account) -> None:
    account.logged_in()
    account.fake.fail("/transforms", Reply(200, "{" + " " * 1000 + "}", trickle_s=0.2))
    began = time.monotonic()
    outcome = account("transform", "list", "-X", "globals.command_timeout=1s")
    assert (outcome.code, "no answer" in outcome.err) == (5, True)
    assert time.monotonic() - began < 9  # the body would take 200 s


@pytest.mark.parametrize("url", ["", "http://dataplane.example", "ftp://x", "nonsense"])
def test_a_data_plane_that_cannot_be_asked(account: Account, url: str) -> None:
    account.logged_in(url=url or "''")
    outcome = account("transform", "list")
    assert (outcome.code, "cluster_url" in outcome.err) == (2, True), outcome.err


def test_a_project_with_what_the_cloud_cannot_do(account: Account, tmp_path: Path) -> None:
    account.logged_in()
    (account.cli.cwd / "transform.yaml").write_text(
        "name: up\ninput-topic: in\noutput-topic: out\nlanguage: c\ncompression: gzip\n"
    )
    (account.cli.cwd / "up.wasm").write_bytes(modules.identity())
    outcome = account("transform", "deploy", "--force")
    assert (outcome.code, "compression gzip" in outcome.err) == (2, True)
    assert account("transform", "deploy", "--force", "--compression", "none").code == 0


def test_from_nothing_to_a_deployed_transform_and_back(account: Account) -> None:
    """As a CI job does it: log in, make a profile, deploy, look, delete, log out."""
    assert account("cloud", "login", "--no-profile", env=CLIENT).code == 0
    assert account("profile", "create", "ci", "--from-cloud", "mycluster", "-s", "brokers=127.0.0.1:1").code == 0
    assert deploy(account).code == 0
    assert "up    in           out           1 / 1    0" in account("transform", "list").stdout
    assert account("transform", "delete", "up", "--no-confirm").code == 0
    assert account("cloud", "logout", "-c").code == 0
    assert account("transform", "list").code == 4
    assert "auth_token" not in account.file.read_text()


def test_without_a_login(account: Account) -> None:
    """With the client's secret in the environment each command gets a token of its own, and keeps it nowhere."""
    assert (
        account("profile", "create", "ci", "--from-cloud", "mycluster", "-s", "brokers=127.0.0.1:1", env=CLIENT).code
        == 0
    )
    assert account("transform", "list", env=CLIENT).code == 0
    assert account.asked.count("POST /oauth/token") == 2
    assert "cloud_auth:" not in account.file.read_text()
    assert account("transform", "list").code == 4
