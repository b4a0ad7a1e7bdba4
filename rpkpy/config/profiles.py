"""Profiles of rpk.yaml: list, select, show, add and remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpkpy.config import rpk_yaml, yaml_file
from rpkpy.config.yaml_file import Section
from rpkpy.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Entry:
    """A profile in a list."""

    name: str
    description: str
    current: bool


def entries(file: Path) -> list[Entry]:
    """The profiles of the file in its order; empty where there is no file."""
    document = rpk_yaml.read(file)
    if document is None:
        return []
    current = document.text("current_profile")
    return [
        Entry(name, profile.text("description"), name == current)
        for name, profile in rpk_yaml.profiles(document).items()
    ]


def current(file: Path) -> str:
    """The name of the current profile; empty where none is selected."""
    document = rpk_yaml.read(file)
    return document.text("current_profile") if document is not None else ""


def use(file: Path, name: str) -> None:
    """Make `name` the current profile; ConfigError where it does not exist."""
    _require(rpk_yaml.read(file), name)
    with yaml_file.edit(file) as document:
        _require(document, name)
        document.data["current_profile"] = name


def shown(file: Path, name: str | None = None, *, secrets: bool = False) -> Any:
    """The profile `name` (the current one by default) as plain data, in the file's key order.

    Secrets are masked unless `secrets`. ConfigError where there is no such profile.
    """
    document = rpk_yaml.read(file)
    wanted = name or (document.text("current_profile") if document is not None else "")
    if not wanted:
        raise ConfigError("No profile is selected.", fix="Name one, or select one with `rpkpy profile use NAME`.")
    profile = _require(document, wanted)
    return profile.data if secrets else rpk_yaml.masked(profile.data)


def upsert(
    config_dir: Path,
    name: str,
    *,
    brokers: Sequence[str],
    admin: Sequence[str],
    registry: Sequence[str] = (),
    description: str | None = None,
    select: bool = False,
) -> Path:
    """Add the profile `name` or change its addresses, keeping everything else of it; returns the file's path.

    `brokers`, `admin` and `registry` are host:port; an empty one leaves that section alone. `select` makes it the
    current profile.
    """
    file = rpk_yaml.path(config_dir)
    with yaml_file.edit(file) as document:
        rpk_yaml.check_version(document)
        data = document.data
        data.setdefault("version", rpk_yaml.VERSION)
        if select:
            data["current_profile"] = name
        else:
            data.setdefault("current_profile", "")
        found = rpk_yaml.profiles(document).get(name)
        if found is None:
            found = _append(document, name)
        if description is not None:
            found.data["description"] = description
        for section, key, values in (
            ("kafka_api", "brokers", brokers),
            ("admin_api", "addresses", admin),
            ("schema_registry", "addresses", registry),
        ):
            if values:
                if found.section(section) is None:
                    found.data[section] = {}
                found.data[section][key] = list(values)
    return file


def remove(config_dir: Path, name: str) -> bool:
    """Remove the profile `name`; whether there was one. Where it was the current one, none is selected then."""
    file = rpk_yaml.path(config_dir)
    if not file.exists():
        return False
    with yaml_file.edit(file) as document:
        rpk_yaml.check_version(document)
        if name not in rpk_yaml.profiles(document):
            return False
        listed = document.data["profiles"]
        if isinstance(listed, list):
            del listed[next(index for index, item in enumerate(listed) if item.get("name") == name)]
        else:
            document.data["profiles"] = []
        if document.text("current_profile") == name:
            document.data["current_profile"] = ""
    return True


def _append(document: Section, name: str) -> Section:
    listed = document.data.get("profiles")
    if not isinstance(listed, list):
        listed = document.data["profiles"] = [listed] if listed else []
    listed.append({"name": name, "description": ""})
    return rpk_yaml.profiles(document)[name]


def _require(document: Section | None, name: str) -> Section:
    found = rpk_yaml.profiles(document) if document is not None else {}
    if name not in found:
        known = ", ".join(found)
        raise ConfigError(
            f'profile "{name}" does not exist.', fix=f"Use one of {known}." if known else "No profile exists yet."
        )
    return found[name]
