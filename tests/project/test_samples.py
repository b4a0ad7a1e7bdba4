"""Sample files: read, refused with the line, compared."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches.record import Record
from rpkpy.errors import ProjectError
from rpkpy.project.samples import Expected, difference, read_expected, read_records

PATTERNS = Path(__file__).parents[2] / "templates" / "patterns"


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "input.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_reads_every_field(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '\ufeff{"topic":"in","key":"k","value":{"base64":"/w=="},"headers":[{"key":"a","value":null},{"key":"é",'
        '"value":"1"}],"timestamp":5,"partition":0,"offset":9}\r\n\n{"value":null}\n{}\n',
    )
    assert read_records(path) == [
        Record(b"k", b"\xff", ((b"a", None), ("é".encode(), b"1")), timestamp_ms=5, offset=0),
        Record(None, None, offset=1),
        Record(None, None, offset=2),
    ]


@pytest.mark.parametrize("pattern", ["identity", "masking"])
def test_the_templates_samples_are_read(pattern: str) -> None:
    records = read_records(PATTERNS / pattern / "input.jsonl")
    expected = read_expected(PATTERNS / pattern / "expected.jsonl")
    assert len(records) == len(expected)
    assert all(record.timestamp_ms for record in records)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not one JSON object"),
        ("[]", "not a JSON object"),
        ("\xff", "not one JSON object"),
        ('{"vaule":1}', "no field 'vaule'"),
        ('{"value":1}', "string, null or"),
        ('{"value":{"base64":"*"}}', "base64"),
        ('{"value":{"base64":"","x":1}}', "string, null or"),
        ('{"value":"\\ud800"}', "half a character"),
        ('{"headers":{}}', "headers"),
        ('{"headers":[{"key":null}]}', "no key"),
        ('{"timestamp":-1}', "timestamp"),
        ('{"timestamp":true}', "timestamp"),
        ('{"topic":null}', "topic"),
        ("[" * 100_000, "not one JSON object"),
    ],
)
def test_refuses_with_the_line(tmp_path: Path, line: str, words: str) -> None:
    path = written(tmp_path, b'{"value":"fine"}\n' + line.encode("latin-1"))
    with pytest.raises(ProjectError) as caught:
        read_records(path)
    assert caught.value.message.endswith("input.jsonl:2: not a record.")
    assert words in str(caught.value.cause)


def test_refuses_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read"):
        read_records(tmp_path)
    with pytest.raises(ProjectError, match="cannot be read"):
        read_records(tmp_path / "none.jsonl")


_TEXTS = st.one_of(st.none(), st.text(alphabet=st.characters(exclude_categories=["Cs"])))


@given(st.lists(st.tuples(_TEXTS, _TEXTS), max_size=5))
def test_what_json_writes_is_read(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    lines = "".join(json.dumps({"key": key, "value": value}) + "\n" for key, value in pairs)
    records = read_records(written(tmp_path_factory.mktemp("samples"), lines))
    found = [
        tuple(None if part is None else part.decode() for part in (record.key, record.value)) for record in records
    ]
    assert found == pairs


def test_differences() -> None:
    one, two = Record(b"k", b"1"), Record(b"k", None, ((b"h", b"x"),))
    outputs = {"a": [one, two], "b": [one]}
    same = [Expected("a", {"value": b"1"}), Expected("b"), Expected(None, {"value": None, "headers": ((b"h", b"x"),)})]
    assert difference(same, outputs) is None
    assert difference(same[:2], outputs) == "a: 2 records, expected 1"
    assert difference([*same, Expected("c")], outputs) == "c: 0 records, expected 1"
    wrong = [Expected("a", {"value": b"\xff"}), *same[1:]]
    assert difference(wrong, outputs) == 'a, record 1: value is "1", expected 0xff'
    wrong = [same[0], Expected("a", {"headers": ()}), Expected("b")]
    assert difference(wrong, outputs) == 'a, record 2: headers is h="x", expected none'
    long = difference([Expected("b", {"key": b"x" * 500})], {"b": [one]})
    assert long is not None
    assert len(long) < 120
