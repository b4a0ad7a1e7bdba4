"""Runs one transform as the broker would: its ABI, limits, clock, environment, log rules. No Kafka, no terminal.

    engine = Engine()
    module = engine.compile(wasm)
    with Instance(module, name="mask", input_topic="in", output_topics=["out"], env={}, on_log=None) as instance:
        instance.start()
        output = instance.process(batches)

Importing this package loads wasmtime (45 ms).
"""

from rpkpy.engine.budget import RecordMeter
from rpkpy.engine.instance import Instance
from rpkpy.engine.module import CompiledModule, Engine
from rpkpy.engine.output import Output, Stats
from rpkpy.engine.trap import GuestTrap

__all__ = ["CompiledModule", "Engine", "GuestTrap", "Instance", "Output", "RecordMeter", "Stats"]
