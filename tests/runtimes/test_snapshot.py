"""A module made of an instance's memory goes on where the instance was."""

from hypothesis import given
from hypothesis import strategies as st

from rpkpy.runtimes import snapshot
from rpkpy.runtimes.workbench import Workbench
from rpkpy.wasm import binary
from tests.runtimes.guests import Running, compiled

COUNTER = compiled("""(module (memory (export "memory") 1 3)
  (data (i32.const 40) "gone")
  (func (export "next") (result i32)
    (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1)))
    (i32.load (i32.const 100)))
  (func (export "grow") (drop (memory.grow (i32.const 1)))
    (i32.store8 (i32.const 131071) (i32.const 9)))
  (func (export "rpkpy_clear") (i32.store (i32.const 40) (i32.const 0))))""")


def test_it_goes_on_where_it_was() -> None:
    guest = Workbench().instance(COUNTER)
    for expected in (1, 2, 3):
        assert guest.call("next") == expected
    guest.call("rpkpy_clear")
    guest.call("grow")
    made = snapshot.take(COUNTER, guest.memory(), lambda name: not name.startswith("rpkpy_"))
    module = binary.parse(made)
    assert [export.name for export in module.exports] == ["memory", "next", "grow"]
    (memory,) = module.memories
    assert (memory.bounds.minimum, memory.bounds.maximum) == (2, 3)
    running = Running(made, 64 * 1024)
    assert running.call("next") == 4
    assert Workbench().instance(made).memory() == guest.memory()


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 60)), max_size=30))
def test_every_memory_comes_back_whole(pieces: list[tuple[bytes, int]]) -> None:
    memory = b"".join(content + bytes(zeros) for content, zeros in pieces).ljust(65536, b"\0")
    made = snapshot.take(COUNTER, memory)
    assert Workbench().instance(made).memory() == memory
