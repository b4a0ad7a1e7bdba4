"""What a cluster's data plane says, read: a transform, or one of the errors that are documented."""

import contextlib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rpkpy.redpanda.cloud.data_plane import metadata_of, multipart
from rpkpy.redpanda.cluster import PartitionStatus
from rpkpy.redpanda.module import Module

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "statuses", "lag", "key", "value", "status", "broker_id"]), inner)
    ),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["name", "statuses", "output_topic_names", "environment_variables"]), JSON))
def test_any_entry(entry: dict[str, Any]) -> None:
    with contextlib.suppress(KeyError, TypeError, AttributeError, ValueError, OverflowError):
        metadata_of(entry)


def test_what_is_zero_is_left_out_of_json() -> None:
    found = metadata_of({"name": "x", "statuses": [{}, {"status": "PARTITION_STATUS_UNSPECIFIED", "lag": "7"}]})
    assert found.status == (PartitionStatus(0, 0, "unknown", 0), PartitionStatus(0, 0, "unknown", 7))


def test_the_length_of_a_deployment_is_known_before_it_is_read() -> None:
    body, content_type = multipart({"name": "ü"}, "up", Module(b"\0asm" * 1000))
    content = b"".join(body.chunks())
    assert len(content) == body.size
    boundary = content_type.partition("boundary=")[2].encode()
    assert content.count(b"--" + boundary) == 3
    assert content.endswith(b"\0asm\r\n--" + boundary + b"--\r\n")
