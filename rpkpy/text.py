"""Text from outside, made fit for a terminal."""

import re

# C0 controls but tab and newline, DEL, C1 controls: what terminals act on; lone surrogates: what no stream can write.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with each control character (escape sequences, bidirectional overrides) shown as `\\xNN` or `\\uNNNN`.

    Tab and newline stay. Compiler output, guest logs, server answers and record bytes pass through here before
    they reach a terminal.
    """

    def escape(match: re.Match[str]) -> str:
        code = ord(match.group())
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"

    return _CONTROL.sub(escape, text)


def well_formed(text: str) -> str:
    """`text` with lone surrogates (JSON may hold them, UTF-8 cannot) as U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def line_and_column(text: str, position: int) -> str:
    """`line:column`, both from 1, of the character at `position`."""
    return f"{text.count(chr(10), 0, position) + 1}:{position - text.rfind(chr(10), 0, position)}"
