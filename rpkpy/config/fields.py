"""Fields of a profile and of the globals, set by the name of their -X key or by their path in rpk.yaml."""

import re
from collections.abc import Sequence
from typing import Any

from rpkpy.config import addresses, durations, keys, sources
from rpkpy.config.addresses import BadAddress
from rpkpy.config.keys import Key, Kind
from rpkpy.config.overrides import FALSE, TRUE
from rpkpy.errors import ConfigError

Path = tuple[str, ...]

_CLOUD_CLUSTER = (
    "namespace", "resource_group", "cluster_id", "cluster_name", "auth_org_id", "auth_kind", "cluster_type",
    "cluster_url",
)  # fmt: skip
_PROFILE: dict[Path, Kind] = {
    ("description",): "text",
    ("prompt",): "text",
    ("from_cloud",): "bool",
    **{("cloud_cluster", name): "text" for name in _CLOUD_CLUSTER},
    **{key.path: key.kind for key in keys.KEYS if key.path[0] not in ("globals", "cloud")},
    **{(section, "tls", "truststore_file"): "text" for section in ("kafka_api", "admin_api", "schema_registry")},
    ("kafka_api", "sasl", "type"): "text",
}
_GLOBALS: dict[Path, Kind] = {key.path: key.kind for key in keys.KEYS if key.path[0] == "globals"}
_COMPLETE = {
    "kafka_api": addresses.kafka,
    "admin_api": sources.admin_address,
    "schema_registry": sources.registry_address,
}
_INDEX = re.compile(r"(.+)\[([0-9]{1,3})\]", re.ASCII)


def pairs(texts: Sequence[str]) -> list[tuple[str, str]]:
    """`KEY=VALUE` texts as pairs; `KEY VALUE`, two texts without an equals sign in the first, are one pair."""
    if len(texts) == 2 and "=" not in texts[0]:
        return [(texts[0], texts[1])]
    found = []
    for number, text in enumerate(texts, 1):
        key, equals, value = text.partition("=")
        if not equals:  # not shown: it may be a password
            raise ConfigError(
                f"argument {number} is not a key=value.", fix="rpkpy -X list names the keys, with an example of each."
            )
        found.append((key, value))
    return found


def set_in_profile(profile: Any, settings: Sequence[tuple[str, str]]) -> None:
    """Set fields of the mapping `profile`; ConfigError names a key that is none, or a value that cannot be meant."""
    for name, value in settings:
        if name.strip() == "name":
            raise ConfigError("set does not rename.", fix="rpkpy profile rename-to NAME renames the current profile.")
        _set(profile, name, value, _PROFILE)


def set_in_globals(document: Any, settings: Sequence[tuple[str, str]]) -> None:
    """Set `globals.*` fields of the mapping `document`, a whole rpk.yaml."""
    for name, value in settings:
        _set(document, name, value, _GLOBALS)


def _set(data: Any, name: str, value: str, known: dict[Path, Kind]) -> None:
    match = _INDEX.fullmatch(name.strip())
    stem = match[1] if match else name.strip()
    key: Key | None = keys.find(stem)
    path = key.path if key is not None else tuple(stem.split("."))
    if path[-2:] == ("tls", "enabled"):
        path = path[:-1]
    kind = known.get(path)
    if kind is None or (match and kind != "list"):
        prefix = " Keys of the globals start with globals." if known is _GLOBALS else ""
        raise ConfigError(f'unable to find field "{name.strip()}".', fix=f"rpkpy -X list names the keys.{prefix}")
    try:
        if path[-1] == "tls":
            _switch_tls(data, path, value)
        elif kind == "list":
            _set_addresses(data, path, value, int(match[2]) if match else None)
        else:
            _parent(data, path)[path[-1]] = _parsed(value, kind)
    except (BadAddress, ValueError) as error:
        raise ConfigError(f"{name.strip()}: {error}.") from None


def _parsed(value: str, kind: Kind) -> str | bool:
    if kind == "bool":
        return _boolean(value)
    if kind == "duration":
        durations.parse(value)
    return value


def _boolean(value: str) -> bool:
    text = value.strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError(f"{value!r} is not true or false")
    return text in TRUE


def _switch_tls(data: Any, path: Path, value: str) -> None:
    """The mapping's presence is the switch: made where it is missing, what it holds is kept; or taken out."""
    parent = _parent(data, path)
    if value.strip() in ("", "null", "~") or (value.strip() != "{}" and not _boolean(value)):
        parent.pop("tls", None)
    elif not isinstance(parent.get("tls"), dict):
        parent["tls"] = {}


def _set_addresses(data: Any, path: Path, value: str, index: int | None) -> None:
    """The whole list from `a,b` or `[a, b]`, or one element; the one after the last is new."""
    texts = [text.strip().strip("\"'") for text in value.strip().removeprefix("[").removesuffix("]").split(",")]
    found = [text for text in texts if text]
    for text in found:
        _COMPLETE[path[0]](text)
    parent = _parent(data, path)
    if index is None:
        parent[path[-1]] = found
        return
    if len(found) != 1:
        raise ValueError("expected one address")
    listed = parent.get(path[-1]) or []
    if not isinstance(listed, list):
        listed = [listed]
    if index > len(listed):
        raise ValueError(f"there are {len(listed)} addresses, the next one is [{len(listed)}]")
    listed[index : index + 1] = found
    parent[path[-1]] = listed


def _parent(data: Any, path: Path) -> Any:
    """The mapping that holds the last key of `path`, made where it is missing."""
    for name in path[:-1]:
        if data.get(name) is None:
            data[name] = {}
        data = data[name]
        if not isinstance(data, dict):
            raise ValueError(f"{name} is no mapping in the file")
    return data
