"""Which file the profile commands work on."""

from pathlib import Path

from rpkpy.cli.context import Context


def file_of(context: Context) -> Path:
    """rpk.yaml: --config, or the user's own."""
    from rpkpy.config import rpk_yaml

    config = context.options.config
    return rpk_yaml.path(context.dirs.config, context.path(config) if config else None)
