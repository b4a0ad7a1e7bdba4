"""A program in an interpreted language, for tests: compiled once, any number of instances."""

import os
from pathlib import Path

from rpkpy.engine import CompiledModule, Engine, Instance
from rpkpy.engine.schema_registry import SchemaRegistry
from rpkpy.wasm.limits import Limits


class Running:
    """A transform compiled for `limits`; `logs` has what the last instance printed, by stream."""

    def __init__(self, wasm: bytes, limits: Limits) -> None:
        self.wasm = wasm
        cache = Path(os.environ["RPKPY_RUNTIMES_DIR"]) / "modules"  # one interpreter's code for all its programs
        self.module: CompiledModule = Engine(limits, cache_dir=cache).compile(wasm)
        self.logs: list[tuple[int, str]] = []

    def start(self, registry: SchemaRegistry | None = None, **env: str) -> Instance:
        """A running instance, with the output topics `out` and `other`."""
        self.logs.clear()
        instance = Instance(
            self.module,
            name="demo",
            input_topic="in",
            output_topics=["out", "other"],
            env=env,
            on_log=lambda stream, text: self.logs.append((stream, bytes(text).decode())),
            schema_registry=registry,
        )
        instance.start()
        return instance
