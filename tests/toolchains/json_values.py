"""Values made by hypothesis: JSON written in every way there is, nearly JSON, and other bytes."""

import json

from hypothesis import strategies as st

NAMES = ["email", "pin", "é🎉", 'quo"te', "back\\slash", "/"]
_SPACE = st.sampled_from(["", "", "", " ", "\n\t ", "\r"])
_PIECE = st.one_of(
    st.sampled_from(["a", "B", "é", "€", "🎉", " ", "/", "\x7f"]),
    st.sampled_from([r"\"", r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t"]),
    st.sampled_from([r"\u00e9", r"\uD83D\uDE00", r"\ud83d", r"\uDE00", r"\u0000", r"\uFFFF", r"\ud83d\n"]),
)
_STRING = st.lists(_PIECE, max_size=14).map(lambda pieces: '"' + "".join(pieces) + '"')
_NUMBER = st.sampled_from(["0", "-0", "1", "-12.50e+2", "1E-9", "0.0", "12345678901234567890", "9e999"])
_WRONG = st.sampled_from(
    ["01", "+1", "1.", ".5", "1e", "-", "tru", "nulll", "NaN", "Infinity", r'"\x"', r'"\u12"', '"\t"', "'"]
)


@st.composite
def _key(draw: st.DrawFn) -> str:
    """A key in quotes: a field's name, written in one of the ways JSON has, or another text."""
    name = draw(st.sampled_from(NAMES))
    written = [json.dumps(name, ensure_ascii=False), json.dumps(name)]
    everything = "".join(f"\\u{unit:04x}" for unit in _utf16(name))
    return draw(st.one_of(st.sampled_from([*written, f'"{everything}"', f'"{name[:-1]}\\ud800"', '"Email"']), _STRING))


def _utf16(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[at : at + 2]) for at in range(0, len(data), 2)]


def _containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaced = st.tuples(_SPACE, inner, _SPACE).map("".join)
    member = st.tuples(_SPACE, _key(), _SPACE, st.just(":"), spaced).map("".join)
    array = st.lists(spaced, max_size=4).map(lambda items: "[" + ",".join(items) + "]")
    return (
        array
        | st.lists(member, max_size=4).map(lambda items: "{" + ",".join(items) + "}")
        | st.sampled_from(["[ ]", "{\n}"])
    )


_JSON = st.recursive(
    st.one_of(_STRING, _NUMBER, st.sampled_from(["true", "false", "null"])), _containers, max_leaves=12
)
_WHOLE = st.tuples(_SPACE, _JSON, _SPACE).map(lambda parts: "".join(parts).encode())
_NEARLY = st.recursive(st.one_of(_STRING, _NUMBER, _WRONG), _containers, max_leaves=8).map(str.encode)


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """JSON with some bytes taken out, put in or replaced."""
    value = draw(_WHOLE)
    at = draw(st.integers(0, len(value)))
    taken = draw(st.integers(0, 2))
    put = draw(
        st.one_of(
            st.binary(max_size=3), st.sampled_from([b",", b":", b"]", b"}", b'"', b"\\", b"\xc0\x80", b"\xed\xa0\x80"])
        )
    )
    return value[:at] + put + value[at + taken :]


VALUES = st.lists(
    st.one_of(st.none(), _WHOLE, _WHOLE, _NEARLY, _damaged(), st.binary(max_size=8)), min_size=1, max_size=12
)
