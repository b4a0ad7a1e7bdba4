"""Records for property tests."""

from hypothesis import strategies as st

from rpkpy.batches.record import Record

_bytes = st.binary(max_size=200)

records = st.builds(
    Record,
    key=st.none() | _bytes,
    value=st.none() | _bytes | st.builds(lambda part, times: part * times, st.binary(max_size=20), st.just(400)),
    headers=st.lists(st.tuples(st.binary(max_size=20), st.none() | _bytes), max_size=4).map(tuple),
    timestamp_ms=st.integers(min_value=-1, max_value=1 << 50),
)
record_lists = st.lists(records, min_size=1, max_size=40)
