"""The cluster's properties as a YAML file for people: written with what each is for, read back as changes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from rpkpy.errors import ConfigError
from rpkpy.redpanda.cluster_config import Changes, Property, unknown
from rpkpy.redpanda.transform_properties import EXPLAINED

CLUSTER_ID = "cluster_id"
"""Left out of files: one cluster's must not become another's."""
SECRET = "[secret]"  # noqa: S105  # what a cluster shows in place of a secret's value
_PLAIN = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[A-Za-z][A-Za-z0-9_./-]*", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Delta:
    """A property that a file changes: its value so far and the new one; None is no value, or back to the default."""

    property: str
    prior: Any
    new: Any


def written(schema: Mapping[str, Property], values: Mapping[str, Any], *, everything: bool) -> str:
    """The file's text; low-level properties only with `everything`, deprecated ones never."""
    parts = []
    for name, known in sorted(schema.items()):
        if name != CLUSTER_ID and _shown(known, everything):
            parts.append(f"{_comment(known)}{_entry(name, values.get(name))}")
    return "\n".join(parts)


def changes(
    schema: Mapping[str, Property],
    values: Mapping[str, Any],
    changed: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    everything: bool,
) -> tuple[list[Delta], Changes]:
    """What makes the cluster as the file: `values` are all properties now, `changed` those not at their defaults.

    A property that the file does not name goes back to its default, a low-level one only with `everything`. Raises
    RefusedError for one that the cluster does not know.
    """
    deltas, upsert = [], {}
    for name, raw in wanted.items():
        if name == CLUSTER_ID:
            continue
        if name not in schema:
            raise unknown(str(name), list(schema))
        value, prior = _value(schema[name], raw), values.get(name)
        if value == prior or (schema[name].secret and value == SECRET):
            continue
        upsert[name] = value
        deltas.append(Delta(name, prior, "[redacted]" if schema[name].secret and value else value))
    remove = [
        name
        for name in changed
        if name in schema and name not in wanted and name != CLUSTER_ID and _shown(schema[name], everything)
    ]
    deltas += [Delta(name, changed[name], None) for name in remove]
    return deltas, Changes(upsert, remove)


def _shown(known: Property, everything: bool) -> bool:
    return known.visibility != "deprecated" and (everything or known.visibility != "tunable")


def _comment(known: Property) -> str:
    about = []
    if known.enum_values:
        about.append(f"one of {', '.join(known.enum_values)}")
    elif known.example:
        about.append(f"e.g. '{known.example}'")
    about += ["restart required"] if known.needs_restart else []
    about += ["may be nil"] if known.nullable else []
    lines = [f"{known.description} ({', '.join(about)})" if about else known.description]
    if known.name in EXPLAINED:
        lines.append(EXPLAINED[known.name].meaning)
    return "".join(f"# {line}\n" for text in lines for line in text.splitlines() if line.strip())


def _entry(name: str, value: Any) -> str:
    if isinstance(value, list) and value:
        return f"{name}:\n" + "".join(f"    - {_scalar(item)}\n" for item in value)
    return f"{name}: {_scalar(value)}".rstrip() + "\n"


def _scalar(value: Any) -> str:
    """A value in YAML's flow style, which JSON is part of; plain words without quotes."""
    if value is None:
        return ""
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _value(known: Property, raw: Any) -> Any:
    """A value read from YAML, in the property's own type where that is clear; the cluster judges the rest."""
    if raw is None:
        return None
    if known.type == "array" and isinstance(raw, list):
        return [_text(item) if known.item_type == "string" else _plain(item) for item in raw]
    if known.type == "string" and isinstance(raw, str | bool | int | float | date):
        return _text(raw)
    value = _plain(raw)
    if known.type == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: Any) -> Any:
    """YAML's values as JSON has them. Raises ConfigError for one that it has not."""
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    raise ConfigError(f"{value!r} is not a value that a property can have.")
