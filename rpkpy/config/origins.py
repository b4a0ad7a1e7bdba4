"""What a new profile can be made from: another profile, a file that holds one, a redpanda.yaml."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from rpkpy.config import fields, load, rpk_yaml, sources, yaml_file
from rpkpy.config.overrides import Overrides
from rpkpy.config.sources import Api
from rpkpy.errors import ConfigError

_SECTIONS = ("kafka_api", "admin_api", "schema_registry")


def of_profile(file: Path, origin: str, cwd: Path, current: str | None, overrides: Overrides) -> Mapping[str, Any]:
    """The fields of the profile that `origin` names: a YAML file, else a profile of `file` (rpk.yaml).

    `current` (the word) is the selected profile with the flags and variables of this run in it. Its name, and when
    rpk last looked for a license, are left out.
    """
    document = rpk_yaml.read(file)
    if origin == "current":
        chosen = load.current_profile(document, current, None)
        data = _copy(chosen.data if chosen is not None else {})
        fields.set_in_profile(data, overrides.in_profile())
        return data
    written = yaml_file.read(cwd / origin) if (cwd / origin).is_file() else None
    if written is not None:
        if "profiles" in written:
            raise ConfigError(
                f"{written.path} is a whole rpk.yaml, not one profile.",
                fix="Save one with `rpkpy profile print NAME --show-secrets`.",
            )
        sources.of_profile(written, cwd)  # names what cannot be used
        return _copy(written.data)
    found = rpk_yaml.profiles(document) if document is not None else {}
    if origin not in found:
        raise ConfigError(
            f'unable to find profile "{origin}": neither a file nor a profile is called that.',
            fix=f"Use one of {', '.join(found)}." if found else None,
        )
    return _copy(found[origin].data)


def of_redpanda(origin: str, cwd: Path, config_dir: Path) -> Mapping[str, Any]:
    """The APIs of a redpanda.yaml: its rpk section, and its listeners where that says nothing.

    `current` (the word) is the one that commands find by themselves.
    """
    current = origin == "current"
    document = load.read_files(cwd, config_dir, None).redpanda if current else yaml_file.read(cwd / origin)
    if document is None:
        where = "No redpanda.yaml was found" if current else f"{cwd / origin} does not exist"
        raise ConfigError(f"{where}.", fix="Name one with --from-redpanda FILE.")
    rpk = document.section("rpk")
    sources.of_profile(rpk, cwd)
    listeners = sources.of_listeners(document, cwd)
    data: dict[str, Any] = {}
    for name, listened in zip(_SECTIONS, (listeners.kafka, listeners.admin, listeners.registry), strict=True):
        section = rpk.section(name) if rpk is not None else None
        if section is not None and section.data:
            data[name] = deepcopy(section.data)
        elif listened is not None:
            data[name] = _written(name, listened)
    if not data:
        raise ConfigError(f"{document.path} names no address of a cluster.")
    return data


def _written(name: str, api: Api) -> dict[str, Any]:
    addresses: Sequence[str] = api.addresses
    data: dict[str, Any] = {"brokers" if name == "kafka_api" else "addresses": list(addresses)}
    if api.tls is not None:
        data["tls"] = {}  # the listener's own certificate and key are the broker's, not a client's
    return data


def _copy(data: Mapping[str, Any]) -> dict[str, Any]:
    copied: dict[str, Any] = dict(deepcopy(data))
    for key in ("name", "license_check"):
        copied.pop(key, None)
    return copied
