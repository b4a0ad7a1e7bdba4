"""A transform whose schema registry answers over HTTP, as a cluster's does."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from rpkpy.config.settings import HttpSettings, Settings
from rpkpy.engine import Instance
from rpkpy.redpanda.schema_registry import connect
from tests.fakes.schema_registry import FakeRegistry
from tests.redpanda.loopback import Loopback, serving
from tests.runtimes.program import Running


@contextmanager
def started(
    program: Running, registry: FakeRegistry, told: list[str] | None = None, timeout_s: float = 10.0
) -> Iterator[tuple[Instance, Loopback]]:
    """A running instance and the registry's server; `told` gets what the host says of the registry's answers."""
    say = [] if told is None else told
    with serving(registry) as server:
        settings = Settings(registry=HttpSettings((server.address,)), dial_timeout_s=1.0, request_timeout_s=timeout_s)
        with closing(connect(settings, say.append)) as connected, program.start(connected) as instance:
            yield instance, server
