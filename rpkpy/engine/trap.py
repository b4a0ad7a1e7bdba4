"""How a guest fails."""

from typing import TYPE_CHECKING, Literal

from rpkpy.errors import GuestError

if TYPE_CHECKING:
    from rpkpy.engine.output import Output

Phase = Literal["start", "batch", "record"]
"""Where a guest was: before its first batch, between records, or at a record."""

_CODES = {
    "unreachable": "it reached an instruction that says it never should (a panic, an abort, a failed assertion)",
    "out_of_fuel": "it used up its fuel",
    "stack_overflow": "its stack overflowed",
    "memory_out_of_bounds": "it accessed memory out of bounds",
    "bad_pointer": "it passed a bad pointer to the host",
    "exit": "it exited",
    "returned": "its main function returned",
    "wall_time": "it took too long",
    "interrupted": "it was ended from outside",
}
_FIXES = {
    "out_of_fuel": "Do less for each record, or raise data_transforms_runtime_limit_ms on the cluster.",
    "stack_overflow": "Recurse less deeply, or keep large arrays off the stack: the broker gives 64 KiB.",
    "exit": "A transform runs until the broker stops it: handle the error and skip the record instead.",
    "returned": "A transform runs until the broker stops it: register the callback and never return.",
}


class GuestFault(Exception):
    """Raised by a host function to trap its guest; `code` is a GuestTrap's."""

    def __init__(self, code: str, message: str, guest_exit_code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.guest_exit_code = guest_exit_code


class GuestTrap(GuestError):
    """A guest that has ended; its instance is dead.

    `code`: a wasm trap's name in lower case (unreachable, out_of_fuel, stack_overflow, memory_out_of_bounds, ...) or
    bad_pointer, bad_options, output_limit, exit, returned, wall_time, interrupted. `frames`: functions from the
    innermost outwards, demangled; `frame_offset`: how far into the innermost's body, in bytes. `phase`: where it
    happened; at a record, `record_offset` and `record_timestamp_ms` are that record's, `topic` and `partition` where it
    is from. `fuel_used`
    counts from the record (or start-up) on. `guest_exit_code` is what an exiting guest gave to proc_exit. `output` is
    what earlier records of this `process` wrote; `failed_output` is what the failing record had written, of which a
    broker keeps nothing.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        phase: Phase,
        frames: tuple[str, ...] = (),
        frame_offset: int | None = None,
        topic: str | None = None,
        partition: int | None = None,
        record_offset: int | None = None,
        record_timestamp_ms: int | None = None,
        memory_bytes: int = 0,
        fuel_used: int = 0,
        guest_exit_code: int | None = None,
        output: "Output | None" = None,
        failed_output: "Output | None" = None,
    ) -> None:
        where = {
            "start": "while it started",
            "batch": "between records",
            "record": f"at the record with offset {record_offset}{_origin(topic, partition)}",
        }[phase]
        what = _CODES.get(code, detail)
        if code == "exit":
            what = f"it exited with code {guest_exit_code}"
        innermost = "" if frame_offset is None else f"+{frame_offset:#x}"
        stack = f" In {' ← '.join((frames[0] + innermost, *frames[1:8]))}." if frames else ""
        super().__init__(
            f"The transform failed {where}: {what}.",
            cause=f"{detail}.{stack}",
            fix=_FIXES.get(code),
        )
        self.code = code
        self.phase: Phase = phase
        self.frames = frames
        self.frame_offset = frame_offset
        self.topic = topic
        self.partition = partition
        self.record_offset = record_offset
        self.record_timestamp_ms = record_timestamp_ms
        self.memory_bytes = memory_bytes
        self.fuel_used = fuel_used
        self.guest_exit_code = guest_exit_code
        self.output = output
        self.failed_output = failed_output


def _origin(topic: str | None, partition: int | None) -> str:
    if topic is None:
        return ""
    return f" of {topic}" if partition is None else f" of {topic}, partition {partition}"
