"""`rpkpy local`: the local cluster from start to purge."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.harness import Cli


@pytest.mark.kafka
@pytest.mark.slow
def test_a_clusters_life(local: Cli) -> None:
    started = local("local", "start", "--any-port", "--format", "json")
    assert started.code == 0, started.err
    status = json.loads(started.stdout)
    assert status["kafka"]["running"] and status["host"]["ready"]
    assert "Selected the profile local" in started.err
    assert json.loads(local("local", "status", "--format", "json").stdout) == {
        **status,
        "kafka": {**status["kafka"], "data_bytes": pytest.approx(status["kafka"]["data_bytes"], abs=1 << 20)},
    }
    # the profile leads the other commands there
    assert local("topic", "create", "t").code == 0
    assert local("topic", "produce", "t", stdin=b"v\n").code == 0
    # again: nothing to do, the same processes; a script for rpk's containers starts the same
    again = local("container", "start", "-n", "1", "--retries", "3", "--format", "json")
    assert json.loads(again.stdout)["kafka"]["pid"] == status["kafka"]["pid"]
    assert "--retries means nothing here" in again.err
    assert local("local", "logs", "kafka", "--tail", "5").stdout.count("\n") == 5
    assert "Admin API listening" in local("local", "logs", "host").stdout
    # other properties: another host, the same Kafka; kept at the next start
    limit = "data_transforms_per_function_memory_limit=4194304"
    changed = json.loads(local("local", "start", "--set", limit, "--format", "json").stdout)
    assert changed["kafka"]["pid"] == status["kafka"]["pid"]
    assert changed["host"]["pid"] != status["host"]["pid"]
    assert limit in Path(f"/proc/{changed['host']['pid']}/cmdline").read_text()
    assert json.loads(local("local", "start", "--format", "json").stdout)["host"]["pid"] == changed["host"]["pid"]
    # a killed host comes back, and so does everything after a stop
    os.kill(changed["host"]["pid"], signal.SIGKILL)
    assert local("local", "stop").err.endswith("Stopped.\n")
    assert "stopped" in local("local", "status").stdout
    assert local("local", "stop").err.endswith("was not running.\n")
    back = json.loads(local("local", "start", "--format", "json").stdout)
    assert back["kafka"]["bootstrap"] == status["kafka"]["bootstrap"]
    assert back["host"]["ready"] and back["host"]["admin"] == status["host"]["admin"]
    assert local("topic", "consume", "t", "-o", ":end", "-f", "%v").stdout == "v"
    # purge asks, and takes everything away
    unconfirmed = local("local", "purge")
    assert (unconfirmed.code, "Error: Not confirmed: Delete the local cluster" in unconfirmed.err) == (2, True)
    assert local("local", "purge", "--yes").code == 0
    assert not (local.home / "data" / "local").exists()
    assert local("profile", "list").stdout.find("local") < 0


@pytest.mark.kafka
@pytest.mark.slow
def test_it_survives_the_terminal(local: Cli) -> None:
    command = [sys.executable, "-m", "rpkpy", "local", "start", "--any-port", "--no-host"]
    with subprocess.Popen(command, env=local.env, start_new_session=True, stderr=subprocess.DEVNULL) as shell:
        assert shell.wait(60) == 0
    # what a closing terminal sends to all that was started from it
    with pytest.raises(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGHUP)
    status = json.loads(local("local", "status", "--format", "json").stdout)
    assert status["kafka"]["running"] and not status["host"]["running"]
    assert os.getsid(status["kafka"]["pid"]) == status["kafka"]["pid"]


@pytest.mark.kafka
@pytest.mark.slow
def test_a_host_that_does_not_start_leaves_kafka_and_says_so(local: Cli) -> None:
    state = local.home / "data" / "local" / "host.json"
    state.parent.mkdir(parents=True)
    state.write_text('{"port": 1, "brokers": "127.0.0.1:1", "properties": ["no_such_property=1"]}')  # another version's
    outcome = local("local", "start", "--any-port")
    assert outcome.code == 1
    assert "The transform host ended with exit code" in outcome.err
    assert "no_such_property" in outcome.err
    assert json.loads(local("local", "status", "--format", "json").stdout)["kafka"]["running"]
    assert local("profile", "current").stdout == "local\n"
    limit = "data_transforms_per_function_memory_limit=4194304"
    assert local("local", "start", "--set", limit).code == 0  # which takes the place of what was remembered


def test_a_property_that_cannot_be_is_refused_before_it_is_remembered(local: Cli) -> None:
    outcome = local("local", "start", "--set", "no_such_property=1")
    assert (outcome.code, "'no_such_property' is not a property" in outcome.err) == (2, True)
    outcome = local("local", "start", "--set", "data_transforms_runtime_limit_ms=often")
    assert (outcome.code, "cannot be 'often'" in outcome.err) == (2, True)
    assert not (local.home / "data").exists()


@pytest.mark.kafka
@pytest.mark.slow
def test_the_selected_profile_is_not_about_the_local_host(local: Cli) -> None:
    rpk_yaml = Path(local.env["XDG_CONFIG_HOME"]) / "rpk" / "rpk.yaml"
    rpk_yaml.parent.mkdir(parents=True)
    rpk_yaml.write_text(
        "version: 6\ncurrent_profile: prod\nprofiles:\n  - name: prod\n    kafka_api:\n      brokers: [prod:9092]\n"
        "      tls: {}\n      sasl: {user: u, password: p, mechanism: PLAIN}\n"
    )
    rpk_yaml.chmod(0o600)
    local.env["RPK_USER"] = "somebody"
    outcome = local("local", "start", "--any-port")
    assert outcome.code == 0, outcome.err
    assert "before: prod; back with `rpkpy profile use prod`" in outcome.err


def test_before_any_start(cli: Cli) -> None:
    status = json.loads(cli("local", "status", "--format", "json").stdout)
    assert (status["kafka"]["running"], status["kafka"]["bootstrap"], status["host"]["admin"]) == (False, None, None)
    assert cli("local", "stop").code == 0
    assert cli("local", "purge", "-y").code == 0
    logs = cli("local", "logs", "host")
    assert (logs.code, "There is no log of host yet" in logs.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("start", "-n", "3"), 2, "The local cluster is one node"),
        (("start", "--port", "0"), 2, "0"),
        (("start", "--java", "no-such-java", "--no-host"), 1, "no-such-java cannot run Kafka"),
        (("start", "--format", "xml"), 2, "xml"),
        (("logs", "zookeeper"), 2, 'There is no log called "zookeeper"'),
    ],
)
def test_what_cannot_be_meant(cli: Cli, arguments: tuple[str, ...], code: int, words: str) -> None:
    outcome = cli("local", *arguments)
    assert (outcome.code, words in outcome.err) == (code, True), outcome.err


def test_no_network_and_no_jars_is_unreachable(cli: Cli) -> None:
    outcome = cli("local", "start", "--no-host", env={"RPKPY_MAVEN_REPOSITORY": "http://127.0.0.1:9"})
    assert outcome.code == 5
    assert "could not be downloaded" in outcome.err and "Fix:" in outcome.err
