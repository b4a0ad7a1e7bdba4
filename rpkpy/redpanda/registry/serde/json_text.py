"""JSON of a record, read as the standard has it."""

import json
from typing import Any, NoReturn

from rpkpy.errors import InvalidError


def load(text: bytes) -> Any:
    """The value of `text`. Raises InvalidError, also for NaN and for lone surrogates, which no UTF-8 can hold."""
    try:
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidError("It is not JSON.", cause=str(error)) from None
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON's")
