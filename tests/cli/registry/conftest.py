"""A command line whose settings name a registry on loopback."""

from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli
from tests.fakes.schema_registry import FakeRegistry
from tests.redpanda.loopback import Loopback, serving


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving(FakeRegistry()) as server:
        yield server


@pytest.fixture
def registry(cli: Cli, server: Loopback) -> Cli:
    """The command line with an empty registry, and files of schemas in its folder."""
    cli.env["RPK_REGISTRY_HOSTS"] = server.address
    (cli.cwd / "customer.avsc").write_text(
        '{"type": "record", "name": "Customer", "fields": [{"name": "id", "type": "int"}]}'
    )
    (cli.cwd / "wider.avsc").write_text(
        '{"type": "record", "name": "Customer", "fields": [{"name": "id", "type": "int"},'
        ' {"name": "email", "type": "string", "default": ""}]}'
    )
    (cli.cwd / "stricter.avsc").write_text(
        '{"type": "record", "name": "Customer", "fields": [{"name": "id", "type": "int"},'
        ' {"name": "age", "type": "int"}]}'
    )
    (cli.cwd / "order.proto").write_text('syntax = "proto3";\nimport "c.proto";\nmessage Order {}\n')
    return cli
