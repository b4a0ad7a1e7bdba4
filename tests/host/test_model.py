"""A deployed transform to its record and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.config.host_options import GUARANTEES, ON_ERROR, PARTITIONERS, TIMESTAMPS, HostOptions
from rpkpy.host.model import ModuleRef, Start, Transform, UnknownFormat, decode, encode
from rpkpy.redpanda.cluster import StartOffset

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
TRANSFORMS = st.builds(
    Transform,
    name=TEXT,
    uuid=TEXT,
    input_topic=TEXT,
    output_topics=st.lists(TEXT, max_size=8).map(tuple),
    module=st.builds(ModuleRef, TEXT, st.integers(0), st.integers(0)),
    start=st.builds(
        Start,
        st.none() | st.builds(StartOffset, st.sampled_from(["from_start", "from_end", "timestamp"]), st.integers(0)),
        st.integers(0),
        TEXT,
        st.dictionaries(st.integers(0, 99), st.integers(-1)),
    ),
    environment=st.dictionaries(TEXT, TEXT),
    compression=TEXT,
    paused=st.booleans(),
    revision=st.integers(0),
    options=st.builds(
        HostOptions,
        on_error=st.sampled_from(ON_ERROR),
        dead_letter_topic=st.none() | TEXT,
        guarantee=st.sampled_from(GUARANTEES),
        partitioner=st.sampled_from(PARTITIONERS),
        timestamps=st.sampled_from(TIMESTAMPS),
    ),
)


@given(TRANSFORMS)
def test_decode_undoes_encode(transform: Transform) -> None:
    assert decode(transform.name, encode(transform)) == transform


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"1", b'{"version":2}', b'{"version":1}', b"\xff"])
def test_other_records_are_refused(value: bytes) -> None:
    with pytest.raises(UnknownFormat):
        decode("n", value)
