"""What a WebAssembly module declares, as plain data. Names are those of the core specification 2.0."""

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["function", "table", "memory", "global", "tag"]

# Value types by their byte. The second row is younger than core 2.0: named, so that messages can name them.
VALUE_TYPES = {
    0x7F: "i32",
    0x7E: "i64",
    0x7D: "f32",
    0x7C: "f64",
    0x7B: "v128",
    0x70: "funcref",
    0x6F: "externref",
    0x6E: "anyref",
    0x6D: "eqref",
    0x6C: "i31ref",
    0x6B: "structref",
    0x6A: "arrayref",
    0x69: "exnref",
}

# Section names by id, in the order in which sections must come. Tag (13) belongs to the exception proposal.
SECTION_ORDER = (1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11)
SECTION_NAMES = {
    0: "custom",
    1: "type",
    2: "import",
    3: "function",
    4: "table",
    5: "memory",
    6: "global",
    7: "export",
    8: "start",
    9: "element",
    10: "code",
    11: "data",
    12: "data count",
    13: "tag",
}


@dataclass(frozen=True, slots=True)
class FuncType:
    """A function's signature: value types by name, `i32` to `externref`."""

    params: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"({', '.join(self.params)}) -> ({', '.join(self.results)})"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The size a table (in elements) or a memory (in 64 KiB pages) starts with and may grow to.

    `flags` is the byte before them: bit 0 a maximum follows, bit 1 shared, bit 2 64-bit.
    """

    minimum: int
    maximum: int | None = None
    flags: int = 0


@dataclass(frozen=True, slots=True)
class TableType:
    """A table: the reference type of its elements, its size, and whether it has an initialiser expression."""

    element: str
    bounds: Bounds
    initialised: bool = False

    def __str__(self) -> str:
        return f"table of {self.element}"


@dataclass(frozen=True, slots=True)
class MemoryType:
    """A linear memory, in pages of 64 KiB."""

    bounds: Bounds

    def __str__(self) -> str:
        return "memory"


@dataclass(frozen=True, slots=True)
class GlobalType:
    """A global variable; `initialiser` holds the opcodes of its constant expression, none for an imported one."""

    value: str
    mutable: bool
    initialiser: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"{'mutable ' if self.mutable else ''}global of {self.value}"


@dataclass(frozen=True, slots=True)
class Import:
    """Something a module needs: `module` and `name` to find it by, and its type (a FuncType for a tag, too)."""

    module: str
    name: str
    kind: Kind
    type: FuncType | TableType | MemoryType | GlobalType

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


@dataclass(frozen=True, slots=True)
class Export:
    """Something a module offers: `index` counts within the module's functions, tables, memories, globals or tags."""

    name: str
    kind: Kind
    index: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section's place: `start` at its id byte, `payload` where its content begins, `end` behind it. `name` is its
    own name for a custom section, else the name of its kind; a custom section's payload begins after that name."""

    id: int
    name: str
    start: int
    payload: int
    end: int

    @property
    def size(self) -> int:
        """Bytes in the file, framing included."""
        return self.end - self.start


@dataclass(slots=True)
class Module:
    """A core module's declarations. `functions`, `tables`, `memories`, `globals` and `tags` are whole index spaces:
    imported ones first, then the module's own. `start` is the index of the wasm start function."""

    size: int
    sections: list[Section] = field(default_factory=list)
    types: list[FuncType] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    functions: list[FuncType] = field(default_factory=list)
    tables: list[TableType] = field(default_factory=list)
    memories: list[MemoryType] = field(default_factory=list)
    globals: list[GlobalType] = field(default_factory=list)
    tags: list[FuncType] = field(default_factory=list)
    exports: list[Export] = field(default_factory=list)
    start: int | None = None

    @property
    def custom_sections(self) -> list[Section]:
        """The custom sections, in the file's order."""
        return [section for section in self.sections if section.id == 0]

    def imported(self, kind: Kind) -> int:
        """How many imports are of `kind`."""
        return sum(item.kind == kind for item in self.imports)
