"""Names chosen by regular expressions (--regex)."""

import re
from collections.abc import Callable, Sequence

from rpkpy.errors import UsageError


def matcher(texts: Sequence[str]) -> Callable[[str], bool]:
    """Whether one of these regular expressions matches a whole name. Raises UsageError."""
    compiled = []
    for text in texts:
        try:
            compiled.append(re.compile(text))
        except re.error as error:
            raise UsageError(f'"{text}" is not a regular expression.', cause=f"{error}.") from error
    return lambda name: any(expression.fullmatch(name) for expression in compiled)
