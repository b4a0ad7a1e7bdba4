"""`rpkpy transform deploy` and `logs` on a cluster whose Kafka asks who is there."""

from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli, Outcome
from tests.cli.transform.test_deploy import PROJECT, Shell, takes_everything
from tests.kafka.secured import PASSWORD, SUPER, Secured
from tests.redpanda.loopback import serving

pytestmark = pytest.mark.kafka


class SecuredShell(Shell):
    """A project, an Admin API that takes everything, and the secured broker."""

    secured: Secured

    def as_user(self, *args: str, user: str = SUPER, password: str = PASSWORD, ca: str = "") -> Outcome:
        settings = ["-X", f"admin.hosts={self.server.address}", "-X", f"brokers={self.secured.secure}"]
        settings += ["-X", f"tls.ca={ca or self.secured.ca}", "-X", f"user={user}", "-X", f"pass={password}"]
        return self.cli("transform", *args, *settings, "-X", "admin.tls.enabled=false")


@pytest.fixture
def shell(cli: Cli, secured: Secured) -> Iterator[SecuredShell]:
    with serving(takes_everything) as server:
        shell = SecuredShell(cli, server)
        shell.secured = secured
        shell.write(PROJECT.replace("customer", "secured-in").replace("[masked, audit]", "[secured-out]"))
        yield shell


def test_topics_are_looked_up_and_made_as_the_user(shell: SecuredShell) -> None:
    missing = shell.as_user("deploy")
    assert (missing.code, "secured-in" in missing.err, shell.server.asked) == (6, True, []), missing.err
    made = shell.as_user("deploy", "--create-topics")
    assert (made.code, "Created secured-in, secured-out." in made.err) == (0, True), made.err
    assert shell.as_user("deploy").code == 0


def test_a_wrong_password_is_said_before_anything_is_sent(shell: SecuredShell) -> None:
    outcome = shell.as_user("deploy", "--create-topics", password="not-the-password")
    assert (outcome.code, shell.server.asked) == (4, [])
    assert "unable to create topics: The brokers refused the credentials." in outcome.err
    assert "not-the-password" not in outcome.err


def test_without_topics_to_make_the_cluster_judges_and_a_warning_says_why(shell: SecuredShell) -> None:
    outcome = shell.as_user("deploy", password="not-the-password")
    assert (outcome.code, len(shell.server.asked)) == (0, 1), outcome.err
    assert "Warning: Topics were not looked up: The brokers refused the credentials." in outcome.err


def test_an_unknown_authority_is_not_nobody(shell: SecuredShell) -> None:
    outcome = shell.as_user("deploy", "--create-topics", ca=str(shell.secured.stranger))
    assert (outcome.code, "is not trusted" in outcome.err, "-X tls.ca=FILE" in outcome.err) == (5, True, True)


def test_a_user_who_may_not_create_is_told(shell: SecuredShell) -> None:
    shell.secured.user("carl", "hush-carl")
    shell.write(PROJECT.replace("customer", "not-for-carl").replace("[masked, audit]", "[not-for-carl-either]"))
    outcome = shell.as_user("deploy", "--create-topics", user="carl", password="hush-carl")
    assert (outcome.code, "TOPIC_AUTHORIZATION_FAILED" in outcome.err, shell.server.asked) == (6, True, [])


def test_logs_as_somebody_and_as_nobody(shell: SecuredShell) -> None:
    wrong = shell.as_user("logs", "mask", password="not-the-password")
    assert (wrong.code, "refused the credentials" in wrong.err) == (4, True), wrong.err
    right = shell.as_user("logs", "mask")
    assert (right.code, "There is no topic _redpanda.transform_logs yet" in right.err) == (0, True), right.err
