"""What reaches a terminal."""

from hypothesis import given
from hypothesis import strategies as st

from rpkpy.text import printable


@given(st.text())
def test_no_control_character_survives(text: str) -> None:
    shown = printable(text)
    assert not any((ord(c) < 0x20 and c not in "\t\n") or 0x7F <= ord(c) <= 0x9F for c in shown)


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_untouched(text: str) -> None:
    assert printable(text) == text


def test_escape_sequences_and_overrides_are_shown() -> None:
    assert printable("a\x1b[2J\u202eb\r\n") == "a\\x1b[2J\\u202eb\\x0d\n"
