"""`rpkpy cloud cluster select` and `rpkpy profile create --from-cloud`."""

from typing import Any

import pytest

from tests.cli.cloud.account import Account
from tests.fakes.cloud import dedicated, serverless
from tests.redpanda.loopback import Reply

ID = "cjb61bsg5m0q7c7h1a10"


def profiles(account: Account) -> dict[str, dict[str, Any]]:
    return {profile["name"]: dict(profile) for profile in account.kept["profiles"]}


@pytest.mark.parametrize("wanted", [ID, "mycluster", "default/mycluster"])
def test_by_id_and_by_name(account: Account, wanted: str) -> None:
    account.logged_in(profile=False)
    outcome = account("cloud", "cluster", "select", wanted)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.stdout.startswith(
        'Created and switched to a new profile "rpk-cloud" to talk to cloud cluster "default/mycluster".\n'
    )
    assert account.kept["current_profile"] == "rpk-cloud"
    assert profiles(account)["rpk-cloud"] == {
        "name": "rpk-cloud",
        "description": "",
        "from_cloud": True,
        "cloud_cluster": {
            "namespace": "",
            "resource_group": "default",
            "cluster_id": ID,
            "cluster_name": "mycluster",
            "auth_org_id": "org-1",
            "auth_kind": "client-credentials",
            "cluster_type": "TYPE_DEDICATED",
            "cluster_url": account.url,
        },
        "kafka_api": {"brokers": ["seed-1.example:9092"], "tls": {}},
        "admin_api": {},
        "schema_registry": {"addresses": ["https://sr.example:30081"], "tls": {}},
    }


def test_the_newest_version_that_there_is(account: Account) -> None:
    account.logged_in(profile=False)
    account.fake.versions = ("v1beta2",)
    assert account("cloud", "cluster", "select", ID).code == 0
    assert account.asked == [
        f"GET /v1/clusters/{ID}",
        f"GET /v1beta2/clusters/{ID}",
        "GET /v1beta2/resource-groups/ns-1",  # the found one is remembered
    ]


def test_pages_are_followed(account: Account) -> None:
    account.logged_in(profile=False)
    account.fake.clusters = [dedicated(f"c{number}", f"n{number}") for number in range(5)]
    account.fake.page = 2
    assert account("cloud", "cluster", "select", "default/n4").code == 0
    assert [path for path in account.asked if "page_token" in path] == [
        "GET /v1/clusters?page_token=2",
        "GET /v1/clusters?page_token=4",
    ]


def test_a_list_without_an_end(account: Account) -> None:
    account.logged_in(profile=False)
    page = Reply(200, {"clusters": [], "next_page_token": "again"})
    account.fake.fail("/clusters", *[Reply(200, {"serverless_clusters": []}), page, page])
    outcome = account("cloud", "cluster", "select", "default/n4")
    assert (outcome.code, "the list does not end" in outcome.err) == (5, True), outcome.err


def test_serverless(account: Account) -> None:
    account.logged_in(profile=False)
    account.fake.serverless = [serverless()]
    outcome = account("cloud", "cluster", "select", "tiny")
    assert (outcome.code, "run no transforms" in outcome.err) == (0, True), outcome.err
    assert "SASL" not in outcome.stdout
    made = profiles(account)["rpk-cloud"]
    assert made["cloud_cluster"]["cluster_type"] == "TYPE_SERVERLESS"
    assert made["kafka_api"] == {"brokers": ["tiny.example:9092"], "tls": {}, "sasl": {"mechanism": "CLOUD-OIDC"}}
    assert made["admin_api"] == {"addresses": ["https://console.tiny.example"], "tls": {}}
    before = len(account.asked)
    for command in (["list"], ["pause", "x"], ["resume", "x"], ["delete", "x", "--no-confirm"]):
        refused = account("transform", *command)
        assert (refused.code, refused.stdout) == (2, "")
        assert "Serverless clusters of Redpanda Cloud run no transforms." in refused.err
    assert len(account.asked) == before


@pytest.mark.parametrize(
    ("cluster", "code", "said"),
    [
        (dedicated(state="STATE_CREATING"), 6, "It is creating."),
        (dedicated(kafka_api=None), 6, "cannot be used yet"),
        (dedicated(schema_registry={"url": "https://a b/"}), 6, "an address that cannot be used"),
    ],
)
def test_clusters_that_cannot_be_used(account: Account, cluster: dict[str, Any], code: int, said: str) -> None:
    account.logged_in(profile=False)
    account.fake.clusters = [cluster]
    outcome = account("cloud", "cluster", "select", ID)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err
    assert account.kept["profiles"] == []


def test_no_such_cluster(account: Account) -> None:
    account.logged_in(profile=False)
    outcome = account("cloud", "cluster", "select", "nope")
    assert (outcome.code, "unable to find a cluster 'nope'" in outcome.err) == (6, True)
    account.fake.clusters = [dedicated("c1", "one", resource_group_id="a"), dedicated("c2", "one")]
    several = account("cloud", "cluster", "select", "one")
    assert (several.code, "default/one: c2" in several.err) == (2, True), several.err
    assert account("cloud", "cluster", "select", "default/one").code == 0
    assert profiles(account)["rpk-cloud"]["cloud_cluster"]["cluster_id"] == "c2"


def test_without_a_terminal_the_clusters_are_named(account: Account) -> None:
    account.logged_in(profile=False)
    account.fake.serverless = [serverless()]
    outcome = account("cloud", "cluster", "select")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.err.index("default/tiny: cserver") < outcome.err.index(f"default/mycluster: {ID}")
    account.fake.clusters, account.fake.serverless = [], []
    assert account("cloud", "cluster", "select").code == 6


def test_the_profile_follows(account: Account) -> None:
    """Another cluster takes the profile over, without the credentials of the one before."""
    account.logged_in(profile=False)
    account.fake.clusters.append(dedicated("c2", "second"))
    account("cloud", "cluster", "select", "mycluster")
    account("profile", "set", "user=me", "pass=hush", "tls.ca=/ca.pem", "admin.hosts=admin.example")
    again = account("cloud", "cluster", "select", "mycluster")
    assert again.stdout.startswith('Updated profile "rpk-cloud" to talk to cloud cluster "default/mycluster".')
    kept = profiles(account)["rpk-cloud"]["kafka_api"]
    assert (kept["sasl"]["user"], kept["tls"]) == ("me", {"ca_file": "/ca.pem"})
    assert profiles(account)["rpk-cloud"]["admin_api"] == {"addresses": ["admin.example"]}
    account("profile", "create", "other")
    switched = account("cloud", "cluster", "select", "second")
    assert switched.stdout.startswith('Switched to existing "rpk-cloud" profile and updated it')
    kept = profiles(account)["rpk-cloud"]["kafka_api"]
    assert ("sasl" in kept, kept["tls"]) == (False, {})
    assert profiles(account)["rpk-cloud"]["admin_api"] == {}
    assert account.kept["current_profile"] == "rpk-cloud"


def test_a_profile_of_that_name_that_is_not_for_the_cloud(account: Account) -> None:
    account.logged_in(profile=False)
    account("profile", "create", "rpk-cloud")
    outcome = account("cloud", "cluster", "select", ID)
    assert (outcome.code, "--profile NAME" in outcome.err) == (2, True)
    assert account("cloud", "cluster", "select", ID, "--profile", "mine").code == 0
    before = len(account.asked)
    clash = account("cloud", "cluster", "select", ID, "--profile", "mine")
    assert (clash.code, len(account.asked)) == (2, before)


def test_mtls(account: Account) -> None:
    account.logged_in(profile=False)
    account.fake.clusters = [dedicated(kafka_api={"seed_brokers": ["h:9092"], "mtls": {"enabled": True}})]
    assert "rpkpy profile set tls.cert" in account("cloud", "cluster", "select", ID).stdout


def test_profile_create(account: Account) -> None:
    account.logged_in(profile=False)
    outcome = account("profile", "create", "mine", "--from-cloud", "mycluster", "-s", "user=me", "-d", "text")
    assert (outcome.code, outcome.stdout.splitlines()[0]) == (0, 'Created and switched to new profile "mine".')
    assert "generate SASL credentials" not in outcome.stdout
    made = profiles(account)["mine"]
    assert (made["kafka_api"]["sasl"], made["description"]) == ({"user": "me"}, "text")
    assert account("profile", "create", "--from-cloud=mycluster").code == 0
    assert set(profiles(account)) == {"mine", "rpk-cloud"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["mine", "--from-cloud"], "default/mycluster"),
        (["--from-cloud", "-d", "text"], "default/mycluster"),
        (["rpk-cloud", "--from-cloud", "mycluster"], "of that name exists"),
        (["x", "--from-cloud", "mycluster", "-s", "nope=1"], "unable to find field"),
        (["x", "--from-cloud", "mycluster", "--from-profile", "rpk-cloud"], "exclude each other"),
    ],
)
def test_profile_create_refused(account: Account, args: list[str], said: str) -> None:
    account.logged_in()
    before = account.file.read_bytes()
    outcome = account("profile", "create", *args)
    assert (outcome.code, outcome.stdout, account.file.read_bytes()) == (2, "", before)
    assert said in outcome.err


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (Reply(403, {"code": "PERMISSION_DENIED", "message": "nope"}), 4, "nope."),
        (Reply(429, {"message": "slow"}, {"Retry-After": "600"}), 6, "Try again in 600 s."),
        (Reply(200, "<!doctype html><title>Portal</title>"), 5, "a web page, 'Portal'"),
        (Reply(200, "[]"), 5, "not Redpanda Cloud's"),
        (Reply(307, "", {"Location": "/v1/clusters/x"}), 5, "Redirects are not followed"),
        (Reply(501, ""), 6, "Not Implemented"),
        (Reply(599, b"\xff\x1b[31m"), 6, "\\x1b[31m"),
    ],
)
def test_bad_answers(account: Account, reply: Reply, code: int, said: str) -> None:
    account.logged_in(profile=False)
    account.fake.fail("/v1/clusters", *[reply] * 4)
    outcome = account("cloud", "cluster", "select", ID)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err


def test_nobody_is_logged_in(account: Account) -> None:
    outcome = account("cloud", "cluster", "select")
    assert (outcome.code, account.asked) == (4, [])
    assert "Fix: rpkpy cloud login" in outcome.err


def test_a_token_given_from_outside(account: Account) -> None:
    token = account.fake.issue("whoever")
    assert account("cloud", "cluster", "select", ID, env={"RPK_CLOUD_TOKEN": token}).code == 0
    account.fake.refuse(token)
    outcome = account("cloud", "cluster", "select", ID, env={"RPK_CLOUD_TOKEN": token})
    assert (outcome.code, "token is revoked" in outcome.err) == (4, True)
