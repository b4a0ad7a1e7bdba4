"""Log files: the last lines, and what is added, across rotation."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rpkpy.kafka.local import logfile


@given(st.lists(st.text(alphabet="ab", max_size=5), max_size=30), st.integers(0, 40))
def test_tail_is_the_last_lines(tmp_path_factory: object, lines: list[str], count: int) -> None:
    path = tmp_path_factory.mktemp("log") / "log"  # type: ignore[attr-defined]
    path.write_text("".join(f"{line}\n" for line in lines))
    assert logfile.tail(path, count) == (lines[-count:] if count else [])


def test_tail_reads_only_what_it_needs_of_a_large_file(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"".join(b"%06d\n" % number for number in range(50_000)))
    assert logfile.tail(path, 3) == ["049997", "049998", "049999"]
    assert len(logfile.tail(path, 20_000)) == 20_000


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert logfile.tail(tmp_path / "none", 5) == []


def test_follow_goes_on_through_additions_and_rotation(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("one\ntwo\n")
    lines = logfile.follow(path, 1)
    assert next(lines) == "two"
    with path.open("a") as file:
        file.write("three\nfo")
        file.flush()
        assert next(lines) == "three"
        file.write("ur\n")
    assert next(lines) == "four"
    path.rename(tmp_path / "log.1")
    path.write_text("after rotation, longer than before so that its size does not tell\n")
    assert next(lines).startswith("after rotation")
    path.write_text("cut\n")
    assert next(lines) == "cut"
