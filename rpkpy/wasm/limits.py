"""The limits under which a broker runs transforms, as its cluster properties name them."""

from dataclasses import dataclass

# The broker's engine (src/v/wasm/wasmtime.cc): one memory, one table, a 64 KiB guest stack.
GUEST_STACK_BYTES = 64 * 1024
MAX_TABLE_ELEMENTS = 16_384
# Fuel for each millisecond of data_transforms_runtime_limit_ms.
FUEL_PER_MS = 2_000_000
WASM_PAGE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Limits:
    """What a module must fit; the defaults are the broker's (src/v/config/configuration.cc).

    `memory_bytes`: data_transforms_per_function_memory_limit. `reservation_bytes`:
    data_transforms_per_core_memory_reservation. `runtime_ms`: data_transforms_runtime_limit_ms, the budget of
    start-up and of each record. `binary_bytes`: data_transforms_binary_max_size. `log_line_bytes`:
    data_transforms_logging_line_max_bytes. `batch_bytes`: kafka_batch_max_bytes.
    """

    memory_bytes: int = 2 * 1024 * 1024
    reservation_bytes: int = 20 * 1024 * 1024
    runtime_ms: int = 3_000
    binary_bytes: int = 10 * 1024 * 1024
    log_line_bytes: int = 1_024
    batch_bytes: int = 1_048_576

    @property
    def fuel(self) -> int:
        """Fuel for start-up and for each record, which the engine counts in 63 bits."""
        return min(self.runtime_ms * FUEL_PER_MS, (1 << 63) - 1)


BROKER = Limits()
