"""The page's playground: a module on a few pasted records, in a process of its own, bounded, one at a time.

A module that eats memory while it is compiled, or hangs, ends with its process, and the host's own processors keep
their memory and time. The process gets none of the host's environment.
"""

import logging
import os
import subprocess
import sys
import threading
from io import BytesIO

from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError
from rpkpy.host.page import trial
from rpkpy.host.page.trial import Request, Result
from rpkpy.kafka.formats import Reader

logger = logging.getLogger("rpkpy.host")

MAX_RECORDS = 100
MAX_INPUT_BYTES = 256 * 1024


class Busy(Exception):
    """Another run is under way."""


class Playground:
    """Runs one request at a time, `run` raising Busy for a second. Thread-safe."""

    def __init__(self, process_s: float = trial.PROCESS_S) -> None:
        self._process_s = process_s
        self._running = threading.Lock()

    def run(self, request: Request, wasm: bytes) -> Result:
        """Never raises for what a module does: the result says it."""
        if not self._running.acquire(blocking=False):
            raise Busy
        try:
            return self._run(request, wasm)
        finally:
            self._running.release()

    def _run(self, request: Request, wasm: bytes) -> Result:
        head = trial.encode(request)
        process = subprocess.Popen(
            [sys.executable, "-m", trial.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd="/",
            env={key: os.environ[key] for key in ("PATH", "PYTHONPATH", "LANG") if key in os.environ},
        )
        try:
            answer, said = process.communicate(head + b"\n" + wasm, timeout=self._process_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return _failed(request, "The module took too long.", f"It was ended after {self._process_s:g} s.")
        if process.returncode != 0 or not answer:
            logger.info("the playground's process ended with %d: %r", process.returncode, said[-1_000:])
            return _failed(
                request,
                "The run ended before it was done.",
                "Its process took more memory or time than it may have, or could not start.",
            )
        return trial.decode(answer)


def _failed(request: Request, message: str, cause: str) -> Result:
    return Result(error=(message, cause, ""), not_run=len(request.records))


def read_records(text: str, form: str, now_ms: int) -> list[Record]:
    """The records of pasted text: `raw`, a value a line; `json`, an object a line as `transform run` reads.

    Raises InvalidError, also for more than MAX_RECORDS.
    """
    content = text.replace("\r\n", "\n").encode("utf-8", "replace")
    if len(content) > MAX_INPUT_BYTES:
        raise InvalidError(f"The records are larger than {MAX_INPUT_BYTES // 1024} KiB together.")
    if content and not content.endswith(b"\n"):
        content += b"\n"
    records = []
    for number, each in enumerate(Reader("json" if form == "json" else "%v\\n", BytesIO(content))):
        if number == MAX_RECORDS:
            raise InvalidError(f"There are more than {MAX_RECORDS} records.")
        timestamp_ms = now_ms if each.timestamp_ms is None else each.timestamp_ms
        if not 0 <= timestamp_ms < 1 << 53:
            raise InvalidError(f"Record {number + 1}: timestamp {timestamp_ms} is out of range.")
        records.append(Record(each.key, each.value, each.headers, timestamp_ms, number))
    if not records:
        raise InvalidError("There is no record.", fix="Paste one record a line.")
    return records
