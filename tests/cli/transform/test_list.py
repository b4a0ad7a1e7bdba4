"""`rpkpy transform list`: beyond the recorded runs (tests/cli/wire)."""

import json
import signal
import subprocess
import sys
import time

from tests.cli.harness import Cli
from tests.redpanda.loopback import always, serving

ENTRY = {"name": "up", "input_topic": "in", "output_topics": ["out"], "status": None, "compression": "none"}


def test_nothing_is_asked_for_the_shape(cli: Cli) -> None:
    outcome = cli("transform", "list", "--format", "help", "-X", "admin.hosts=127.0.0.1:1")
    assert outcome.code == 0
    assert "running: string" in outcome.stdout
    assert "partition: integer" in cli("transform", "list", "-d", "--format", "help").stdout


def test_formats_in_upper_case(cli: Cli) -> None:
    with serving(always(200, [ENTRY])) as server:
        admin = ("-X", f"admin.hosts={server.address}")
        assert json.loads(cli("transform", "list", "--format", "JSON", *admin).stdout)[0]["running"] == "0 / 0"
        assert cli("transform", "list", "--format", "xml", *admin).code == 2
        assert len(server.asked) == 1


def test_null_stays_null_in_json_and_is_empty_in_yaml(cli: Cli) -> None:
    with serving(always(200, [ENTRY | {"output_topics": None}])) as server:
        args = ("transform", "list", "-d", "-X", f"admin.hosts={server.address}", "--format")
        (row,) = json.loads(cli(*args, "json").stdout)
        assert (row["output_topics"], row["status"]) == (None, None)
        assert "output_topics: []\n" in cli(*args, "yaml").stdout


def test_names_cannot_act_on_the_terminal(cli: Cli) -> None:
    with serving(always(200, [ENTRY | {"name": "a\x1b[2Jb\ud800"}])) as server:
        for more in ((), ("-d",)):
            outcome = cli("transform", "list", *more, "-X", f"admin.hosts={server.address}")
            assert outcome.code == 0
            assert "a\\x1b[2Jb" in outcome.stdout
            assert "\x1b" not in outcome.stdout


def test_ctrl_c_ends_a_slow_answer(cli: Cli) -> None:
    with serving(always(200, " " * 1000, trickle_s=0.2)) as server:
        command = [sys.executable, "-m", "rpkpy", "transform", "list", "-X", f"admin.hosts={server.address}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=cli.env) as process:
            while not server.asked:
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=8)  # the answer would take 200 s, the deadline 10
    assert (process.returncode, out) == (130, b"")
    assert err.endswith(b"Interrupted.\n")


def test_verbose_tells_of_requests(cli: Cli) -> None:
    with serving(always(200, [])) as server:
        outcome = cli("transform", "list", "-v", "-X", f"admin.hosts={server.address}")
        assert f"GET http://{server.address}/v1/transform/: 200, 2 bytes" in outcome.err
