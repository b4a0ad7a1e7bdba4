"""The list answer: whatever a server sends becomes transforms or a ValueError."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.redpanda.admin import listing
from rpkpy.redpanda.cluster import PartitionStatus, StartOffset, TransformMetadata

FULL = {
    "name": "up",
    "input_topic": "in",
    "output_topics": ["a", "b"],
    "status": [{"partition": 1, "node_id": 2, "status": "running", "lag": 3, "more": 1}],
    "environment": [{"key": "K", "value": "V"}],
    "compression": "zstd",
    "from_the_future": {},
}


def test_an_entry() -> None:
    (entry,) = listing([FULL])
    assert entry == TransformMetadata(
        "up", "in", ("a", "b"), {"K": "V"}, (PartitionStatus(2, 1, "running", 3),), "zstd"
    )
    assert (entry.running, entry.lag) == (1, 3)


def test_what_is_missing() -> None:
    assert listing(None) == []
    assert listing([{"name": "x"}]) == [TransformMetadata("x", "", None, {}, None, "")]


@pytest.mark.parametrize(
    "answer",
    [
        {"name": "x"},
        "text",
        5,
        [5],
        [{}],
        [FULL | {"output_topics": "out"}],
        [FULL | {"status": [{"partition": 0}]}],
        [FULL | {"status": [{"partition": 0, "status": "running", "lag": 1e999}]}],
        [FULL | {"environment": {"K": "V"}}],
    ],
)
def test_no_list_of_transforms(answer: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        listing(answer)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FULL, "partition", "key", "value", "lag"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(st.lists(_JSON, max_size=2) | _JSON)
def test_any_answer(answer: Any) -> None:
    try:
        found = listing(json.loads(json.dumps(answer)))
    except ValueError:
        return
    assert all(entry.running <= len(entry.status or ()) for entry in found)


@given(st.sampled_from("@+-"), st.integers(0, 2**63 - 1))
def test_a_start_offset_reads_back(prefix: str, value: int) -> None:
    offset = StartOffset.parse(f"{prefix}{value}")
    assert str(offset) == f"{prefix}{value}"
    assert offset.value == value
