"""Fixtures that every test may use."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka, running_kafka
from tests.kafka.secured import Secured, running_secured
from tests.toolchains.required import require

# Shells start background jobs with SIGINT ignored, and every process below would inherit that: no Ctrl-C to test.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test of a compiled language needs its compiler."""
    require(item)


@pytest.fixture(scope="session", autouse=True)
def zig_cache(pytestconfig: pytest.Config) -> Iterator[Path]:
    """Where zig keeps the libc that it compiles (half a minute the first time), kept from session to session."""
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)  # `-p no:cacheprovider`
    folder = cache.mkdir("zig") if cache is not None else None
    with pytest.MonkeyPatch.context() as patch:
        if folder is not None:
            patch.setenv("ZIG_GLOBAL_CACHE_DIR", str(folder))
            patch.setenv("ZIG_LOCAL_CACHE_DIR", str(folder / "local"))
        yield folder or Path()


@pytest.fixture(scope="session", autouse=True)
def runtimes(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the interpreters' runtimes are built (a minute the first time), kept from session to session."""
    cache: pytest.Cache | None = getattr(pytestconfig, "cache", None)
    folder = cache.mkdir("runtimes") if cache is not None else tmp_path_factory.mktemp("runtimes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPKPY_RUNTIMES_DIR", str(folder))
        yield folder


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line with a home folder of its own; nothing of this machine's user is read."""
    home = tmp_path / "home"
    home.mkdir()
    return Cli(home)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestKafka]:
    """A real Apache Kafka, started once a session: `.bootstrap`, `.settings`, `.topic(partitions, **config)`."""
    with running_kafka(tmp_path_factory.mktemp("kafka") / "broker") as kafka:
        yield kafka


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A real Apache Kafka with SASL, TLS and access control, started once a session where a test asks for it."""
    with running_secured(tmp_path_factory.mktemp("secured")) as secured:
        yield secured
