"""Puts the built runtimes of interpreted languages into a wheel, so that an installed rpkpy needs no zig.

They are taken from RPKPY_RUNTIMES_DIR or rpkpy's cache, where `runtimes/build` makes them. A wheel without them still
works: it carries the runtimes' own sources, and rpkpy builds them when they are first needed.
RPKPY_WHEEL_NEEDS_RUNTIMES=1, for releases, makes it an error that one is missing.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RuntimesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds `rpkpy/runtimes/modules/*.wasm` to a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a build; an editable install finds everything in the checkout."""
        if self.target_name != "wheel" or version == "editable":
            return
        missing = []
        for name in sorted(path.parent.name for path in Path(self.root, "runtimes").glob("*/recipe.toml")):
            module = self._built(name)
            if module is None:
                missing.append(name)
            else:
                build_data["force_include"][str(module)] = f"rpkpy/runtimes/modules/{name}.wasm"
        if missing and os.environ.get("RPKPY_WHEEL_NEEDS_RUNTIMES") == "1":
            raise RuntimeError(f"no built runtime for {', '.join(missing)}: run runtimes/build first")
        for name in missing:
            self.app.display_warning(f"the wheel has no runtime for {name}; rpkpy will build it when it is needed")

    def _built(self, name: str) -> Path | None:
        """The runtime that was built of just these sources; None also where what finds it is not installed."""
        if importlib.util.find_spec("platformdirs") is None or importlib.util.find_spec("wasmtime") is None:
            return None
        sys.path.insert(0, self.root)
        try:
            from platformdirs import user_cache_path

            from rpkpy.runtimes import recipe, store

            cache = Path(os.environ.get("RPKPY_CACHE_DIR") or user_cache_path("rpkpy"))
            path = store.kept(recipe.load(name), store.folder(cache, os.environ))
        finally:
            sys.path.remove(self.root)
        return path if path.is_file() else None
