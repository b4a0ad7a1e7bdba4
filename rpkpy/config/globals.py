"""The globals of rpk.yaml: what counts whichever profile is selected."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rpkpy.config import fields, keys, rpk_yaml
from rpkpy.config.overrides import Overrides
from rpkpy.config.yaml_file import Section

_EMPTY = {"text": "", "bool": False, "duration": "0s"}
_KEYS = {key.path[1]: key for key in keys.KEYS if key.path[0] == "globals"}


def shown(file: Path, overrides: Overrides) -> dict[str, Any]:
    """Every global, in rpk's order: what this run's flags and variables, else the file, else rpk's zero value say."""
    section = _section(rpk_yaml.read(file))
    data: dict[str, Any] = {}
    for name, key in _KEYS.items():
        given: Any = overrides.boolean(key.name) if key.kind == "bool" else overrides.text(key.name)
        if key.kind == "duration":
            overrides.seconds(key.name)
        if given is None and section is not None and name in section:
            given = section.boolean(name) if key.kind == "bool" else section.text(name)
        data[name] = _EMPTY[key.kind] if given is None else given
    return data


def change(file: Path, settings: Sequence[tuple[str, str]]) -> None:
    """Set `globals.*` fields."""
    fields.set_in_globals({}, settings)  # nothing is made for what cannot be set
    with rpk_yaml.edit(file) as document:
        document.data.setdefault("version", rpk_yaml.VERSION)
        fields.set_in_globals(document.data, settings)


def replace(file: Path, data: Any) -> None:
    """Put the mapping `data` in the place of the globals."""
    with rpk_yaml.edit(file) as document:
        document.data.setdefault("version", rpk_yaml.VERSION)
        document.data["globals"] = data


def check(section: Section) -> None:
    """ConfigError where a value of `section`, globals, cannot be used; keys that are not known are left alone."""
    for name, key in _KEYS.items():
        if key.kind == "bool":
            section.boolean(name)
        elif key.kind == "duration":
            section.seconds(name)
        else:
            section.text(name)


def _section(document: Section | None) -> Section | None:
    return document.section("globals") if document is not None else None


def prompt(document: Section, profile: Section, overrides: Overrides) -> str:
    """The prompt of `profile`: its own, else the one of the globals."""
    own = profile.text("prompt")
    if own:
        return own
    given = overrides.text("globals.prompt")
    section = _section(document)
    return given if given is not None else section.text("prompt") if section is not None else ""
