"""The JavaScript runtime for tests: built once a session, and programs that run in it under the broker's limits."""

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import Instance
from rpkpy.runtimes import javascript
from rpkpy.runtimes.workbench import Workbench
from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildRequest
from rpkpy.wasm.limits import BROKER, Limits
from tests.runtimes.program import Running


@cache
def runtime() -> tuple[bytes, Workbench]:
    """The runtime's module and a workbench that keeps it compiled."""
    folder = Path(os.environ["RPKPY_RUNTIMES_DIR"])
    request = BuildRequest(folder, "", folder, (), os.environ, folder.parent, print)
    return interpreters.runtime("javascript", request)[1], Workbench(interpreters.compiled(request))


def embed(files: Mapping[str, str], entry: str = "index.js") -> bytes:
    """The transform that `files` make."""
    module, workbench = runtime()
    texts = {name: text.encode() for name, text in files.items()}
    return javascript.embed(module, entry, texts.get, workbench)[0]


class Program(Running):
    """A program, by its text or its files, compiled for the broker's limits."""

    def __init__(self, text: str | Mapping[str, str], limits: Limits = BROKER) -> None:
        super().__init__(embed({"index.js": text} if isinstance(text, str) else text), limits)


def values(instance: Instance, given: Sequence[str | bytes | None], topic: int = 0) -> list[str | None]:
    """The values that come out on an output topic for those that go in."""
    records = [Record(None, text.encode() if isinstance(text, str) else text) for text in given]
    output = instance.process(codec.encode_batch(records))
    return [None if record.value is None else record.value.decode() for record in output.records[topic]]


def evaluator(expressions: str = "") -> str:
    """A program that evaluates each record's value and writes the result as text, an exception by its name."""
    return f"""
import {{ onRecordWritten }} from "@redpanda-data/transform-sdk";
{expressions}
onRecordWritten(async (event, writer) => {{
  let value;
  try {{
    value = String(await (0, eval)(event.record.value.text()));
  }} catch (error) {{
    value = `${{error.name}}: ${{error.message}}`;
  }}
  writer.write({{ value }});
}});
"""
