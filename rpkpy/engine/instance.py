"""A running transform: batches in, batches out."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import wasmtime  # noqa: TID253

from rpkpy.batches import codec
from rpkpy.engine import fiber
from rpkpy.engine.demangle import demangle
from rpkpy.engine.interrupts import DeferredSignals
from rpkpy.engine.memory import GuestMemory
from rpkpy.engine.module import CompiledModule
from rpkpy.engine.output import Output, Stats
from rpkpy.engine.preview1 import HostFunction, Preview1
from rpkpy.engine.schema_registry import SchemaRegistry
from rpkpy.engine.schema_registry import functions as schema_registry_functions
from rpkpy.engine.transform_abi import TransformAbi, pending
from rpkpy.engine.trap import GuestFault, GuestTrap
from rpkpy.errors import InvalidError
from rpkpy.wasm import abi
from rpkpy.wasm.limits import MAX_TABLE_ELEMENTS

_READ_BATCH_HEADER = "read_batch_header"
# How much fuel a guest uses before the host looks for signals: some 20 ms of plain instructions.
_YIELD_FUEL = 100_000_000


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Instance:
    """One guest, driven by `start` and `process`; usable from any one thread at a time, and a context manager.

    `name` is the guest's argv[0]; its environment is `env` and the names of its topics. `on_log(fd, text)` gets each
    log event the broker would keep (fd 1 or 2). `clock` gives the milliseconds since the epoch that written records
    carry. `compression` is that of the batches in an Output. `schema_registry` answers the guest's questions for
    schemas; without it the registry is not enabled.

    A guest that fails raises GuestTrap and is dead, as is one whose host raised (a signal, a failing `on_log`): make a
    new Instance of the same CompiledModule.
    """

    def __init__(
        self,
        module: CompiledModule,
        *,
        name: str,
        input_topic: str,
        output_topics: Sequence[str],
        env: Mapping[str, str] | None = None,
        on_log: Callable[[int, bytes], None] | None = None,
        compression: str = "none",
        clock: Callable[[], int] = _now_ms,
        schema_registry: SchemaRegistry | None = None,
    ) -> None:
        self._compiled = module
        self._limits = module.engine.limits
        self._clock = clock
        self._schema_registry = schema_registry
        self._compression = compression
        self._signals = DeferredSignals()
        self._raised: BaseException | None = None
        self._lock = threading.Lock()
        self._alive = True
        self._started = False
        self._call: fiber.Call | None = None
        self._counted = Stats()

        self._store = store = fiber.Store(module.engine.wasmtime_engine)
        store.limit(memory_bytes=self._limits.memory_bytes, table_elements=MAX_TABLE_ELEMENTS)
        self._memory = GuestMemory(store.context)
        environment = dict(env or {}) | {"REDPANDA_INPUT_TOPIC": input_topic}
        environment |= {f"REDPANDA_OUTPUT_TOPIC_{index}": topic for index, topic in enumerate(output_topics)}
        self._wasi = Preview1(
            self._memory,
            arguments=[name],
            environment=environment,
            log_line_bytes=self._limits.log_line_bytes,
            on_log=on_log,
        )
        self._abi = TransformAbi(
            self._memory, self._wasi, store.context_address, topics=output_topics, fuel=self._limits.fuel
        )
        store.yield_every(_YIELD_FUEL)
        self._park = fiber.Park(self._on_read_batch_header)
        self._link(module.module)

    def _link(self, module: wasmtime.Module) -> None:
        functions = {
            abi.TRANSFORM: self._abi.functions(),
            abi.WASI: self._wasi.functions(),
            abi.SCHEMA_REGISTRY: schema_registry_functions(self._memory, self._schema_registry, self._signals.deliver),
        }
        for key in dict.fromkeys((item.module, item.name or "") for item in module.imports):
            module_name, name = key
            if key == (abi.TRANSFORM, _READ_BATCH_HEADER):
                self._store.define_async(module_name, name, abi.LINK_TABLE[key], self._park)
            else:
                callback = self._guarded(functions[module_name][name])
                self._store.define(module_name, name, abi.LINK_TABLE[key], callback)

    # Host functions. Nothing may leave them but a result or a trap.

    def _guarded(self, function: HostFunction) -> fiber.RawCallback:
        signals = self._signals

        def callback(_environment: Any, caller: int, values: Any, _count: int) -> int:
            try:
                if signals.pending:
                    signals.deliver()
                result = function(caller, values)
                if result is not None:
                    values[0] = result
                return 0
            except BaseException as error:
                return self._fail(error)

        return callback

    def _on_read_batch_header(self, caller: int, pointers: list[int]) -> int:
        try:
            if not self._started:
                raise GuestFault("unreachable", "The start section reads records; only _start may")
            largest = self._abi.read_batch_header(caller, pointers)
            if largest is not None:
                self._park.release(largest)
            return 0
        except BaseException as error:
            return self._fail(error)

    def _fail(self, error: BaseException) -> int:
        self._raised = error
        return fiber.new_trap(str(error) or type(error).__name__)

    # The guest's life.

    def start(self) -> Output:
        """Instantiate the guest and run `_start` until it asks for its first batch.

        The Output is empty but for its stats. Raises GuestTrap, and InvalidError for a module that does not fit the
        limits.
        """
        with self._exclusive():
            if self._started:
                raise RuntimeError("the instance has been started")
            self._run(self._store.instantiate(self._compiled.module))
            assert self._call is not None  # noqa: S101
            instance = self._call.result
            self._memory.bind(self._store.export(instance, "memory").memory)
            self._started = True
            self._run(self._store.call(self._store.export(instance, "_start").func))
            return self._output(self._abi.take())

    def process(self, batches: bytes | memoryview, skip_until: int | None = None) -> Output:
        """Give the guest v2 record batches of one partition, of any compression; returns when it asks for more.

        Records with offsets below `skip_until` are not shown to it. Raises MalformedBatch before the guest sees
        anything, and GuestTrap.
        """
        fed = pending(codec.decode_batches(batches), skip_until)
        with self._exclusive():
            if not self._started:
                raise RuntimeError("the instance has not been started")
            if fed:
                self._abi.feed(fed)
                self._park.release(self._abi.resume())
                assert self._call is not None  # noqa: S101
                self._run(self._call)
            return self._output(self._abi.take())

    def close(self) -> None:
        """End the guest, wherever it is. May be called again."""
        with self._lock:
            self._kill()

    def __enter__(self) -> "Instance":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Refuses a second thread and a dead guest, where going on would corrupt memory."""
        if not self._lock.acquire(blocking=False):
            raise RuntimeError("the instance is running in another thread")
        try:
            if not self._alive:
                raise RuntimeError("the instance is closed")
            yield
        finally:
            self._lock.release()

    def _kill(self) -> None:
        self._alive = False
        self._memory.release()
        self._store.close()

    # Running it.

    def _run(self, call: fiber.Call) -> None:
        """Poll `call` until it ends well or waits for batches; on any other way out the guest is dead."""
        self._call = call
        try:
            with self._signals:
                while not (ended := call.poll()) and not self._park.waiting:
                    self._signals.deliver()
            if not ended:
                return
            failure = call.failure()
            if failure is not None:
                self._raise(failure)
            if self._started:
                raise self._trap(GuestFault("returned", "The function _start returned"), ())
        except BaseException:
            self._kill()
            raise

    def _raise(self, failure: fiber.Failure) -> NoReturn:
        raised, self._raised = self._raised, None
        if raised is not None and not isinstance(raised, GuestFault):
            raise raised
        if raised is None and failure.code is None and not self._started:
            raise self._refused(failure.message)
        if raised is None:
            # wasmtime's text is a backtrace with the reason in its last line.
            lines = failure.message.strip().splitlines() or ["trap"]
            raised = GuestFault(failure.code or "trap", lines[-1].strip().removeprefix("wasm trap: "))
        raise self._trap(raised, tuple(demangle(name) for name in failure.frames))

    def _refused(self, cause: str) -> InvalidError:
        """The error for a module that cannot be instantiated under the limits."""
        return InvalidError(
            "The module does not fit the broker's limits.",
            cause=cause,
            fix=f"A transform has {self._limits.memory_bytes} bytes of memory "
            f"(data_transforms_per_function_memory_limit) and one table of {MAX_TABLE_ELEMENTS} elements.",
        )

    def _trap(self, fault: GuestFault, frames: tuple[str, ...]) -> GuestTrap:
        fuel_used = self._abi.count_fuel()
        before, failed = self._abi.take_failed()
        at_record = self._abi.phase == "record"
        record = self._abi.record if at_record else None
        stats = self._stats(sum(map(len, before)))
        return GuestTrap(
            fault.code,
            str(fault),
            phase=self._abi.phase,
            frames=frames,
            record_offset=record[2] if record else None,
            record_timestamp_ms=record[1] if record else None,
            memory_bytes=self._memory.current_size(),
            fuel_used=fuel_used,
            guest_exit_code=fault.guest_exit_code,
            output=self._made(before, stats),
            failed_output=self._made(failed, Stats()),
        )

    # What came of it.

    def _output(self, payloads: list[list[bytes]]) -> Output:
        self._abi.count_fuel()
        return self._made(payloads, self._stats(sum(map(len, payloads))))

    def _made(self, payloads: list[list[bytes]], stats: Stats) -> Output:
        return Output(tuple(payloads), self._clock(), stats, self._compression, self._limits.batch_bytes)

    def _stats(self, records_out: int) -> Stats:
        """What was counted since the last time."""
        abi_calls, before = self._abi, self._counted
        self._counted = Stats(
            records_in=abi_calls.records_in, fuel_used=abi_calls.fuel_used, logs_dropped=self._wasi.dropped
        )
        most, abi_calls.max_record_fuel = abi_calls.max_record_fuel, 0
        return Stats(
            records_in=self._counted.records_in - before.records_in,
            records_out=records_out,
            fuel_used=self._counted.fuel_used - before.fuel_used,
            max_record_fuel=most,
            memory_bytes=self._memory.current_size(),
            logs_dropped=self._counted.logs_dropped - before.logs_dropped,
        )
