"""What a metered guest's meter is told."""

from rpkpy.engine import GuestTrap
from tests.engine.guest import ECHO, batch, compile_guest, instance

# burns as much as the record's first byte says, ten thousand turns each
_BURN = f"""(local $n i32) (local.set $n (i32.mul (i32.load8_u (i32.const 1026)) (i32.const 10000)))
  (block $done (loop $turn (br_if $done (i32.eqz (local.get $n)))
    (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br $turn)))
  {ECHO}"""


class Kept:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.begun = 0
        self.fuel: list[int] = []

    def begin(self) -> None:
        """Count."""
        self.begun += 1

    def end(self, fuel: int) -> None:
        """Keep."""
        self.fuel.append(fuel)


def test_each_record_is_told_once_with_its_own_fuel() -> None:
    kept = Kept()
    with instance(compile_guest(_BURN), meter=kept) as guest:
        guest.start()
        assert kept.begun == 0  # start-up is no record
        first = guest.process(batch(b"\0", b"\2", b"\0")).stats
        assert (kept.begun, len(kept.fuel)) == (3, 3)
        assert max(kept.fuel) == kept.fuel[1] == first.max_record_fuel
        guest.process(batch(b"\0", b"\2", b"\0"))
        assert guest.memory_bytes == 18 * 65_536
    assert kept.fuel[3:] == kept.fuel[:3]  # checking the second batch is no cost of the record before it
    assert 100_000 < kept.fuel[1] - kept.fuel[0] < 200_000


def test_the_most_of_one_input_does_not_count_for_the_next() -> None:
    with instance(compile_guest(_BURN)) as guest:
        guest.start()
        dear = guest.process(batch(b"\5")).stats.max_record_fuel
        cheap = guest.process(batch(b"\0")).stats.max_record_fuel
    assert cheap < 1_000 < dear


def test_a_record_that_fails_is_begun_and_never_ended() -> None:
    kept = Kept()
    with instance(
        compile_guest("(if (i32.eqz (i32.load8_u (i32.const 1026))) (then (unreachable)))"), meter=kept
    ) as guest:
        guest.start()
        try:
            guest.process(batch(b"\1", b"\0", b"\1"))
        except GuestTrap as trap:
            assert trap.record_offset == 1
    assert (kept.begun, len(kept.fuel)) == (2, 1)
