"""What the profile commands share: the file they work on, and the profile that this run is about."""

from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context

if TYPE_CHECKING:
    from rpkpy.config.overrides import Overrides


def file_of(context: Context) -> Path:
    """rpk.yaml: --config, or the user's own."""
    from rpkpy.config import rpk_yaml

    config = context.options.config
    return rpk_yaml.path(context.dirs.config, context.path(config) if config else None)


def selected(context: Context) -> str | None:
    """The profile that --profile or RPK_PROFILE names; None leaves it to the file."""
    return context.options.profile or context.environ.get("RPK_PROFILE") or None


def overrides_of(context: Context) -> "Overrides":
    """The settings of this run's flags and variables."""
    from rpkpy.config.overrides import Overrides

    return Overrides(context.environ, context.options.overrides)


def warn_of_exposure(context: Context, file: Path) -> None:
    """Say so where the file holds secrets that others may read."""
    from rpkpy.config import rpk_yaml

    document = rpk_yaml.read(file)
    warning = rpk_yaml.exposure(document) if document is not None else None
    if warning:
        context.warn(warning)
