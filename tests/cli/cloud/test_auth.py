"""`rpkpy cloud auth` and `rpkpy cloud logout`."""

import json

import pytest

from tests.cli.cloud.account import CLIENT, Account

TWO = """\
version: 6
# kept
current_profile: rpk-cloud
current_cloud_auth_org_id: o2
current_cloud_auth_kind: sso
profiles:
    - name: rpk-cloud
      from_cloud: true
      cloud_cluster: {auth_org_id: o2, auth_kind: sso, cluster_name: c}
    - name: self
      kafka_api: {brokers: [h]}
cloud_auth:
    - name: o2-sso Beta
      organization: Beta
      org_id: o2
      kind: sso
      auth_token: t2
      client_id: c2
      more: stays
    - {name: o1-client-credentials Alpha, organization: Alpha, org_id: o1, kind: client-credentials, auth_token: t1,
       client_id: c1, client_secret: s1}
"""


def test_list(account: Account) -> None:
    assert account("cloud", "auth", "list").stdout == "NAME  KIND  ORGANIZATION  ORGANIZATION-ID\n"
    account.write(TWO)
    outcome = account("cloud", "auth", "ls")
    assert outcome.stdout == (
        "NAME                         KIND                ORGANIZATION  ORGANIZATION-ID\n"
        "o1-client-credentials Alpha  client-credentials  Alpha         o1\n"
        "o2-sso Beta*                 sso                 Beta          o2\n"
    )
    shown = json.loads(account("cloud", "auth", "list", "--format", "json").stdout)
    assert shown[1] == {
        "name": "o2-sso Beta",
        "kind": "sso",
        "organization": "Beta",
        "org_id": "o2",
        "current": True,
        "logged_in": True,
    }
    account.file.chmod(0o644)
    assert "others may read" in account("cloud", "auth", "list").err


def test_use(account: Account) -> None:
    account.write(TWO)
    outcome = account("cloud", "auth", "use", "o1-client-credentials Alpha")
    assert outcome.stdout == (
        'Clearing the current profile "rpk-cloud" which is using the auth that is being swapped from.\n'
        'Set current cloud auth to "o1-client-credentials Alpha".\n'
    )
    assert (account.kept["current_profile"], account.kept["current_cloud_auth_org_id"]) == ("", "o1")
    account("profile", "use", "self")
    assert account("cloud", "auth", "use", "o2-sso Beta").stdout == 'Set current cloud auth to "o2-sso Beta".\n'
    assert account.kept["current_profile"] == "self"
    assert "# kept" in account.file.read_text()


@pytest.mark.parametrize("command", ["use", "delete"])
def test_no_such_login(account: Account, command: str) -> None:
    account.write(TWO)
    outcome = account("cloud", "auth", command, "zz")
    assert (outcome.code, 'cloud auth "zz" does not exist' in outcome.err) == (2, True)
    assert "'o2-sso Beta'" in outcome.err


def test_delete(account: Account) -> None:
    account.write(TWO)
    asked = account("cloud", "auth", "delete", "o2-sso Beta")
    assert (asked.code, "that profiles use (rpk-cloud)" in asked.err, "--no-confirm" in asked.err) == (2, True, True)
    outcome = account("cloud", "auth", "delete", "o2-sso Beta", "--no-confirm")
    assert outcome.stdout == 'Deleted cloud auth "o2-sso Beta".\nThis was the current auth selected.\n'
    kept = account.kept
    assert [auth["name"] for auth in kept["cloud_auth"]] == ["o1-client-credentials Alpha"]
    assert dict(kept["profiles"][0]["cloud_cluster"]) == {"auth_org_id": "", "auth_kind": "", "cluster_name": "c"}
    assert account("cloud", "auth", "delete", "o1-client-credentials Alpha").stdout == (
        'Deleted cloud auth "o1-client-credentials Alpha".\n'
    )


def test_logout(account: Account) -> None:
    assert account("cloud", "logout").stdout == "You are not logged in.\n"
    account.write(TWO)
    assert account("cloud", "logout").stdout == "You are now logged out.\n"
    first, second = account.kept["cloud_auth"]
    assert ("auth_token" in first, first["client_id"], first["more"], second["auth_token"]) == (
        False,
        "c2",
        "stays",
        "t1",
    )
    assert account("cloud", "logout").stdout == "You are not logged in.\n"
    assert account("cloud", "logout", "-c").stdout == "You are now logged out.\n"
    assert "client_id" not in account.kept["cloud_auth"][0]
    outcome = account("cloud", "logout", "--all", "--clear-credentials")
    assert outcome.stdout == "You are now logged out of all organizations you were logged into.\n"
    assert set(account.kept["cloud_auth"][1]) == {"name", "organization", "org_id", "kind"}
    assert account.asked == []


def test_two_organisations(account: Account) -> None:
    """Each keeps its own token; what is asked for goes with the selected one's."""
    account("cloud", "login", "--no-profile", env=CLIENT)
    account.fake.organization = {"id": "org-2", "name": "Other"}
    account.fake.clients["second"] = "sec-2"
    account("cloud", "login", "--no-profile", "--client-id=second", "--client-secret=sec-2")
    logins = account.kept["cloud_auth"]
    assert [login["org_id"] for login in logins] == ["org-1", "org-2"]
    for login in logins:
        account("cloud", "auth", "use", login["name"])
        account("cloud", "cluster", "select")
        assert account.server.asked[-1].headers["authorization"] == f"Bearer {login['auth_token']}"


@pytest.mark.parametrize(
    "text",
    [
        "cloud_auth: 3\n",
        "cloud_auth: [3]\n",
        "cloud_auth: [{name: [x]}]\n",
        "version: 9\n",
    ],
)
@pytest.mark.parametrize(
    "command", ["auth list", "auth use x", "auth delete x", "logout --all", "login", "cluster select"]
)
def test_files_that_cannot_be_used(account: Account, text: str, command: str) -> None:
    account.write(text)
    outcome = account("cloud", *command.split())
    assert (outcome.code, outcome.stdout, account.asked) == (2, "", [])
    assert "rpk.yaml" in outcome.err
    assert account.file.read_text() == text
