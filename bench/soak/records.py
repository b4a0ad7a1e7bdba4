"""Row 6: record batches to bytes and back, and bytes that are none."""

import dataclasses

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bench.soak.figures import Budget, Clock, Figures
from rpkpy.batches import compression
from rpkpy.batches.codec import MalformedBatch, decode_batches, encode_batch
from rpkpy.batches.record import Record
from tests.batches.strategies import record_lists

_CRC_FROM, _CRC_TO = 17, 21
_MOST_S = 1.0
# Where a length, a count or a delta stands, by chance: what a damaged byte there may announce.
_BAD = st.sampled_from([0x00, 0x01, 0x7F, 0x80, 0xFF]) | st.integers(0, 255)


def _settings(cases: int) -> settings:
    return settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


def run(budget: Budget) -> Figures:
    """Half of the cases are round trips, each in one of the codecs; half are damaged bytes."""
    exact = damaged = malformed = 0
    clock = Clock()

    @seed(budget.seed)
    @_settings(max(1, budget.cases // 2))
    @given(record_lists, st.sampled_from(compression.NAMES), st.integers(0, 1 << 40))
    def round_trip(records: list[Record], name: str, base: int) -> None:
        nonlocal exact
        if budget.over:
            return
        data = encode_batch(records, base_offset=base, compression=name)
        (batch,) = decode_batches(data)
        expected = [dataclasses.replace(record, offset=base + n) for n, record in enumerate(records)]
        assert batch.records() == expected
        exact += 1

    @seed(budget.seed)
    @_settings(max(1, budget.cases // 2))
    @given(record_lists, st.sampled_from(compression.NAMES), st.lists(st.tuples(st.integers(0), _BAD), max_size=6))
    def no_batch(records: list[Record], name: str, damage: list[tuple[int, int]]) -> None:
        nonlocal damaged, malformed
        if budget.over:
            return
        data = bytearray(encode_batch(records, compression=name))
        for place, byte in damage:
            data[place % len(data)] = byte
        damaged += 1
        with clock:
            try:
                for batch in decode_batches(bytes(data), check_crc=False):  # the sum would hide what is behind it
                    batch.records()
            except MalformedBatch:
                malformed += 1

    round_trip()
    no_batch()
    return Figures(
        exact + damaged,
        clock.cpu_s < _MOST_S,
        f"{exact:,} round trips exact; of {damaged:,} damaged batches {malformed:,} malformed, the others still "
        f"batches, the slowest judged after {clock.cpu_s * 1000:.1f} ms",
        {"exact": exact, "damaged": damaged, "malformed": malformed, "slowest_s": round(clock.cpu_s, 4)},
    )
