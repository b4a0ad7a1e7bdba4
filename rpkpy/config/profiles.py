"""Profiles of rpk.yaml: list, select, show, make, change and remove."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpkpy.config import rpk_yaml
from rpkpy.config.yaml_file import Section
from rpkpy.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Entry:
    """A profile in a list."""

    name: str
    description: str
    current: bool


def entries(file: Path) -> list[Entry]:
    """The profiles of the file by name; empty where there is no file."""
    document = rpk_yaml.read(file)
    if document is None:
        return []
    current = document.text("current_profile")
    return [
        Entry(name, profile.text("description"), name == current)
        for name, profile in sorted(rpk_yaml.profiles(document).items())
    ]


def current(file: Path) -> str:
    """The name of the current profile; empty where none is selected."""
    document = rpk_yaml.read(file)
    return document.text("current_profile") if document is not None else ""


def use(file: Path, name: str) -> None:
    """Make `name` the current profile; ConfigError where it does not exist."""
    require(rpk_yaml.read(file), name)
    with rpk_yaml.edit(file) as document:
        _select(document, require(document, name))


def clear(file: Path) -> None:
    """Select no profile."""
    if current(file):
        with rpk_yaml.edit(file) as document:
            document.data["current_profile"] = ""


def shown(file: Path, name: str | None = None, *, secrets: bool = False) -> Any:
    """The profile `name` (the current one by default) as plain data, in the file's key order.

    Secrets are masked unless `secrets`; when rpk last looked for a license is left out. ConfigError where there is
    no such profile.
    """
    profile = chosen(rpk_yaml.read(file), name)
    data = {key: value for key, value in profile.data.items() if key != "license_check"}
    return data if secrets else rpk_yaml.masked(data)


def create(file: Path, name: str, fill: Callable[[Any], None], description: str = "") -> None:
    """Add the profile `name`, let `fill` set its fields, and make it the current one.

    ConfigError where there is one of that name; then, and where `fill` raises, the file stays as it was.
    """
    with rpk_yaml.edit(file) as document:
        if name in rpk_yaml.profiles(document):
            raise taken(name)
        _begin(document)
        profile = _append(document, name)
        fill(profile.data)
        if description:
            profile.data["description"] = description
        _select(document, profile)


def taken(name: str) -> ConfigError:
    """The error for a new profile whose name another one has."""
    return ConfigError(
        f'unable to create profile "{name}": a profile of that name exists.',
        fix=f"Take another name, or select it with `rpkpy profile use {name}`, or rename it first with"
        " `rpkpy profile rename-to`.",
    )


def change(file: Path, name: str | None, alter: Callable[[Any], None]) -> str:
    """Let `alter` change the mapping of the profile `name` (the current one by default); returns its name."""
    chosen(rpk_yaml.read(file), name)
    with rpk_yaml.edit(file) as document:
        profile = chosen(document, name)
        before = profile.text("name")
        alter(profile.data)
        return before


def rename(file: Path, to: str, name: str | None = None) -> None:
    """Call the profile `name` (the current one by default) `to` from now on."""
    if not to:
        raise ConfigError("a profile's name cannot be empty.")
    chosen(rpk_yaml.read(file), name)
    with rpk_yaml.edit(file) as document:
        profile = chosen(document, name)
        if to in rpk_yaml.profiles(document):
            raise ConfigError(f'destination profile "{to}" already exists.', fix="Take another name.")
        if document.text("current_profile") == profile.text("name"):
            document.data["current_profile"] = to
        profile.data["name"] = to


def replace(file: Path, name: str, data: Any) -> None:
    """Put the mapping `data` in the place of the profile `name`; where its name is another one, that is followed."""
    with rpk_yaml.edit(file) as document:
        require(document, name)
        new = str(data.get("name") or name)
        data["name"] = new
        if new != name and new in rpk_yaml.profiles(document):
            raise ConfigError(f'destination profile "{new}" already exists.', fix="Take another name.")
        listed = document.data["profiles"]
        if isinstance(listed, list):
            listed[_index(listed, name)] = data
        else:
            document.data["profiles"] = [data]
        if document.text("current_profile") == name:
            document.data["current_profile"] = new


def delete(file: Path, name: str) -> bool:
    """Remove the profile `name`; whether it was the current one: none is selected then."""
    require(rpk_yaml.read(file), name)
    with rpk_yaml.edit(file) as document:
        require(document, name)
        listed = document.data["profiles"]
        if isinstance(listed, list):
            del listed[_index(listed, name)]
        else:
            document.data["profiles"] = []
        was_current = document.text("current_profile") == name
        if was_current:
            document.data["current_profile"] = ""
    return was_current


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
    with rpk_yaml.edit(file) as document:
        _begin(document)
        found = rpk_yaml.profiles(document).get(name) or _append(document, name)
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
        if select:
            _select(document, found)
    return file


def remove(config_dir: Path, name: str) -> bool:
    """Remove the profile `name`; whether there was one. Where it was the current one, none is selected then."""
    file = rpk_yaml.path(config_dir)
    document = rpk_yaml.read(file)
    if document is None or name not in rpk_yaml.profiles(document):
        return False
    delete(file, name)
    return True


def chosen(document: Section | None, name: str | None) -> Section:
    """The profile `name`, or the current one; ConfigError where there is none."""
    wanted = name or (document.text("current_profile") if document is not None else "")
    if not wanted:
        raise ConfigError("No profile is selected.", fix="Name one, or select one with `rpkpy profile use NAME`.")
    return require(document, wanted)


def require(document: Section | None, name: str) -> Section:
    """The profile `name`; ConfigError where it does not exist."""
    found = rpk_yaml.profiles(document) if document is not None else {}
    if name not in found:
        known = ", ".join(found)
        raise ConfigError(
            f'profile "{name}" does not exist.', fix=f"Use one of {known}." if known else "No profile exists yet."
        )
    return found[name]


def _begin(document: Section) -> None:
    document.data.setdefault("version", rpk_yaml.VERSION)
    document.data.setdefault("current_profile", "")


def _select(document: Section, profile: Section) -> None:
    """Make `profile` the current one; with a cloud cluster's its login is the current one too, as rpk does."""
    document.data["current_profile"] = profile.text("name")
    cluster = profile.section("cloud_cluster")
    if profile.boolean("from_cloud") and cluster is not None:
        document.data["current_cloud_auth_org_id"] = cluster.text("auth_org_id")
        document.data["current_cloud_auth_kind"] = cluster.text("auth_kind")


def _append(document: Section, name: str) -> Section:
    listed = document.data.get("profiles")
    if not isinstance(listed, list):
        listed = document.data["profiles"] = [listed] if listed else []
    listed.append({"name": name, "description": ""})
    return rpk_yaml.profiles(document)[name]


def _index(listed: list[Any], name: str) -> int:
    return next(index for index, item in enumerate(listed) if item.get("name") == name)
