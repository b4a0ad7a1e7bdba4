"""The registry commands against servers that are none, that refuse, and that are not there."""

import json

import pytest

from tests.cli.harness import Cli
from tests.fakes.schema_registry import FakeRegistry
from tests.redpanda.loopback import Asked, Loopback, Reply, after, always, in_turn

SUBJECTS = ("registry", "subject", "list")


def test_nobody_there_names_the_registrys_setting(cli: Cli) -> None:
    outcome = cli(*SUBJECTS, "-X", "registry.hosts=127.0.0.1:1")
    assert outcome.code == 5
    assert "no answer from the schema registry at http://127.0.0.1:1" in outcome.err
    assert "-X registry.hosts=HOST:PORT" in outcome.err
    assert "admin" not in outcome.err.lower()


@pytest.mark.parametrize(
    ("reply", "code", "says"),
    [
        (Reply(200, "<html><title>Proxy</title></html>"), 5, "not the schema registry's"),
        (Reply(200, {"a": 1}), 5, "not the schema registry's"),
        (Reply(200, [1]), 5, "not the schema registry's"),
        (Reply(401, {"error_code": 40101, "message": "Unauthorized"}), 4, "-X user=NAME"),
        (Reply(404, "nothing here"), 6, "cluster's schema registry (-X registry.hosts)"),
        (Reply(502, ""), 5, "-X registry.hosts"),
    ],
)
def test_answers_that_are_no_success(registry: Cli, server: Loopback, reply: Reply, code: int, says: str) -> None:
    server.answer = lambda asked: reply
    outcome = registry(*SUBJECTS, "-X", "globals.command_timeout=2s")
    assert (outcome.code, outcome.out, says in outcome.err) == (code, b"", True), outcome.err


def test_a_server_that_fails_once_is_asked_again(registry: Cli, server: Loopback) -> None:
    server.answer = in_turn(Reply(500, {"error_code": 50001, "message": "busy"}), Reply(200, ["s"]))
    assert registry(*SUBJECTS).stdout == "s\n"


def test_a_slow_server_ends_within_the_timeout(registry: Cli, server: Loopback) -> None:
    server.answer = after(1.5, Reply(200, []))
    assert registry(*SUBJECTS, "-X", "globals.command_timeout=500ms").code == 5


def test_credentials_go_along_and_are_not_printed(registry: Cli, server: Loopback) -> None:
    refused = always(401, {"error_code": 40101, "message": "Unauthorized"})
    server.answer = lambda asked: FakeRegistry()(asked) if asked.headers.get("authorization") else refused(asked)
    assert registry(*SUBJECTS).code == 4
    login = ("-X", "user=ann", "-X", "pass=s3cret")
    assert registry(*SUBJECTS, *login).code == 0
    server.answer = refused
    outcome = registry(*SUBJECTS, *login, "-v")
    assert outcome.code == 4
    assert "Check the password of 'ann'" in outcome.err
    assert "s3cret" not in outcome.err + outcome.stdout


def test_an_answers_text_does_not_act_on_a_terminal(registry: Cli, server: Loopback) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(404, json.dumps({"error_code": 40401, "message": "gone \x1b[2J"}))

    server.answer = answer
    assert "\x1b" not in registry("registry", "schema", "get", "s", "--schema-version", "1").err
    server.answer = lambda asked: Reply(200, ["evil\x1b[2J"])
    assert "\x1b" not in registry(*SUBJECTS).stdout
