"""The conformance suite's adapter for rpkpy's engine."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

import wasmtime  # noqa: TID253

from rpkpy.engine import CompiledModule, Engine, GuestTrap, Instance, Output
from rpkpy.errors import InvalidError
from rpkpy.toolchains import languages
from rpkpy.toolchains.base import BuildRequest
from rpkpy.wasm.limits import Limits
from tests.engine.conformance import Case, Observed, ObservedTrap, Payload, Refusal

InstanceFactory = Callable[..., Instance]
"""Called as `Instance` is: with a compiled module, name, input_topic, output_topics, env, on_log, compression."""

Feeding = Literal["together", "apart"]
"""Whether the engine gets all batches in one `process` or each in its own: the guest cannot tell."""

_HEADER = Path(__file__).parents[2] / "templates" / "c" / "project" / "redpanda_transform.h"


class EngineHost:
    """Runs cases on instances that `factory` makes. `build_dir` is where C guests are built."""

    def __init__(self, build_dir: Path, *, factory: InstanceFactory = Instance, feeding: Feeding = "together") -> None:
        self._build_dir = build_dir
        self._factory = factory
        self._feeding = feeding

    def run(self, case: Case) -> Observed:
        """See `conformance.Host`."""
        observed = Observed(outputs={topic: [] for topic in case.output_topics}, records_in=0, logs_dropped=0)
        observed.batches = dict.fromkeys(case.output_topics, b"")
        try:
            module = _compiled(_engine(case.limits), guest_wasm(case, self._build_dir))
        except InvalidError as error:
            observed.refused = Refusal("compile", f"{error.message} {error.cause}")
            return observed
        with self._factory(
            module,
            name=case.transform_name,
            input_topic=case.input_topic,
            output_topics=case.output_topics,
            env=case.environment,
            on_log=lambda fd, text: observed.logs.append((fd, text)),
            compression=case.compression,
        ) as instance:
            self._drive(instance, case, observed)
        return observed

    def _drive(self, instance: Instance, case: Case, observed: Observed) -> None:
        batches = [batch.encode() for batch in case.input]
        feeds = [b"".join(batches)] if self._feeding == "together" else batches
        budget = case.limits.fuel
        try:
            started = instance.start()
            observed.start_fuel_share = started.stats.fuel_used / budget
            _collect(case, observed, started)
            for feed in feeds:
                _collect(case, observed, instance.process(feed, skip_until=case.skip_until))
        except GuestTrap as trap:
            observed.trap = ObservedTrap(
                code=trap.code,
                phase=trap.phase,
                message=f"{trap.message} {trap.cause}",
                offset=trap.record_offset,
                timestamp_ms=trap.record_timestamp_ms,
                exit_code=trap.guest_exit_code,
                frames=trap.frames,
                failed_outputs=_outputs(case, trap.failed_output) if trap.failed_output else {},
                fuel_share=trap.fuel_used / budget,
            )
            if trap.output is not None:
                _collect(case, observed, trap.output)
            observed.memory_bytes = trap.memory_bytes
        except InvalidError as error:
            observed.refused = Refusal("instantiate", f"{error.message} {error.cause}")


def _collect(case: Case, observed: Observed, output: Output) -> None:
    for topic, records in _outputs(case, output).items():
        observed.outputs[topic] += records
    stats = output.stats
    observed.records_in = (observed.records_in or 0) + stats.records_in
    observed.logs_dropped = (observed.logs_dropped or 0) + stats.logs_dropped
    observed.memory_bytes = stats.memory_bytes
    if stats.max_record_fuel:  # nothing unless the instance is metered
        share = stats.max_record_fuel / case.limits.fuel
        observed.record_fuel_share = max(observed.record_fuel_share or 0, share)
    for topic, data in zip(case.output_topics, output.batches, strict=True):
        assert observed.batches is not None
        observed.batches[topic] += data


def _outputs(case: Case, output: Output) -> dict[str, list[Payload]]:
    return {
        topic: [(record.key, record.value, record.headers) for record in records]
        for topic, records in zip(case.output_topics, output.records, strict=True)
    }


def guest_wasm(case: Case, build_dir: Path) -> bytes:
    """The case's guest, assembled, or built in `build_dir` with the C toolchain and rpkpy's own header."""
    return _assembled(case.guest) if case.language == "wat" else _built(case.guest, build_dir / case.name)


@cache
def _assembled(text: str) -> bytes:
    return bytes(wasmtime.wat2wasm(text))


@cache
def _built(text: str, folder: Path) -> bytes:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "guest.c").write_text(text, encoding="utf-8")
    (folder / _HEADER.name).write_bytes(_HEADER.read_bytes())
    out = folder / "guest.wasm"
    request = BuildRequest(
        root=folder, name="guest", out=out, extra=(), environ=os.environ, cache=folder, say=lambda _: None, debug=True
    )
    languages.find("c").build(request)
    return out.read_bytes()


@cache
def _engine(limits: Limits) -> Engine:
    return Engine(limits)


@cache
def _compiled(engine: Engine, wasm: bytes) -> CompiledModule:
    return engine.compile(wasm)
