"""What a module costs, measured in the real engine."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from rpkpy.batches.codec import decode_batches
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap
from rpkpy.errors import InvalidError
from rpkpy.project.gas import Gates, Result, bench
from rpkpy.project.gas.model import Spread
from rpkpy.project.gas.workload import BATCH_RECORDS, Workload, size_of
from rpkpy.project.run import Plan
from rpkpy.wasm.limits import BROKER, Limits
from tests.engine.guest import ECHO, wasm
from tests.wasm.modules import identity

# a turn for each byte of the record
WORK = f"""(local $n i32) (local.set $n (local.get $length))
  (loop $turn (br_if $turn (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) {ECHO}"""
GROW = f"(if (i32.gt_u (local.get $length) (i32.const 400)) (then (drop (memory.grow (i32.const 1))))) {ECHO}"
NO_GATES = Gates()
SAMPLES = [Record(b"k", b"x" * size) for size in (10, 500, 90)]


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing here is about how fast anything is."""
    monkeypatch.setattr("rpkpy.project.gas.measuring._TURN_NS", 1)
    yield


def measure(
    module: bytes, other: bytes | None = None, gates: Gates = NO_GATES, limits: Limits = BROKER, count: int = 30
) -> Result:
    plan = Plan(module, "guest", "in", ("out",), {}, limits, "the defaults")
    beside = ("other.wasm", other) if other is not None else None
    return bench(plan, "guest.wasm", Workload(SAMPLES, count), source="samples", other=beside, gates=gates)


def test_fuel_and_memory_are_the_same_twice() -> None:
    first, second = (measure(wasm(WORK)).figures for _ in range(2))
    assert first.fuel == second.fuel
    assert (first.start.fuel, first.memory, first.costliest) == (second.start.fuel, second.memory, second.costliest)
    assert (first.records_in, first.records_out) == (30, 30)
    assert first.fuel.p50 < first.fuel.p90 <= first.fuel.max


def test_the_record_that_cost_most_is_named() -> None:
    costliest = measure(wasm(WORK), count=7).figures.costliest
    assert (costliest.offset % 3, costliest.sample, costliest.bytes) == (1, 2, 501)


def test_memory_and_where_it_grew() -> None:
    flat = measure(identity()).figures
    assert (flat.memory.peak_bytes, flat.memory.peak_offset) == (131_072, None)
    grown = measure(wasm(GROW), count=5).figures
    assert grown.start.memory_bytes == 18 * 65_536
    assert (grown.memory.peak_bytes, grown.memory.peak_offset) == (20 * 65_536, 4)
    assert grown.headroom.memory == 37.5
    assert 99.9 < grown.headroom.binary < 100


def test_two_builds_beside_each_other() -> None:
    result = measure(wasm(WORK), wasm(ECHO))
    assert result.other is not None
    assert result.comparison is not None
    ours, theirs = result.figures, result.other
    assert result.comparison.fuel > 1
    assert result.comparison.start_fuel == 1
    assert result.comparison.same_output
    assert result.comparison.time.least <= result.comparison.time.median <= result.comparison.time.most
    assert (theirs.module, theirs.fuel.p50 < ours.fuel.p50) == ("other.wasm", True)
    silent = measure(wasm(ECHO), wasm(""))
    assert silent.comparison is not None
    assert not silent.comparison.same_output


def test_gates() -> None:
    most = int(measure(identity()).figures.fuel.max)
    assert measure(identity(), gates=Gates(most, 131_072)).ok
    result = measure(identity(), gates=Gates(most - 1, 131_071))
    assert not result.ok
    assert [(item.gate, item.allowed, item.found) for item in result.exceeded] == [
        ("--max-fuel", most - 1, most),
        ("--max-memory", 131_071, 131_072),
    ]


def test_a_guest_that_fails_on_a_record_says_where() -> None:
    with pytest.raises(GuestTrap) as caught:
        measure(wasm("(if (i32.gt_u (local.get $length) (i32.const 400)) (then unreachable))"))
    assert caught.value.record_offset == 1
    assert SAMPLES[Workload(SAMPLES, 30).sample_at(1)].value == b"x" * 500


def test_what_cannot_be_measured() -> None:
    with pytest.raises(InvalidError, match="does not fit"):
        measure(wasm(ECHO), limits=replace(BROKER, memory_bytes=65_536))
    with pytest.raises(InvalidError, match=r"guest\.wasm reads no records"):
        measure(wasm("", on_batch="(i32.store (i32.const 8) (i32.const 0))"))


@pytest.mark.parametrize("count", [1, BATCH_RECORDS, BATCH_RECORDS + 1, 2 * BATCH_RECORDS])
def test_a_workload_repeats_its_samples(count: int) -> None:
    work = Workload(SAMPLES, count)
    records = [record for data in work.batches() for batch in decode_batches(data) for record in batch.records()]
    assert [record.offset for record in records] == list(range(count))
    assert all(record.value == SAMPLES[offset % 3].value for offset, record in enumerate(records))
    data, fed, size = work.feed()
    assert (fed, size) == (count, sum(map(size_of, records)))
    assert data == b"".join(work.batches())


def test_large_records_make_small_batches() -> None:
    large = Workload([Record(None, bytes(700_000))], 9)
    assert len(list(large.batches())) == 9
    assert large.feed()[1] == 2


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    assert Spread.of(range(1, 101)) == Spread(50, 90, 99, 100, 50)
    assert Spread.of([7]) == Spread(7, 7, 7, 7, 7)
    assert Spread.of([1.26, 3.94], digits=1) == Spread(1.3, 3.9, 3.9, 3.9, 2.6)
