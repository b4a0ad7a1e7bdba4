"""Processes that are measured: a transform host on one record path, `rpkpy host run`, and the loop per record."""

import contextlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import workloads

from rpkpy.config.settings import KafkaSettings
from tests.host.harness import Api, eventually
from tests.host.processes import address, launch

_TICK = os.sysconf("SC_CLK_TCK")
_transforms = itertools.count()


def cpu_s(pid: int) -> float:
    """CPU seconds of a process so far (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


class Host:
    """A host of one process, on one record path."""

    def __init__(self, broker: str, path: str) -> None:
        command = [sys.executable, str(Path(__file__).with_name("transform_host.py")), broker, path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.api = Api(self._process.stdout.readline().strip())

    def cpu_s(self) -> float:
        """CPU seconds of the process so far."""
        return cpu_s(self._process.pid)

    def close(self) -> None:
        """End it in order."""
        assert self._process.stdin is not None
        self.api.http.close()
        self._process.stdin.close()
        self._process.wait(60)


@contextlib.contextmanager
def running(kafka: KafkaSettings, count: int, *options: str) -> Iterator[list["tuple[subprocess.Popen[bytes], Api]"]]:
    """`count` times `rpkpy host run` for the time of the block, ended in order but for those that are killed."""
    found: list[tuple[subprocess.Popen[bytes], Api]] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for number in range(count):
                home = Path(folder) / str(number)
                process = launch(kafka.brokers[0], home, "--node-id", str(number), *options)
                eventually(lambda home=home, process=process: address(home) or process.poll() is not None)
                url = address(home)
                if url is None:
                    process.kill()
                    raise RuntimeError((home / "host.stderr").read_text())
                found.append((process, Api(url)))
            yield found
        finally:
            for process, api in found:
                api.http.close()
                process.terminate()
            for process, _ in found:
                process.wait(60)


@contextlib.contextmanager
def deployed(api: Api, guest: workloads.Guest, source: str, output: str, partitions: int = 1) -> Iterator[str]:
    """A transform that runs, for the time of the block."""
    name = f"bench-{next(_transforms)}"
    environment = [{"key": key, "value": value} for key, value in guest.env.items()]
    answer = api.deploy(name, source, [output], guest.wasm, environment=environment)
    if answer.status_code != 200:
        raise RuntimeError(f"{name} cannot be deployed: {answer.text}")
    if not eventually(lambda: api.states(name) == ["running"] * partitions):
        raise RuntimeError(f"{name} does not run: {api.listing()}")
    try:
        yield name
    finally:
        with contextlib.suppress(Exception):  # its host may have been killed, and the cluster goes with the topics
            api.http.delete(f"/v1/transform/{name}")


@contextlib.contextmanager
def loop(kafka: KafkaSettings, guest: workloads.Guest, source: str, output: str, count: int) -> Iterator["Loop"]:
    """The loop per record, ready to go."""
    with tempfile.NamedTemporaryFile(suffix=".wasm") as module:
        module.write(guest.wasm)
        module.flush()
        script = str(Path(__file__).with_name("record_loop.py"))
        arguments = [kafka.brokers[0], module.name, json.dumps(guest.env), source, output, str(count)]
        process = subprocess.Popen(
            [sys.executable, script, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            if process.stdout.readline() != "ready\n":
                raise RuntimeError("the loop per record did not start")
            yield Loop(process)
            if process.wait(60):
                raise RuntimeError("the loop per record failed")
        finally:
            process.kill()
            process.wait()


class Loop:
    """A loop's process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def go(self) -> None:
        """Begin."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def cpu_s(self) -> float:
        """CPU seconds so far."""
        return cpu_s(self._process.pid)
