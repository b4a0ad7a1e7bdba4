"""The cluster's properties as a file: what is written reads back as the same, whatever the values."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rpkpy.config import yaml_file
from rpkpy.errors import ConfigError, RefusedError
from rpkpy.redpanda.cluster_config import Changes, Property
from rpkpy.redpanda.config_file import Delta, changes, written

SCHEMA = {
    "a_text": Property("a_text", "string", "A text:\n# of two lines", nullable=True, enum_values=("x", "y")),
    "b_list": Property("b_list", "array", "", item_type="string"),
    "c_count": Property("c_count", "integer", "A count.", nullable=True, needs_restart=True, example="5"),
    "d_part": Property("d_part", "number", "A part."),
    "e_flag": Property("e_flag", "boolean", "A flag."),
}
TEXT = st.text(max_size=30)
VALUES = st.fixed_dictionaries(
    {
        "a_text": st.none() | TEXT,
        "b_list": st.lists(TEXT, max_size=4),
        "c_count": st.none() | st.integers(-(1 << 63), 1 << 63),
        "d_part": st.floats(allow_nan=False, allow_infinity=False) | st.integers(-1000, 1000),
        "e_flag": st.booleans(),
    }
)


def reread(text: str) -> dict[str, Any]:
    return dict(yaml_file.parse(Path("file.yaml"), text.encode()).data)


@given(VALUES)
@example(
    {
        "a_text": "\x85",
        "b_list": ["- a", "# b", "", " c ", "null", "2024-01-02"],
        "c_count": 1 << 62,
        "d_part": 1e22,
        "e_flag": True,
    }
)
@example(
    {
        "a_text": "\x7f\u2028\ufeff",
        "b_list": ["~", "1e3", "0x1f", "on"],
        "c_count": None,
        "d_part": -0.5,
        "e_flag": False,
    }
)
def test_what_is_written_reads_back_as_no_change(values: dict[str, Any]) -> None:
    wanted = reread(written(SCHEMA, values, everything=True))
    assert set(wanted) == set(SCHEMA)
    assert changes(SCHEMA, values, values, wanted, everything=True) == ([], Changes({}, []))


@given(VALUES, VALUES)
def test_what_differs_is_changed_to_what_the_file_says(old: dict[str, Any], new: dict[str, Any]) -> None:
    wanted = reread(written(SCHEMA, new, everything=True))
    deltas, found = changes(SCHEMA, old, old, wanted, everything=True)
    assert {**old, **found.upsert} == new
    assert {delta.property for delta in deltas} == set(found.upsert)


def test_values_of_yamls_other_types() -> None:
    wanted = reread("a_text: 2024-01-02\nb_list: [1, yes, 2024-01-02]\nc_count: 3.0\nd_part: 4\ne_flag: true\n")
    deltas, found = changes(SCHEMA, {}, {}, wanted, everything=True)
    assert found.upsert == {
        "a_text": "2024-01-02",
        "b_list": ["1", "yes", "2024-01-02"],
        "c_count": 3,
        "d_part": 4,
        "e_flag": True,
    }
    assert deltas[2] == Delta("c_count", None, 3)
    with pytest.raises(ConfigError):
        changes(SCHEMA, {}, {}, reread("d_part: !!binary aGk=\n"), everything=True)
    with pytest.raises(RefusedError, match="z_nothing"):
        changes(SCHEMA, {}, {}, {"z_nothing": 1}, everything=True)
