"""A project folder beside a fake cluster, for the commands that compare the two."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rpkpy.cli.context import Context
from rpkpy.cli.main import main
from rpkpy.wasm import embed
from tests.cli.harness import Cli, Outcome
from tests.fakes.admin_api import Brokers, Node, running
from tests.wasm import modules

PROJECT = """\
name: mask
input-topic: customer
output-topics: [masked, audit]
env: {FIELDS: ssn, KEEP: "1"}
compression: gzip
"""
OTHER = embed.write_section(modules.identity(), "note", b"another build")


class Terminal(io.StringIO):
    """A stream that a person sits at."""

    def isatty(self) -> bool:
        return True


class Shell:
    """Runs `rpkpy transform ...` in the project's folder, against the fake cluster and no Kafka."""

    def __init__(self, cli: Cli, node: Node) -> None:
        self.cli, self.node = cli, node
        self.settings = ("-X", f"admin.hosts={node.address}", "-X", "brokers=127.0.0.1:1")
        self.write()

    def write(self, text: str = PROJECT, module: bytes | None = None) -> None:
        """Make the project anew."""
        (self.cli.cwd / "transform.yaml").write_text(text)
        (self.cli.cwd / "mask.wasm").write_bytes(modules.identity() if module is None else module)

    def __call__(self, *args: str) -> Outcome:
        return self.cli("transform", *args, *self.settings)

    def typed(self, answers: str, *args: str) -> tuple[int, str, str]:
        """The same on a terminal: exit code, standard output, what stands on the terminal."""
        stdout, stderr = io.StringIO(), Terminal()
        context = Context(stdin=Terminal(answers), stdout=stdout, stderr=stderr, environ=self.cli.env, cwd=self.cli.cwd)
        code = main(["transform", *args, *self.settings], context)
        return int(code), stdout.getvalue(), stderr.getvalue()

    def json(self, *args: str) -> Any:
        """The JSON that a command prints."""
        outcome = self(*args, "--format", "json")
        assert outcome.stdout, outcome.err
        return json.loads(outcome.stdout)

    @property
    def deployed(self) -> dict[str, Any]:
        """The transform as the cluster has it."""
        return self.node.brokers.transforms["mask"]

    def set_variables(self, **values: str) -> None:
        """What somebody else does to the deployed transform."""
        self.deployed["environment"] = [{"key": key, "value": value} for key, value in values.items()]

    def changes(self) -> list[str]:
        """The requests so far that change something."""
        return [f"{asked.method} {asked.path}" for asked in self.node.asked if asked.method != "GET"]


@contextmanager
def shell_on_a_fake(cli: Cli) -> Iterator[Shell]:
    """A shell beside a cluster of one broker with no transforms."""
    with running(brokers=Brokers()) as (node,):
        yield Shell(cli, node)
