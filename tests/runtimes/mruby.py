"""The Ruby runtime for tests: built once a session, and programs that run in it under the broker's limits."""

import os
import struct
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap
from rpkpy.runtimes import ruby
from rpkpy.runtimes.recipe import Recipe
from rpkpy.runtimes.workbench import Workbench
from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildRequest
from rpkpy.wasm.limits import BROKER, Limits
from tests.runtimes.micropython import Interpreter
from tests.runtimes.program import Running


@cache
def runtime() -> tuple[Recipe, bytes, Workbench]:
    """The recipe, the runtime's module and a workbench that keeps it compiled."""
    folder = Path(os.environ["RPKPY_RUNTIMES_DIR"])
    request = BuildRequest(folder, "", folder, (), os.environ, folder.parent, print)
    made, module = interpreters.runtime("ruby", request)
    return made, module, Workbench(interpreters.compiled(request))


def embed(files: Mapping[str, str], entry: str = "transform.rb") -> bytes:
    """The transform that `files` make."""
    _, module, workbench = runtime()
    texts = {name: text.encode() for name, text in files.items()}
    return ruby.embed(module, entry, texts.get, workbench)[0]


class Program(Running):
    """A program, by its text or its files, compiled for the broker's limits."""

    def __init__(self, files: str | Mapping[str, str], limits: Limits = BROKER) -> None:
        super().__init__(embed({"transform.rb": files} if isinstance(files, str) else files), limits)


class Ruby(Interpreter):
    """Runs scripts in mruby with the broker's stack and memory."""

    def __init__(self) -> None:
        super().__init__(runtime()[1])

    def load(self, files: list[tuple[str, bytes]], call: Callable[[str, bytes], tuple[int, bytes]]) -> bytes:
        """Compile each file to byte code and load these."""
        content = struct.pack("<I", len(files))
        for path, source in files:
            name = path.encode()
            failed, result = call("rpkpy_compile", struct.pack("<I", len(name)) + name + source)
            if failed:
                return result
            (size,) = struct.unpack_from("<I", result)
            content += struct.pack("<II", len(name), size) + name + result[4 : 4 + size]
        return b"too large" if call("rpkpy_load", content)[0] else b""

    def script(self, text: str) -> str:
        """What one script prints; it must neither trap nor end with an exception."""
        printed, errors, trap = self.run([("main.rb", text.encode())])
        assert trap is None and errors.startswith(NO_CALLBACK), (printed, errors, trap)
        return printed.decode()


NO_CALLBACK = b"The transform registered no callback"


def callback(body: str, before: str = "") -> str:
    """A program whose callback is `body`, with the names event, writer and record."""
    return (
        f'require "redpanda_transform"\n{before}\nRedpanda.on_record_written do |event, writer|\n'
        f"  record = event.record\n{body}\nend\n"
    )


def outcome(program: Program, value: bytes = b"") -> tuple[list[bytes | None], list[tuple[int, str]], bool]:
    """The values that a record gives on the first topic, the log, and whether the instance failed."""
    with program.start() as instance:
        try:
            output = instance.process(codec.encode_batch([Record(b"key", value)]))
        except GuestTrap:
            return [], list(program.logs), True
        return [record.value for record in output.records[0]], list(program.logs), False
