"""The fuel that a guest may use for starting and for each record (src/v/wasm/wasmtime.cc), and what it did use."""

import ctypes
from typing import Protocol

from rpkpy.engine import fiber
from rpkpy.engine.batch_memory import BatchMemory

# The host looks around after at most this much fuel: some 20 ms of plain instructions.
_INTERVAL = 100_000_000
# Of a budget, so that its end is met with some precision.
_INTERVALS = 64
_LEAST_INTERVAL = 10_000
_ENDLESS = (1 << 63) - 1


class RecordMeter(Protocol):
    """Is told of each record that a metered guest reads."""

    def begin(self) -> None:
        """The guest is about to get a record."""
        ...

    def end(self, fuel: int) -> None:
        """It asks for the next one, or for more input, having used this much fuel on the record."""
        ...


class Budget:
    """Counts one guest's fuel and ends it when it has used too much.

    `metered`: the shim calls `on_record` for each record, where fuel is counted and refilled as the broker does it.
    Otherwise nothing is called: the host looks at each interval of fuel how much the record at hand has used since it
    was first seen there, so that a record's budget is exact to one interval (a 64th of it, at most 100 million). The
    shim's own instructions, some hundred a record, count as the guest's.
    """

    def __init__(
        self, store: fiber.Store, memory: BatchMemory, fuel: int, *, metered: bool, meter: RecordMeter | None = None
    ) -> None:
        self.used = 0
        """Fuel used since the guest began to start."""
        self.most = 0
        """The most that a record used since the last `take_most`; 0 unless metered."""
        self._context = store.context_address
        self._memory = memory
        self._fuel = fuel
        self._metered = metered
        self._meter = meter
        self._open = False  # a record has been read and is not done with
        self._box = ctypes.c_uint64(0)
        self._pointer = ctypes.addressof(self._box)
        self._mark = fuel if metered else _ENDLESS  # fuel left when it was last counted
        self._records = 0  # read when the record at hand was first seen
        self._since = 0  # `used` then
        fiber.set_fuel(self._context, self._mark)
        memory.meter(metered)
        store.yield_every(_INTERVAL if metered else min(_INTERVAL, max(fuel // _INTERVALS, _LEAST_INTERVAL)))

    def on_record(self) -> None:
        """Refill for a record that is about to be read."""
        self.settle()
        fiber.set_fuel(self._context, self._fuel)
        self._mark = self._fuel
        self._since = self.used
        self._open = True
        if self._meter is not None:
            self._meter.begin()

    def settle(self) -> None:
        """Count; the record at hand is done with. What the guest uses before it reads another is no record's."""
        self.look()
        if self._open:
            self._open = False
            if self._meter is not None:
                self._meter.end(self.at_hand)

    def look(self) -> None:
        """Count, at an interval's end and when an input is done; the guest traps when it goes on with nothing left."""
        fiber.get_fuel(self._context, self._pointer)
        left = self._box.value
        self.used += self._mark - left
        self._mark = left
        if self._metered:
            self._weigh()
            return
        records = self._memory.records_in
        if records != self._records:
            self._records, self._since = records, self.used
        elif self.used - self._since >= self._fuel:
            fiber.set_fuel(self._context, 0)
            self._mark = 0

    @property
    def at_hand(self) -> int:
        """Fuel used since the last refill; unless metered, since the record was first seen at an interval's end."""
        return self.used - self._since

    def take_most(self) -> int:
        """`most`, which begins anew."""
        most, self.most = self.most, 0
        return most

    def lift(self) -> None:
        """Give fuel for what the host has to run in the store of a guest that has trapped."""
        self.look()
        self._open = False
        fiber.set_fuel(self._context, _ENDLESS)
        self._mark = _ENDLESS

    def _weigh(self) -> None:
        if self._open:
            self.most = max(self.most, self.at_hand)
