"""A person's editor on a piece of configuration."""

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpkpy.cli.context import Context
from rpkpy.errors import ConfigError, RpkpyError

if TYPE_CHECKING:
    from rpkpy.config.yaml_file import Section

_DEFAULT = "vi"


def edited(context: Context, data: Any, name: str, use: "Callable[[Section], None]") -> None:
    """Open `data` as YAML in the editor; see `edited_text`."""
    from rpkpy.config import yaml_file

    edited_text(context, yaml_file.dump(data), name, use)


def edited_text(context: Context, text: str, name: str, use: "Callable[[Section], None]") -> None:
    """Open YAML `text` in the editor (VISUAL, else EDITOR, else vi), then hand what was written to `use`.

    The file is the person's alone and is gone afterwards; where `use` or the parser refuse it, it is kept and named.
    """
    from rpkpy.config import yaml_file

    command = context.environ.get("VISUAL") or context.environ.get("EDITOR") or _DEFAULT
    folder = Path(tempfile.mkdtemp(prefix="rpkpy-"))  # mode 0700
    file = folder / f"{name}.yaml"
    keep = False
    try:
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        _run(command, file, context)
        keep = file.exists()
        section = yaml_file.read(file)
        if section is None:
            raise ConfigError("The editor left no file.", fix="Nothing was changed.")
        use(section)
        keep = False
    except RpkpyError as error:
        if keep:
            error.fix = " ".join(filter(None, (error.fix, f"Nothing was changed; your text is kept in {file}.")))
        raise
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _run(command: str, file: Path, context: Context) -> None:
    fix = "Name an editor with the variable EDITOR. Nothing was changed."
    context.stdout.flush()
    try:
        ended = subprocess.run([*shlex.split(command), os.fspath(file)], env=dict(context.environ), check=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"The editor `{command}` cannot be run.", cause=f"{error}.", fix=fix) from error
    if ended.returncode:
        raise ConfigError(f"The editor `{command}` ended with exit code {ended.returncode}.", fix=fix)
