"""Changing a manifest in its file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rpkpy import atomic
from rpkpy.project.manifest.model import Manifest
from rpkpy.project.manifest.reading import parse, read_text
from rpkpy.yaml_reading import parser


def edit(path: Path, changes: Mapping[str, Any], remove: Sequence[str] = ()) -> Manifest:
    """Set top-level keys of the manifest at `path` and drop those in `remove`; comments and the rest stay.

    The file is replaced whole or not at all: ProjectError when the result would not be a manifest.
    """
    from io import StringIO

    from ruamel.yaml.util import load_yaml_guess_indent

    original = read_text(path, str(path))
    parse(original, str(path))
    text = original.removeprefix("\ufeff").replace("\r\n", "\n")
    yaml = parser("rt")
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    data, indent, offset = load_yaml_guess_indent(text, yaml=yaml)
    if indent and offset is not None:
        yaml.indent(mapping=2, sequence=max(indent, offset + 2), offset=offset)
    spelled = {str(key).replace("_", "-"): key for key in data}
    for key in remove:
        if key in spelled:
            del data[spelled[key]]
    for key, value in changes.items():
        data[spelled.get(key, key)] = value
    out = StringIO()
    yaml.dump(data, out)
    result = out.getvalue()
    edited = parse(result, str(path))
    written = result.replace("\n", "\r\n") if "\r\n" in original else result
    atomic.replace(path, written.encode(), mode=path.stat().st_mode & 0o777)
    return edited
