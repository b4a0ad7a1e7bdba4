"""rpk.yaml, the file of profiles that rpk and rpkpy share (version 6)."""

from pathlib import Path
from typing import Any

from rpkpy.config import yaml_file
from rpkpy.config.yaml_file import Section
from rpkpy.errors import ConfigError

VERSION = 6
SECRETS = frozenset({"password", "auth_token", "refresh_token", "client_secret"})
"""Keys whose values are never shown."""
MASK = "********"


def path(config_dir: Path, override: Path | None = None) -> Path:
    """The file: `override` (--config), or rpk/rpk.yaml in the user's configuration folder."""
    return override or config_dir / "rpk" / "rpk.yaml"


def read(file: Path) -> Section | None:
    """The file's content, its version checked; None where there is no file."""
    document = yaml_file.read(file)
    if document is not None:
        check_version(document)
    return document


def check_version(document: Section) -> None:
    """ConfigError where the file is newer than rpkpy knows, or its version is no version."""
    version = document.integer("version", VERSION)
    if version > VERSION:
        raise ConfigError(
            f"{document.where('version')}: version {version} is newer than rpkpy understands ({VERSION}).",
            fix="Upgrade rpkpy, or name another file with --config.",
        )
    if version < 1:
        raise document.fail("version", f"expected 1 to {VERSION}")


def profiles(document: Section) -> dict[str, Section]:
    """The profiles by name, in the file's order; a second one of the same name is an error."""
    found: dict[str, Section] = {}
    for profile in document.sections("profiles"):
        name = profile.text("name")
        if name in found:
            raise profile.fail("name", f"a second profile {name!r}")
        found[name] = profile
    return found


def masked(data: Any) -> Any:
    """A plain copy of `data` with every secret that is set replaced by asterisks."""
    if isinstance(data, dict):
        return {
            str(key): MASK if key in SECRETS and value not in (None, "") else masked(value)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [masked(item) for item in data]
    return data


def exposure(document: Section) -> str | None:
    """A warning where others may read the file and it holds secrets; else None."""
    mode = document.path.stat().st_mode & 0o777
    if not mode & 0o077 or not _holds_secret(document.data):
        return None
    return f"{document.path} holds secrets and others may read it (mode {mode:04o}): chmod 600 {document.path}"


def _holds_secret(data: Any) -> bool:
    if isinstance(data, dict):
        return any((key in SECRETS and value not in (None, "")) or _holds_secret(value) for key, value in data.items())
    return isinstance(data, list) and any(_holds_secret(item) for item in data)
