"""`rpkpy host run`: what keeps it from starting; that it starts and stops is shown in tests/host/test_durability.py."""

import builtins
import socket
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from rpkpy.host import service
from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_help_shows_examples_first(cli: Cli) -> None:
    outcome = cli("host", "run", "--help")
    assert outcome.code == 0
    assert outcome.stdout.index("rpkpy host run --brokers") < outcome.stdout.index("--admin-listen HOST:PORT")


@pytest.mark.parametrize("address", ["0.0.0.0:9644", "[::]:9644", "192.0.2.1:9644", "example.com:9644"])
def test_other_addresses_than_loopback_take_users_and_tls(cli: Cli, address: str) -> None:
    outcome = cli("host", "run", "--admin-listen", address)
    assert outcome.code == 2
    assert "--admin-users FILE" in outcome.err
    assert "--tls-cert FILE --tls-key FILE" in outcome.err
    assert "--insecure-listen starts without it" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--admin-listen", "9644"], "is not an address to listen on"),
        (["--set", "data_transforms_runtime_limit_ms=soon"], "data_transforms_runtime_limit_ms cannot be 'soon'"),
        (["--set", "nonsense=1"], "'nonsense' is not a property of the transform host"),
        (["--memory", "lots"], '--memory: "lots" is not a size'),
        (["--workers", "0"], "--workers"),
        (["--node-id", "-1"], "--node-id"),
    ],
)
def test_arguments_that_cannot_be_meant(cli: Cli, arguments: Sequence[str], words: str) -> None:
    outcome = cli("host", "run", *arguments)
    assert outcome.code == 2
    assert words in outcome.err


def test_a_taken_port_is_named(cli: Cli, taken_port: int) -> None:
    outcome = cli("host", "run", "--admin-listen", f"127.0.0.1:{taken_port}")
    assert outcome.code == 1
    assert f"cannot listen on 127.0.0.1:{taken_port}" in outcome.err
    assert "--admin-listen" in outcome.err


def test_no_broker_is_waited_for_and_then_named(cli: Cli, taken_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "CONNECT_TIMEOUT_S", 2.0)
    broker = f"127.0.0.1:{taken_port}"  # accepts connections and never says a word
    outcome = cli("host", "run", "--brokers", broker, "--admin-listen", "127.0.0.1:0")
    assert outcome.code == 5
    waiting, error = outcome.err.splitlines()[:2]
    assert waiting == f"Waiting for Kafka at {broker} (at most 2 s) ..."
    assert error == f"Error: No Kafka broker answers at {broker}."


def test_a_missing_extra_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_uvicorn(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "uvicorn":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_uvicorn)
    outcome = cli("host", "run", "--admin-listen", "127.0.0.1:0")
    assert outcome.code == 2
    assert 'pip install "rpkpy[host]"' in outcome.err


@pytest.mark.kafka
def test_it_says_where_it_listens_and_ends_at_a_signal(cli: Cli, kafka: TestKafka) -> None:
    import os
    import signal
    import threading

    # In this process, so that the whole command is seen; the handlers that were there before come back.
    before = signal.getsignal(signal.SIGTERM)
    timer = threading.Timer(5, os.kill, (os.getpid(), signal.SIGTERM))
    timer.start()
    try:
        outcome = cli("-v", "host", "run", "--brokers", kafka.bootstrap, "--admin-listen", "127.0.0.1:0")
    finally:
        timer.cancel()
    assert outcome.code == 0
    assert "Admin API listening on http://127.0.0.1:" in outcome.err
    assert signal.getsignal(signal.SIGTERM) is before
