"""What a transform may cost at most, for CI."""

from collections.abc import Iterator
from dataclasses import dataclass

from rpkpy.project.gas.model import Exceeded, Figures
from rpkpy.wasm.sizes import format_size


@dataclass(frozen=True, slots=True)
class Gates:
    """The most fuel that any one record may use, and the most memory (bytes) at the peak; None: no matter."""

    max_fuel: int | None = None
    max_memory_bytes: int | None = None

    def exceeded(self, figures: Figures) -> Iterator[Exceeded]:
        """The gates that do not hold."""
        costliest, memory = figures.costliest, figures.memory
        if self.max_fuel is not None and costliest.fuel > self.max_fuel:
            detail = (
                f"the record at offset {costliest.offset} ({costliest.bytes:,} bytes) uses {costliest.fuel:,} fuel, "
                f"--max-fuel allows {self.max_fuel:,}"
            )
            yield Exceeded("--max-fuel", self.max_fuel, costliest.fuel, detail)
        if self.max_memory_bytes is not None and memory.peak_bytes > self.max_memory_bytes:
            detail = (
                f"memory reaches {format_size(memory.peak_bytes)} ({memory.peak_bytes:,} bytes), "
                f"--max-memory allows {format_size(self.max_memory_bytes)}"
            )
            yield Exceeded("--max-memory", self.max_memory_bytes, memory.peak_bytes, detail)
