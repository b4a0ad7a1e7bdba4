"""A running transform: batches in, batches out."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import wasmtime  # noqa: TID253

from rpkpy.batches import codec
from rpkpy.engine import fiber, logs, shim
from rpkpy.engine import schema_registry as registry_abi
from rpkpy.engine.batch_memory import BatchMemory
from rpkpy.engine.budget import Budget, RecordMeter
from rpkpy.engine.interrupts import DeferredSignals
from rpkpy.engine.linking import MEMORY
from rpkpy.engine.memory import GuestMemory, out_of_bounds
from rpkpy.engine.module import CompiledModule
from rpkpy.engine.output import Output, Stats
from rpkpy.engine.schema_registry import SchemaRegistry
from rpkpy.engine.trap import GuestFault, GuestTrap
from rpkpy.errors import InvalidError
from rpkpy.wasm import abi
from rpkpy.wasm.demangle import demangle
from rpkpy.wasm.limits import MAX_TABLE_ELEMENTS
from rpkpy.wasm.module import FuncType

_AT = shim.constants()
_BEFORE_ANY_OFFSET = -(1 << 63)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Instance:
    """One guest, driven by `start` and `process`; usable from any one thread at a time, and a context manager.

    `name` is the guest's argv[0]; its environment is `env` and the names of its topics. `on_log(fd, text)` gets each
    log event the broker would keep (fd 1 or 2). `clock` gives the milliseconds since the epoch that written records
    carry. `compression` is that of the batches in an Output. `schema_registry` answers the guest's questions for
    schemas; without it the registry is not enabled. `metered` counts each record's fuel exactly, for a microsecond a
    record, and tells `meter`; otherwise a record's budget is exact to a 64th of it (see Budget). `check_crcs` tests the
    checksums of the batches that come in. `wall_time_s` bounds one call of `start` or `process`, beside the fuel, to
    within some 50 ms.
    `partition` is told of a record at which the guest fails; it may be set at any time. With `carry_times` a written
    record has the time of the record that the guest read last, instead of the clock's.

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
        metered: bool = False,
        meter: RecordMeter | None = None,
        check_crcs: bool = True,
        wall_time_s: float | None = None,
        partition: int | None = None,
        carry_times: bool = False,
    ) -> None:
        self.partition = partition
        self._input_topic = input_topic
        self._wall_time_s = wall_time_s
        self._interrupted = False
        self._compiled = module
        self._limits = module.engine.limits
        self._clock = clock
        self._schema_registry = schema_registry
        self._compression = compression
        self._check_crcs = check_crcs
        self._carry_times = carry_times
        self._signals = DeferredSignals()
        self._raised: BaseException | None = None
        self._lock = threading.Lock()
        self._alive = True
        self._started = False
        self._call: fiber.Call | None = None
        self._counted = (0, 0, 0, 0)  # records in and out, fuel, dropped logs
        self._on_log = on_log
        self._logs_dropped = 0

        self._store = store = fiber.Store(module.engine.wasmtime_engine)
        environment = dict(env or {}) | {"REDPANDA_INPUT_TOPIC": input_topic}
        environment |= {f"REDPANDA_OUTPUT_TOPIC_{index}": topic for index, topic in enumerate(output_topics)}
        # Two instances, guest and shim. The guest's one memory is made for it: none that a module defines is another.
        store.limit(
            memory_bytes=self._limits.memory_bytes, table_elements=MAX_TABLE_ELEMENTS, instances=2, tables=1, memories=0
        )
        self._batches = BatchMemory(
            store,
            self._limits,
            arguments=[name],
            environment=environment,
            topics=output_topics,
            on_log=self._log,
            carry_times=carry_times,
        )
        self._budget = Budget(store, self._batches, self._limits.fuel, metered=metered, meter=meter)
        self._park = fiber.Park(self._on_next)
        self._memory: GuestMemory | None = None

    def _link(self) -> None:
        """Make the guest's memory and the shim, and offer the shim's functions to the guest."""
        store, module = self._store, self._compiled
        assert module.memory is not None  # noqa: S101
        try:
            guest_memory = store.new_limited_memory(module.memory)
        except wasmtime.WasmtimeError as error:
            raise self._refused(str(error)) from None
        self._memory = GuestMemory(store, guest_memory)
        for address, content in module.data:
            self._memory.view[address : address + len(content)] = content
        store.define_memory(*MEMORY, guest_memory)
        store.define_memory("guest", "memory", guest_memory)
        store.define_memory("host", "batches", self._batches.memory)
        store.define_async("host", "next", FuncType((), ()), self._park)
        for name, params, function in (
            ("flush", 1, lambda values: self._batches.flush(_signed(values[0]))),
            ("fault", 3, self._on_fault),
            ("meter", 0, lambda _: self._budget.on_record()),
        ):
            store.define("host", name, FuncType(("i32",) * params, ()), self._guarded(function))
        made = store.instantiate(module.engine.shim())
        self._run(made)
        registry = registry_abi.functions(self._memory, self._schema_registry, self._signals.deliver)
        for key in dict.fromkeys(module.imports):
            if key[0] == abi.SCHEMA_REGISTRY:
                store.define(*key, abi.LINK_TABLE[key], self._guarded(registry[key[1]]))
            else:
                store.define_item(*key, store.export(made.result, shim.export_name(*key)))
        self._shim = made.result

    # Host functions. Nothing may leave them but a result or a trap.

    def _guarded(self, function: fiber.HostFunction) -> fiber.RawCallback:
        signals = self._signals

        def callback(_environment: Any, _caller: Any, values: Any, _count: int) -> int:
            try:
                if signals.pending:
                    signals.deliver()
                result = function(values)
                if result is not None:
                    values[0] = result
                return 0
            except BaseException as error:
                return self._fail(error)

        return callback

    def _on_next(self) -> int:
        if self._started:
            return 0
        return self._fail(GuestFault("unreachable", "The start section reads records; only _start may"))

    def _on_fault(self, values: Any) -> NoReturn:
        kind, first, second = values[0], values[4], values[8]
        if kind == _AT["FAULT_POINTER"]:
            assert self._memory is not None  # noqa: S101
            raise out_of_bounds(first, second, self._memory.size())
        if kind == _AT["FAULT_OPTIONS"]:
            raise GuestFault("bad_options", "The options of write_record_with_options are cut short")
        if kind == _AT["FAULT_EXIT"]:
            raise GuestFault("exit", f"The guest called proc_exit({first})", guest_exit_code=first)
        raise GuestFault("output_limit", f"The guest wrote a record of {first} bytes")

    def _fail(self, error: BaseException) -> int:
        self._raised = error
        return fiber.new_trap(str(error) or type(error).__name__)

    def _log(self, fd: int, written: bytes) -> None:
        event = logs.event(written, self._limits.log_line_bytes)
        if event is None:
            self._logs_dropped += 1
        elif self._on_log is not None:
            self._on_log(fd, event)

    # The guest's life.

    def start(self) -> Output:
        """Instantiate the guest and run `_start` until it asks for its first batch.

        The Output is empty but for its stats. Raises GuestTrap, and InvalidError for a module that does not fit the
        limits. Whatever it raises, the instance is closed.
        """
        self._enter(started=False)
        try:
            self._link()
            guest = self._store.instantiate(self._compiled.module)
            self._run(guest)
            self._started = True
            self._run(self._store.call(self._store.export(guest.result, "_start").of.func))
            return self._output()
        except BaseException:
            self._kill()
            raise
        finally:
            self._lock.release()

    def process(self, batches: bytes | memoryview, skip_until: int | None = None) -> Output:
        """Give the guest v2 record batches of one partition, of any compression; returns when it asks for more.

        Records with offsets below `skip_until` are not shown to it. Raises MalformedBatch before the guest sees
        anything, and GuestTrap.
        """
        self._enter(started=True)
        try:
            self._batches.input_area(len(batches))[:] = batches
            return self._process(len(batches), skip_until).kept()
        finally:
            self._lock.release()

    def input_area(self, size: int) -> memoryview:
        """Where `process_input` will find an input of `size` bytes: to be filled in place, from a socket say.

        What stood there before has been used, and its checksums are overwritten.
        """
        self._enter(started=True)
        try:
            return self._batches.input_area(size)
        finally:
            self._lock.release()

    def process_input(self, size: int, skip_until: int | None = None) -> Output:
        """As `process` with the first `size` bytes of the input area. The Output is good until the next call of this
        instance: its batches stand in the same memory."""
        self._enter(started=True)
        try:
            return self._process(size, skip_until)
        finally:
            self._lock.release()

    def _process(self, size: int, skip_until: int | None) -> Output:
        if size:
            batches = self._batches
            if self._check_crcs:
                codec.check_crcs(batches.input_area(size))
            skip = _BEFORE_ANY_OFFSET if skip_until is None else skip_until
            self._go_on(size, skip)
            if batches.status:
                readable = self._readable(batches.input_area(size))
                batches.input_area(len(readable))[:] = readable
                self._go_on(len(readable), skip)
        return self._output()

    def _go_on(self, size: int, skip_until: int) -> None:
        self._batches.start_input(size, skip_until, self._clock())
        self._park.release()
        assert self._call is not None  # noqa: S101
        self._run(self._call)

    def _readable(self, batches: memoryview) -> bytes:
        """The batches, which the shim could not read, decompressed. Raises MalformedBatch, saying what is wrong."""
        if self._batches.status == _AT["COMPRESSED"]:
            return codec.inflated(batches)
        for batch in codec.decode_batches(batches, check_crc=False):
            if not batch.is_control:
                batch.entries()
        raise codec.MalformedBatch("The record batches cannot be read.")

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that the guest has now."""
        return self._memory.size() if self._memory else 0

    def interrupt(self) -> None:
        """End a guest that another thread runs: there GuestTrap comes out (`interrupted`) within some 50 ms.

        What earlier records made is in its `output`, as in any GuestTrap; the record at hand has made nothing.
        """
        self._interrupted = True

    def close(self) -> None:
        """End the guest, wherever it is. May be called again."""
        with self._lock:
            self._kill()

    def __enter__(self) -> "Instance":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _enter(self, *, started: bool) -> None:
        """Take the lock; refuses a second thread and a dead guest, where going on would corrupt memory."""
        if not self._lock.acquire(False):
            raise RuntimeError("the instance is running in another thread")
        if self._alive and self._started == started:
            return
        self._lock.release()
        if not self._alive:
            raise RuntimeError("the instance is closed")
        raise RuntimeError("the instance has not been started" if started else "the instance has been started")

    def _kill(self) -> None:
        self._alive = False
        self._batches.close()
        if self._memory is not None:
            self._memory.release()
        self._store.close()

    # Running it.

    def _run(self, call: fiber.Call) -> None:
        """Poll `call` until it ends well or waits for batches; on any other way out the guest is dead."""
        self._call = call
        try:
            with self._signals:
                if not (ended := call.poll()) and not self._park.waiting:
                    ended = self._run_on(call)
            if not ended:
                self._batches.drain_logs()
                return
            failure = call.failure()
            if failure is not None:
                self._raise(failure)
            if self._started:
                raise self._trap(GuestFault("returned", "The function _start returned"), ())
        except BaseException:
            self._kill()
            raise

    def _run_on(self, call: fiber.Call) -> bool:
        """Go on polling a guest that has used up an interval of fuel; see `_run`."""
        deadline = None if self._wall_time_s is None else time.monotonic() + self._wall_time_s
        while True:
            self._budget.look()
            self._batches.read_logs()
            self._signals.deliver()
            if self._interrupted:
                raise self._trap(GuestFault("interrupted", "The host asked for it"), ())
            if deadline is not None and time.monotonic() > deadline:
                raise self._trap(GuestFault("wall_time", f"It ran for more than {self._wall_time_s:g} s"), ())
            ended = call.poll()
            if ended or self._park.waiting:
                return ended

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
        raise self._trap(raised, tuple(demangle(name) for name in failure.frames), failure.offset)

    def _refused(self, cause: str) -> InvalidError:
        """The error for a module that cannot be instantiated under the limits."""
        return InvalidError(
            "The module does not fit the broker's limits.",
            cause=cause,
            fix=f"A transform has {self._limits.memory_bytes} bytes of memory "
            f"(data_transforms_per_function_memory_limit) and one table of {MAX_TABLE_ELEMENTS} elements.",
        )

    def _trap(self, fault: GuestFault, frames: tuple[str, ...], frame_offset: int | None = None) -> GuestTrap:
        batches = self._batches
        self._budget.look()
        fuel_used = self._budget.at_hand
        batches.drain_logs()
        phase = batches.phase if self._started else "start"
        offset, timestamp_ms = batches.record if phase == "record" else (None, None)
        before, failed = self._split_at_record()
        return GuestTrap(
            fault.code,
            str(fault),
            phase=phase,
            frames=frames,
            frame_offset=frame_offset,
            topic=self._input_topic,
            partition=self.partition,
            record_offset=offset,
            record_timestamp_ms=timestamp_ms,
            memory_bytes=self.memory_bytes,
            fuel_used=fuel_used,
            guest_exit_code=fault.guest_exit_code,
            output=before,
            failed_output=failed,
        )

    def _split_at_record(self) -> tuple[Output, Output]:
        """What the guest wrote before the record at which it trapped, and at it."""
        self._budget.lift()
        finishing = self._store.call(self._store.export(self._shim, "finish_all").of.func)
        while not finishing.poll():
            pass
        counts = self._batches.written_at_record() if self._started and self._batches.phase == "record" else None
        stored, stats = self._batches.take(), self._stats()
        whole = Output.standing(stored, stats, self._compression).kept()
        if counts is None:
            return whole, Output([b""] * len(stored), Stats())
        time_ms = self._batches.write_time_ms
        cuts = [len(entries) - count for entries, count in zip(whole.entries, counts, strict=True)]
        before = [entries[:cut] for entries, cut in zip(whole.entries, cuts, strict=True)]
        failed = [entries[cut:] for entries, cut in zip(whole.entries, cuts, strict=True)]

        def made(parts: list[list[codec.Entry]], stats: Stats) -> Output:
            encoded = [
                codec.encode_payload_batches(
                    [content for *_, content in entries],
                    [entry[1] for entry in entries] if self._carry_times else time_ms,
                    self._limits.batch_bytes,
                )
                for entries in parts
            ]
            return Output(encoded, stats, self._compression)

        return made(before, stats), made(failed, Stats())

    # What came of it.

    def _output(self) -> Output:
        return Output.standing(self._batches.take(), self._stats(), self._compression)

    def _stats(self) -> Stats:
        """What was counted since the last time."""
        budget, before = self._budget, self._counted
        budget.settle()
        records_in, records_out, guest_bytes = self._batches.counts()
        self._counted = (records_in, records_out, budget.used, self._logs_dropped)
        return Stats(
            records_in - before[0],
            records_out - before[1],
            budget.used - before[2],
            budget.take_most(),
            guest_bytes,
            self._logs_dropped - before[3],
        )


def _signed(value: int) -> int:
    return value - (1 << 32) if value >> 31 else value
