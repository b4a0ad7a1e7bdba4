"""A guest's linear memory as host functions of Python's see it."""

from typing import Any

from rpkpy.engine import fiber
from rpkpy.engine.trap import GuestFault


def out_of_bounds(pointer: int, length: int, size: int) -> GuestFault:
    """What a bad pointer leads to: the broker traps, too, in these words."""
    return GuestFault("bad_pointer", f"Out of bounds memory access in FFI: {length} bytes at {pointer} of {size}")


class GuestMemory:
    """Bounds-checked access to `memory` of `store`.

    `view` is stale once the guest has grown its memory, which never moves, so only an access past it needs a fresh
    look.
    """

    def __init__(self, store: fiber.Store, memory: Any) -> None:
        self._store = store
        self._memory = memory
        self.view = store.view(memory)

    def size(self) -> int:
        """Bytes of memory that the guest has now."""
        return self._store.size(self._memory)

    def release(self) -> None:
        """Forget the memory, whose store is about to go."""
        self.view = memoryview(b"")

    def require(self, pointer: int, length: int) -> None:
        """Check that the guest's `length` bytes at `pointer` exist, else GuestFault."""
        if pointer + length > len(self.view):
            self.view = self._store.view(self._memory)
            if pointer + length > len(self.view):
                raise out_of_bounds(pointer, length, len(self.view))
