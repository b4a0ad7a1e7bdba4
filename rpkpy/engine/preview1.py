"""WASI preview 1 as the broker answers it (src/v/wasm/wasi.cc): no files, no sockets, the records' time."""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rpkpy.engine import logs
from rpkpy.engine.memory import GuestMemory
from rpkpy.engine.trap import GuestFault
from rpkpy.wasm.abi import WASI, WASI_NOSYS

SUCCESS = 0
BADF = 8
INVAL = 16
"""The broker's answer for an unknown clock. (Preview 1 numbers EINVAL 28; the broker says 16.)"""
NOSYS = 52

HostFunction = Callable[[int, Any], "int | None"]
"""(caller, values) -> the i32 result, or None for a function without one; values as in fiber.RawCallback."""

_REALTIME = 0
_CLOCKS = 4
_RESOLUTION_NS = 1_000_000
_RANDOM = b"\x09"
_EVENT_CLOCK, _EVENT_TYPES = 0, 3
_SUBSCRIPTION_BYTES, _EVENT_BYTES = 48, 32
_IOVEC = struct.Struct("<II")
_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")
_MAX_U64 = (1 << 64) - 1


class Preview1:
    """One guest's view of its system: arguments, environment, clocks, standard output and standard error.

    `now_ms` is what the realtime clock says; the transform's ABI sets it to the current record's timestamp.
    `on_log(fd, text)` gets each log event that the broker would keep; `dropped` counts the others.
    """

    def __init__(
        self,
        memory: GuestMemory,
        *,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log_line_bytes: int,
        on_log: Callable[[int, bytes], None] | None,
    ) -> None:
        self.now_ms = 0
        self.dropped = 0
        self._memory = memory
        self._monotonic_ns = 0
        self._log_line_bytes = log_line_bytes
        self._on_log = on_log
        self._arguments = [argument.encode() + b"\0" for argument in arguments]
        self._environment = [f"{key}={value}".encode() + b"\0" for key, value in environment.items()]

    def functions(self) -> dict[str, HostFunction]:
        """The host functions by name."""
        return dict.fromkeys(WASI_NOSYS, _nosys) | {
            "args_get": lambda caller, v: self._strings(caller, self._arguments, v[0], v[4]),
            "args_sizes_get": lambda caller, v: self._sizes(caller, self._arguments, v[0], v[4]),
            "environ_get": lambda caller, v: self._strings(caller, self._environment, v[0], v[4]),
            "environ_sizes_get": lambda caller, v: self._sizes(caller, self._environment, v[0], v[4]),
            "clock_res_get": self._clock_res_get,
            "clock_time_get": self._clock_time_get,
            "fd_prestat_get": self._fd_prestat_get,
            "fd_write": self._fd_write,
            "poll_oneoff": self._poll_oneoff,
            "proc_exit": self._proc_exit,
            "random_get": self._random_get,
            "sched_yield": lambda _caller, _values: SUCCESS,
        }

    def _strings(self, caller: int, strings: Sequence[bytes], pointers: int, buffer: int) -> int:
        block = b"".join(strings)
        self._memory.require(pointers, 4 * len(strings), caller)
        self._memory.require(buffer, len(block), caller)
        view = self._memory.view
        view[buffer : buffer + len(block)] = block
        position = buffer
        for index, string in enumerate(strings):
            _U32.pack_into(view, pointers + 4 * index, position)
            position += len(string)
        return SUCCESS

    def _sizes(self, caller: int, strings: Sequence[bytes], count: int, size: int) -> int:
        self._memory.require(count, 4, caller)
        self._memory.require(size, 4, caller)
        _U32.pack_into(self._memory.view, count, len(strings))
        _U32.pack_into(self._memory.view, size, sum(map(len, strings)))
        return SUCCESS

    def _clock_res_get(self, caller: int, values: Any) -> int:
        clock, out = values[0], values[4]
        self._memory.require(out, 8, caller)
        if clock >= _CLOCKS:
            return INVAL
        _U64.pack_into(self._memory.view, out, _RESOLUTION_NS)
        return SUCCESS

    def _clock_time_get(self, caller: int, values: Any) -> int:
        clock, out = values[0], values[8]  # the precision between them is not looked at
        self._memory.require(out, 8, caller)
        if clock >= _CLOCKS:
            return INVAL
        if clock == _REALTIME:
            now_ns = self.now_ms * 1_000_000
        else:
            now_ns = self._monotonic_ns
            self._monotonic_ns += _RESOLUTION_NS
        _U64.pack_into(self._memory.view, out, now_ns & _MAX_U64)
        return SUCCESS

    def _fd_prestat_get(self, caller: int, values: Any) -> int:
        self._memory.require(values[4], 8, caller)
        return BADF if values[0] > 2 else NOSYS

    def _fd_write(self, caller: int, values: Any) -> int:
        fd, vectors, count, out = values[0], values[4], values[8], values[12]
        memory = self._memory
        memory.require(vectors, 8 * count, caller)
        memory.require(out, 4, caller)
        if fd not in (1, 2):
            return NOSYS
        total = 0
        parts = []
        left = self._log_line_bytes + 1  # whether it was longer is all that matters of the rest
        for pointer, length in _IOVEC.iter_unpack(memory.view[vectors : vectors + 8 * count]):
            memory.require(pointer, length, caller)
            total += length
            if left > 0:
                parts.append(bytes(memory.view[pointer : pointer + min(length, left)]))
                left -= length
        event = logs.event(b"".join(parts), self._log_line_bytes)
        if event is None:
            self.dropped += 1
        elif self._on_log is not None:
            self._on_log(fd, event)
        _U32.pack_into(memory.view, out, total & 0xFFFF_FFFF)
        return SUCCESS

    def _poll_oneoff(self, caller: int, values: Any) -> int:
        """Clock subscriptions are over at once; those on descriptors answer NOSYS; nothing ever sleeps."""
        subscriptions, events, count, out = values[0], values[4], values[8], values[12]
        memory = self._memory
        memory.require(subscriptions, _SUBSCRIPTION_BYTES * count, caller)
        memory.require(events, _EVENT_BYTES * count, caller)
        memory.require(out, 4, caller)
        view = memory.view
        for _ in range(count):
            kind = view[subscriptions + 8]
            if kind >= _EVENT_TYPES:
                return NOSYS
            error = SUCCESS if kind == _EVENT_CLOCK else NOSYS
            user_data = bytes(view[subscriptions : subscriptions + 8])
            view[events : events + _EVENT_BYTES] = user_data + struct.pack("<HB21x", error, kind)
            subscriptions += _SUBSCRIPTION_BYTES
            events += _EVENT_BYTES
        _U32.pack_into(view, out, count)
        return SUCCESS

    def _proc_exit(self, _caller: int, values: Any) -> None:
        code = values[0]
        raise GuestFault("exit", f"The guest called proc_exit({code})", guest_exit_code=code)

    def _random_get(self, caller: int, values: Any) -> int:
        pointer, length = values[0], values[4]
        self._memory.require(pointer, length, caller)
        self._memory.view[pointer : pointer + length] = _RANDOM * length
        return SUCCESS


def _nosys(_caller: int, _values: Any) -> int:
    return NOSYS


MODULE = WASI
"""The name under which guests import these functions."""
