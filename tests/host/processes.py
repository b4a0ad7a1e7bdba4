"""Hosts as processes of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.host.harness import Api, eventually
from tests.kafka.fixture import TestKafka

RUN = [sys.executable, "-m", "rpkpy", "host", "run"]
LISTEN = ("--admin-listen", "127.0.0.1:0")


def launch(bootstrap: str, folder: Path, *args: str) -> "subprocess.Popen[bytes]":
    """Start `rpkpy host run`, with `folder` as its home and working directory; what it says is in host.stderr there."""
    folder.mkdir(exist_ok=True)
    with (folder / "host.stderr").open("wb") as stderr:
        return subprocess.Popen(
            [*RUN, "--brokers", bootstrap, *(() if "--admin-listen" in args else LISTEN), *args],
            stderr=stderr,
            env={"HOME": str(folder), "PATH": os.environ["PATH"]},
            cwd=folder,
        )


def address(folder: Path) -> str | None:
    """The URL of the Admin API of the host that was launched there; None as long as it has none."""
    found = re.search(r"Admin API listening on (https?://\S+)", (folder / "host.stderr").read_text())
    return found[1] if found else None


@contextmanager
def host_process(kafka: TestKafka, folder: Path, *args: str) -> Iterator[tuple["subprocess.Popen[bytes]", Api]]:
    """`rpkpy host run` as a process of its own, killed at the end of the block if it still runs."""
    process = launch(kafka.bootstrap, folder, *args)
    try:
        eventually(lambda: address(folder) or process.poll() is not None)
        url = address(folder)
        assert url, (folder / "host.stderr").read_text()
        api = Api(url)
        with api.http:
            yield process, api
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
