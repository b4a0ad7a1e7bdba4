"""The transform commands against three brokers of which one is down, hangs or fails: each does its work."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from rpkpy.config.settings import HttpSettings
from rpkpy.errors import RpkpyError
from rpkpy.redpanda import event_loop, http
from tests.cli.harness import Cli, Outcome
from tests.fakes.admin_api import CLOSED, HTML_ERROR, HUNG, Fault, Node, answers, failing, first, redirecting, running
from tests.redpanda.loopback import Reply

WASM = b"\0asm\1\0\0\0" + bytes(200_000)
COMMANDS: dict[str, tuple[list[str], str]] = {
    "list": (["list"], "NAME  INPUT TOPIC  OUTPUT TOPIC  RUNNING  LAG\nold   in           out           1 / 1    0\n"),
    "deploy": (
        ["deploy", "--file", "x.wasm", "--name", "new", "-i", "in", "-o", "out", "--no-validate"],
        'transform "new" deployed.\n',
    ),
    "pause": (["pause", "old"], "Transform paused!\n"),
    "resume": (["resume", "old"], "Transform resumed!\n"),
    "delete": (["delete", "old", "--no-confirm"], "Delete successful!\n"),
}
LEADER = 1
# what every command asks first, and what deploy and delete ask in the end
BAD = [*((command, 0) for command in COMMANDS), ("deploy", LEADER), ("delete", LEADER)]


@dataclass
class Three:
    """Three brokers, asked in their order: the first of them is asked first."""

    nodes: list[Node]
    cli: Cli

    def __call__(self, command: str, timeout: str = "20s") -> Outcome:
        (self.cli.cwd / "x.wasm").write_bytes(WASM)
        hosts = ",".join(node.address for node in self.nodes)
        settings = ["-X", f"admin.hosts={hosts}", "-X", f"globals.command_timeout={timeout}"]
        return self.cli("transform", *COMMANDS[command][0], *settings, env={"RPK_BROKERS": "127.0.0.1:1"})

    def check(self, command: str, outcome: Outcome) -> None:
        """The command did what it says, once."""
        assert (outcome.code, outcome.stdout) == (0, COMMANDS[command][1]), outcome.err
        transforms = self.nodes[0].brokers.transforms
        assert set(transforms) == {"deploy": {"old", "new"}, "delete": set()}.get(command, {"old"})
        if command == "deploy":
            assert transforms["new"]["wasm"] == WASM
        elif command != "delete":
            assert transforms["old"]["is_paused"] == (command == "pause")

    def changes(self, node: int) -> int:
        """How many changes arrived at `node`."""
        return sum(1 for asked in self.nodes[node].asked if asked.method != "GET")


@pytest.fixture
def three(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[Three]:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr("random.sample", lambda hosts, count: list(hosts))
    with running(3) as nodes:
        brokers = nodes[0].brokers
        brokers.leader_id = LEADER
        brokers.transforms["old"] = {"name": "old", "input_topic": "in", "output_topics": ["out"], "is_paused": False}
        yield Three(nodes, cli)


@pytest.mark.parametrize(("command", "bad"), BAD)
@pytest.mark.parametrize(
    "fault", [failing(503), failing(500), CLOSED, HTML_ERROR], ids=["503", "500", "closed", "html-502"]
)
def test_one_fails_once(three: Three, command: str, bad: int, fault: Fault) -> None:
    three.nodes[bad].fault = first(1, fault)
    three.check(command, three(command))


@pytest.mark.parametrize(("command", "bad"), BAD)
def test_one_is_down(three: Three, command: str, bad: int) -> None:
    three.nodes[bad].stop()
    three.check(command, three(command))
    assert three.changes(bad) == 0


@pytest.mark.parametrize(("command", "bad"), BAD)
def test_one_hangs(three: Three, command: str, bad: int) -> None:
    three.nodes[bad].fault = HUNG
    three.check(command, three(command, "3s"))


@pytest.mark.parametrize("command", ["deploy", "delete"])
def test_the_leader_hangs_once_the_work_begins(three: Three, command: str) -> None:
    three.nodes[LEADER].fault = lambda asked: None if asked.method == "GET" else HUNG(asked)
    three.check(command, three(command, "3s"))
    assert (three.changes(LEADER), three.changes(0)) == (1, 1)


@pytest.mark.parametrize("command", ["deploy", "delete"])
def test_the_leader_is_asked_at_once(three: Three, command: str) -> None:
    three.check(command, three(command))
    assert [three.changes(node) for node in range(3)] == [0, 1, 0]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_broker_that_sends_on_to_the_leader(three: Three, command: str) -> None:
    three.nodes[0].fault = redirecting(three.nodes[LEADER])
    three.check(command, three(command))


@pytest.mark.parametrize("command", COMMANDS)
def test_all_fail_once(three: Three, command: str) -> None:
    for node in three.nodes:
        node.fault = first(1, failing(503))
    three.check(command, three(command))


@pytest.mark.parametrize("command", ["list", "deploy"])
def test_none_answers(three: Three, command: str) -> None:
    three.nodes[0].stop()
    three.nodes[1].fault = CLOSED
    three.nodes[2].fault = HUNG
    outcome = three(command, "3s")
    assert (outcome.code, outcome.stdout) == (5, "")
    assert "no answer from the Admin API, at none of 3 hosts." in outcome.err
    for node, said in zip(
        three.nodes, ("Connection refused", "the connection ended early", "no answer within"), strict=True
    ):
        assert f"http://{node.address}: {said}" in outcome.err


def test_what_the_cluster_says_counts_more_than_silence(three: Three) -> None:
    three.nodes[0].fault = failing(503)
    three.nodes[1].stop()
    three.nodes[2].stop()
    outcome = three("list")
    assert outcome.code == 6
    assert "Error: unable to list transforms: Leader not available." in outcome.err
    assert f"http://{three.nodes[1].address}: Connection refused" in outcome.err


def test_a_post_is_sent_again_only_where_it_cannot_have_arrived(three: Three) -> None:
    def posted(*hosts: Node) -> bool:
        async def post() -> bool:
            api = http.HttpApi(HttpSettings(tuple(node.address for node in hosts)), None, 1.0, 5.0)
            async with api.client() as client:
                await api.request(client, "POST", "/v1/transform/deploy", action="x", deadline=http.Deadline.after(5))
            return True

        return event_loop.run(post())

    down, bad, good = three.nodes
    down.stop()
    good.fault = answers(Reply())
    assert posted(down, good)
    for fault in (failing(503), CLOSED):
        bad.fault = fault
        with pytest.raises(RpkpyError):
            posted(bad, good)
    assert (len(bad.asked), len(good.asked)) == (2, 1)
