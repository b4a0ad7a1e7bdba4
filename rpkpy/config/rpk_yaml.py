"""rpk.yaml, the file of profiles that rpk and rpkpy share (version 6)."""

import shlex
import stat
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from rpkpy.config import yaml_file
from rpkpy.config.system_keyring import is_reference
from rpkpy.config.upgrade import upgrade
from rpkpy.config.yaml_file import Section
from rpkpy.errors import ConfigError

VERSION = 6
SECRETS = frozenset({"password", "auth_token", "refresh_token", "client_secret"})
"""Keys whose values are never shown."""
MASK = "[REDACTED]"
"""What stands for a secret, as rpk prints it."""


def path(config_dir: Path, override: Path | None = None) -> Path:
    """The file: `override` (--config), or rpk/rpk.yaml in the user's configuration folder."""
    return override or config_dir / "rpk" / "rpk.yaml"


def read(file: Path) -> Section | None:
    """The file's content as version 6; None where there is no file."""
    document = yaml_file.read(file)
    if document is not None:
        prepare(document)
    return document


def edit(file: Path) -> AbstractContextManager[Section]:
    """Change the file (yaml_file.edit); an older one becomes version 6 when something else in it changes."""
    return yaml_file.edit(file, prepare)


def prepare(document: Section) -> None:
    """Check the version and upgrade an older one in memory; ConfigError where the file is newer than rpkpy knows."""
    check_version(document)
    upgrade(document.data, VERSION)


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
        return {str(key): MASK if _is_secret(key, value) else masked(value) for key, value in data.items()}
    if isinstance(data, list):
        return [masked(item) for item in data]
    return data


def exposure(document: Section) -> str | None:
    """A warning where the file holds secrets and others may read or replace it; else None."""
    if not _holds_secret(document.data):
        return None
    file, folder = document.path, document.path.absolute().parent
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        return f"{file} holds secrets and others may read it (mode {mode:04o}): chmod 600 {shlex.quote(str(file))}"
    mode = folder.stat().st_mode & 0o7777
    if mode & 0o022 and not mode & stat.S_ISVTX:
        return f"{file} holds secrets and others may replace it (mode {mode:04o} of its folder): chmod 700 " + (
            shlex.quote(str(folder))
        )
    return None


def _is_secret(key: Any, value: Any) -> bool:
    """Whether `value` stands for a secret and is one: set, and no name of one in the keyring."""
    return key in SECRETS and value not in (None, "") and not is_reference(value)


def _holds_secret(data: Any) -> bool:
    if isinstance(data, dict):
        return any(_is_secret(key, value) or _holds_secret(value) for key, value in data.items())
    return isinstance(data, list) and any(_holds_secret(item) for item in data)
