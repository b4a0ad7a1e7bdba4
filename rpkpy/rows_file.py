"""Files of rows: columns parted by white space, or the same as a JSON or YAML list of objects.

The forms are those that rpk's flags for files take (--from-file, --to-file, --references): `TOPIC PARTITION OFFSET`
a line, `[{"topic": ..., "partition": ..., "offset": ...}]`. A name's ending says which it is.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rpkpy.config.yaml_file import check_nodes
from rpkpy.errors import ConfigError, InvalidError, UsageError
from rpkpy.yaml_reading import parser

MAX_FILE_BYTES = 16 * 1024 * 1024
_MAX_NODES = 500_000
_LARGEST = {"partition": (1 << 31) - 1, "offset": (1 << 63) - 1, "version": (1 << 31) - 1}
"""The columns that hold whole numbers of 0 or more; the others hold text."""

Row = dict[str, Any]
"""Values by column; the one that a file may leave out is not in it then."""


def read(path: Path, columns: Sequence[str], *, optional: str = "") -> list[Row]:
    """The rows of a file, each with `columns`, of which the `optional` one may be left out.

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
    rows = (
        _structured(path, text) if path.suffix in (".json", ".yaml", ".yml") else _lines(path, text, columns, optional)
    )
    if not rows:
        raise InvalidError(f"{path} has no rows.", fix=f"Write lines of {' '.join(columns).upper()}.")
    return [_checked(path, number, row, columns, optional) for number, row in enumerate(rows, 1)]


def _lines(path: Path, text: str, columns: Sequence[str], optional: str) -> list[Row]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = line.split()
        if not fields:
            continue
        names = columns if len(fields) >= len(columns) else [name for name in columns if name != optional]
        if len(fields) != len(names):
            raise _wrong(path, number, f"It has {len(fields)} fields", columns)
        rows.append(dict(zip(names, fields, strict=True)))
    return rows


def _structured(path: Path, text: str) -> list[Row]:
    from ruamel.yaml.error import YAMLError

    try:
        if path.suffix == ".json":
            data = json.loads(text)
        else:
            check_nodes(path, text, most=_MAX_NODES)
            data = parser("safe").load(text)
    except (ValueError, RecursionError, YAMLError, ConfigError) as error:
        raise InvalidError(f"{path} cannot be read as {path.suffix[1:].upper()}.", cause=str(error)) from error
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise InvalidError(f"{path} is not a list of objects.", fix="Each row is an object of its columns.")
    return data


def _checked(path: Path, number: int, row: Row, columns: Sequence[str], optional: str) -> Row:
    found: Row = {}
    for name in columns:
        value = row.get(name)
        if value is None and name == optional:
            continue
        if name not in _LARGEST:
            if not isinstance(value, str) or not value:
                raise _wrong(path, number, f"Its {name} is not a text", columns)
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
