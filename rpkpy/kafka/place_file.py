"""Files that name partitions: `TOPIC PARTITION OFFSET` a line, or the same as a JSON or YAML list of objects.

The forms are those that rpk's --from-file and --to-file flags take; a name's ending says which it is.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rpkpy.config.yaml_file import check_depth
from rpkpy.errors import InvalidError, UsageError

MAX_FILE_BYTES = 16 * 1024 * 1024
_LARGEST = {"partition": (1 << 31) - 1, "offset": (1 << 63) - 1}

Row = dict[str, Any]
"""`topic` a str, `partition` and `offset` whole numbers of 0 or more; what a file leaves out is not in it."""


def read(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a file, each with `columns` (the topic may be left out where it is the first of three).

    Raises UsageError for a file that cannot be read, InvalidError naming the row that is wrong.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise UsageError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB.")
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not UTF-8 text.", cause=str(error)) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", cause=error.strerror) from error
    rows = _structured(path, text) if path.suffix in (".json", ".yaml", ".yml") else _lines(path, text, columns)
    if not rows:
        raise InvalidError(f"{path} names no partition.", fix=f"Write lines of {' '.join(columns).upper()}.")
    return [_checked(path, number, row, columns) for number, row in enumerate(rows, 1)]


def _lines(path: Path, text: str, columns: Sequence[str]) -> list[Row]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        names = columns[1:] if len(fields) == len(columns) - 1 and len(columns) > 2 else columns
        if len(fields) != len(names):
            raise _wrong(path, number, f"It has {len(fields)} fields", columns)
        rows.append(dict(zip(names, fields, strict=True)))
    return rows


def _structured(path: Path, text: str) -> list[Row]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        if path.suffix == ".json":
            data = json.loads(text)
        else:
            check_depth(path, text)
            data = YAML(typ="safe", pure=True).load(text)
    except (ValueError, RecursionError, YAMLError) as error:
        raise InvalidError(f"{path} cannot be read as {path.suffix[1:].upper()}.", cause=str(error)) from error
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise InvalidError(
            f"{path} is not a list of objects.", fix="Write [{topic: ..., partition: ..., offset: ...}]."
        )
    return data


def _checked(path: Path, number: int, row: Row, columns: Sequence[str]) -> Row:
    found: Row = {}
    for name in columns:
        value = row.get(name)
        if name == "topic":
            if value is None and len(columns) > 2:
                continue
            if not isinstance(value, str) or not value:
                raise _wrong(path, number, "Its topic is not a name", columns)
            found[name] = value
            continue
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST[name]:
            raise _wrong(path, number, f"Its {name} is not a whole number of 0 or more", columns)
        found[name] = value
    return found


def _wrong(path: Path, number: int, what: str, columns: Sequence[str]) -> InvalidError:
    return InvalidError(f"Row {number} of {path} is wrong.", cause=f"{what}: {' '.join(columns).upper()} is expected.")
