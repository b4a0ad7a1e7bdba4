"""The deploy request's body: one JSON object, and from its closing brace on the module's bytes.

As the broker reads it (RapidJSON with kParseStopWhenDoneFlag): white space may stand before the object, nothing
stands between it and the module. Errors carry RapidJSON's numeric codes, which is all that the broker says of them.
"""

import json
from typing import Any

from rpkpy.host.rejection import bad_request

# 128 variables of 128 + 2048 bytes, every byte escaped as \u00XX, come to 1.6 MiB.
MAX_JSON_BYTES = 2 * 1024 * 1024

# RapidJSON's ParseErrorCode (include/rapidjson/error/error.h).
DOCUMENT_EMPTY = 1
ROOT_NOT_SINGULAR = 2
VALUE_INVALID = 3
NAME_MISSING = 4
COLON_MISSING = 5
OBJECT_COMMA_MISSING = 6
ARRAY_COMMA_MISSING = 7
UNICODE_HEX_INVALID = 8
SURROGATE_INVALID = 9
ESCAPE_INVALID = 10
QUOTE_MISSING = 11
STRING_ENCODING_INVALID = 12
NUMBER_TOO_BIG = 13
TERMINATED = 16

_CODE_OF_MESSAGE = (
    ("Expecting property name", NAME_MISSING),
    ("Illegal trailing comma before end of object", NAME_MISSING),
    ("Illegal trailing comma", VALUE_INVALID),
    ("Expecting ':'", COLON_MISSING),
    ("Invalid \\uXXXX", UNICODE_HEX_INVALID),
    ("Invalid \\escape", ESCAPE_INVALID),
    ("Unterminated string", QUOTE_MISSING),
    ("Invalid control character", STRING_ENCODING_INVALID),
    ("Expecting value", VALUE_INVALID),
)


def split(body: bytes | bytearray) -> tuple[Any, memoryview]:
    """The JSON value at the start of `body`, and the bytes after it (not copied).

    Raises Rejected (400, `JSON parse error: N`). Bytes that are not UTF-8 come out as lone surrogates
    (`surrogateescape`), as the broker lets them pass here and refuses them by the rules of names.
    """
    head = bytes(body[:MAX_JSON_BYTES])
    value, end = _parse(head)
    return value, memoryview(body)[end:]


def parse_all(body: bytes) -> Any:
    """The JSON value that `body` is, with nothing but white space after it; Rejected (400) otherwise."""
    value, end = _parse(body)
    if body[end:].strip(b" \t\r\n"):
        raise _parse_error(ROOT_NOT_SINGULAR)
    return value


def _parse(head: bytes) -> tuple[Any, int]:
    # Latin-1 makes one character of each byte, so that positions in the text are positions in the body and the
    # module's bytes behind the object cannot fail to decode.
    text = head.decode("latin-1")
    start = len(text) - len(text.lstrip(" \t\r\n"))
    if start == len(text):
        raise _parse_error(DOCUMENT_EMPTY)
    try:
        value, end = _DECODER.raw_decode(text, start)
        if _has_lone_surrogate(value):
            raise _parse_error(SURROGATE_INVALID)
        # Latin-1 was for the positions; the strings are UTF-8.
        return json.loads(head[start:end].decode("utf-8", "surrogateescape")), end
    except json.JSONDecodeError as error:
        raise _parse_error(_code_of(error)) from error
    except RecursionError as error:
        raise _parse_error(TERMINATED) from error
    except _NotJson as error:
        raise _parse_error(VALUE_INVALID) from error
    except (ValueError, OverflowError) as error:  # an integer of thousands of digits
        raise _parse_error(NUMBER_TOO_BIG) from error


class _NotJson(Exception):
    """NaN or Infinity, which Python's reader takes and JSON has not."""


def _refuse_constant(name: str) -> Any:
    raise _NotJson(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def _code_of(error: json.JSONDecodeError) -> int:
    if error.msg.startswith("Expecting ',' delimiter"):
        return ARRAY_COMMA_MISSING if _inside_array(error.doc[: error.pos]) else OBJECT_COMMA_MISSING
    for prefix, code in _CODE_OF_MESSAGE:
        if error.msg.startswith(prefix):
            return code
    return VALUE_INVALID


def _inside_array(text: str) -> bool:
    """Whether the innermost open bracket of `text` is an array's."""
    open_brackets: list[str] = []
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            open_brackets.append(char)
        elif char in "]}" and open_brackets:
            open_brackets.pop()
    return bool(open_brackets) and open_brackets[-1] == "["


def _has_lone_surrogate(value: Any) -> bool:
    r"""Whether an escape such as `\ud800` stands without its other half (the text itself is Latin-1)."""
    if isinstance(value, str):
        return any("\ud800" <= char <= "\udfff" for char in value)
    if isinstance(value, list):
        return any(_has_lone_surrogate(item) for item in value)
    if isinstance(value, dict):
        return any(_has_lone_surrogate(item) for pair in value.items() for item in pair)
    return False


def _parse_error(code: int) -> Exception:
    return bad_request(f"JSON parse error: {code}")
