"""The guests' malloc: blocks keep their content, never overlap, and come back whole when they are free."""

import os
from dataclasses import dataclass

import pytest
import wasmtime  # noqa: TID253
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.runtimes import recipe
from rpkpy.toolchains import process, zig

pytestmark = pytest.mark.toolchain("c")

MEMORY_BYTES = 1 << 20
EXPORTS = ("malloc", "free", "realloc", "calloc", "malloc_usable_size")
# Mostly small, sometimes large, at times more than there is.
_SIZE = st.integers(0, 600) | st.sampled_from([8, 16, 504, 512, 4096, 65_536]) | st.integers(0, 400_000)
_STEP = st.one_of(
    st.tuples(st.just("malloc"), _SIZE),
    st.tuples(st.just("calloc"), st.integers(0, 5_000)),
    st.tuples(st.just("free"), st.integers(0, 50)),
    st.tuples(st.just("realloc"), st.integers(0, 50), _SIZE),
)


@dataclass
class Made:
    """The allocator as a module of its own."""

    engine: wasmtime.Engine
    module: wasmtime.Module


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("allocator") / "allocator.wasm"
    source = recipe.guests_dir() / "shared" / "allocator.c"
    command = [*zig.find(os.environ, "c").c, "-O2", "-Wall", "-Wextra", "-Werror", "-mexec-model=reactor"]
    command += [f"-Wl,--export={name}" for name in EXPORTS]
    command += ["-Wl,-z,stack-size=4096", "-Wl,--strip-all", "-o", str(out), str(source)]
    process.build(command, cwd=out.parent, env=os.environ, say=print)
    engine = wasmtime.Engine()
    return Made(engine, wasmtime.Module(engine, out.read_bytes()))


class Heap:
    """An instance, and what is known of its blocks: address to content."""

    def __init__(self, made: Made) -> None:
        self.store = wasmtime.Store(made.engine)
        self.store.set_limits(memory_size=MEMORY_BYTES)
        linker = wasmtime.Linker(made.engine)
        linker.define_unknown_imports_as_traps(made.module)
        exports = linker.instantiate(self.store, made.module).exports(self.store)
        self.functions = {name: exports[name] for name in EXPORTS}
        memory = exports["memory"]
        assert isinstance(memory, wasmtime.Memory)
        self.memory = memory
        self.blocks: dict[int, bytes] = {}

    def call(self, name: str, *arguments: int) -> int:
        function = self.functions[name]
        assert isinstance(function, wasmtime.Func)
        return int(function(self.store, *arguments) or 0) & 0xFFFF_FFFF

    def pages(self) -> int:
        return int(self.memory.size(self.store))

    def read(self, address: int, size: int) -> bytes:
        return bytes(self.memory.read(self.store, address, address + size))

    def add(self, address: int, size: int, number: int) -> None:
        """A new block: aligned, within the memory, apart from all others; it gets content of its own."""
        assert address % 8 == 0
        assert address + size <= self.pages() * 65_536
        assert self.call("malloc_usable_size", address) >= size
        for other, content in self.blocks.items():
            assert address + size <= other or other + len(content) <= address or not size or not content
        content = bytes((number + offset) % 251 + 1 for offset in range(min(size, 300))).ljust(size, b"\xee")
        self.memory.write(self.store, content, address)
        self.blocks[address] = content

    def check(self) -> None:
        for address, content in self.blocks.items():
            assert self.read(address, len(content)) == content


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(_STEP, max_size=60))
def test_blocks_keep_their_content(made: Made, steps: list[tuple[str, ...]]) -> None:
    heap = Heap(made)
    for number, (name, *arguments) in enumerate(steps):
        values = [int(argument) for argument in arguments]
        if name in ("malloc", "calloc"):
            address = heap.call(name, *([1] if name == "calloc" else []), *values)
            if not address:
                continue
            if name == "calloc":
                assert heap.read(address, values[0]) == bytes(values[0])
            heap.add(address, values[0], number)
        elif heap.blocks:
            address = sorted(heap.blocks)[values[0] % len(heap.blocks)]
            if name == "free":
                heap.call("free", address)
                del heap.blocks[address]
            else:
                content = heap.blocks.pop(address)
                moved = heap.call("realloc", address, values[1])
                if not moved:
                    heap.blocks[address] = content
                    continue
                kept = min(len(content), values[1])
                assert heap.read(moved, kept) == content[:kept]
                heap.add(moved, values[1], number)
    heap.check()
    for address in list(heap.blocks):
        heap.call("free", address)
    # all of it is one block again
    pages = heap.pages()
    whole = pages * 65_536 - 16_384
    assert heap.call("malloc", whole)
    assert heap.pages() == pages


def test_what_is_last_grows_in_place(made: Made) -> None:
    heap = Heap(made)
    address = heap.call("malloc", 1000)
    for size in range(2_000, 900_000, 50_000):
        assert heap.call("realloc", address, size) == address
    assert heap.call("malloc", 900_000) == 0  # there is no more, and the heap is as it was
    assert heap.call("malloc", 1_000)
    assert heap.call("realloc", address, 10) == address


@pytest.mark.parametrize("size", [0x7FFF_0001, 0x8000_0000, 0xFFFF_FFFF])
def test_more_than_any_memory_is_refused(made: Made, size: int) -> None:
    heap = Heap(made)
    address = heap.call("malloc", 8)
    signed = size - (1 << 32) if size >> 31 else size
    assert heap.call("malloc", signed) == heap.call("realloc", address, signed) == 0
    assert heap.call("calloc", 65_536, 65_536) == 0
