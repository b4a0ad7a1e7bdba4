"""Files of rows: every form reads back as the rows that it was written from, and what is wrong names its row."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpkpy import rows_file
from rpkpy.errors import InvalidError, UsageError

COLUMNS = ("topic", "partition", "offset")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "topic": st.from_regex(r"[a-zA-Z0-9._-]{1,20}", fullmatch=True),
            "partition": st.integers(0, (1 << 31) - 1),
            "offset": st.integers(0, (1 << 63) - 1),
        }
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from([" ", "\t", "  \t "]))
def test_every_form_reads_back(tmp_path: Path, rows: list[dict[str, Any]], blank: str) -> None:
    lines, as_json, as_yaml = (tmp_path / f"rows.{kind}" for kind in ("txt", "json", "yaml"))
    lines.write_text("\n\n".join(blank.join(str(row[name]) for name in COLUMNS) for row in rows))
    as_json.write_text(json.dumps(rows))
    as_yaml.write_text("".join(f"- {json.dumps(row)}\n" for row in rows))
    for file in (lines, as_json, as_yaml):
        assert rows_file.read(file, COLUMNS) == rows


def test_the_optional_column(tmp_path: Path) -> None:
    file = tmp_path / "rows"
    file.write_text("t 1 2\n3 4\n")
    assert rows_file.read(file, COLUMNS, optional="topic") == [
        {"topic": "t", "partition": 1, "offset": 2},
        {"partition": 3, "offset": 4},
    ]
    with pytest.raises(InvalidError, match="Row 2"):
        rows_file.read(file, COLUMNS)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "t 1\n"),
        ("a.txt", "t 1 2 3\n"),
        ("a.txt", "t one 2\n"),
        ("a.txt", "t 1 ²\n"),
        ("a.txt", "t 1 99999999999999999999\n"),
        ("a.txt", "t 2147483648 0\n"),
        ("a.json", "{}"),
        ("a.json", "[1]"),
        ("a.json", '[{"topic": "t", "partition": true, "offset": 1}]'),
        ("a.json", '[{"topic": 5, "partition": 1, "offset": 1}]'),
        ("a.json", "[" * 100_000),
        ("a.yaml", "- &a [*a]\n"),
        ("a.yaml", "- {topic: t, partition: 0, offset: -1}\n"),
        ("a.yaml", "a: [\n"),
        ("a.yaml", "- ? [[a]]\n"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(InvalidError):
        rows_file.read(tmp_path / name, COLUMNS)


def test_a_file_too_large_and_one_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_file, "MAX_FILE_BYTES", 10)
    (tmp_path / "large").write_text("t 1 2\n" * 3)
    for file in (tmp_path / "large", tmp_path / "none", tmp_path):
        with pytest.raises(UsageError):
            rows_file.read(file, COLUMNS)
