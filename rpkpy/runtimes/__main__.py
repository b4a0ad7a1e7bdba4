"""`python -m rpkpy.runtimes FOLDER`: builds every runtime and copies it there, for `runtimes/build` and releases."""

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from platformdirs import user_cache_path

from rpkpy import atomic
from rpkpy.errors import BuildError, RpkpyError, ToolchainError
from rpkpy.runtimes import build, recipe, store


def main(out: Path) -> None:
    """Build what the recipes say into `out`."""
    cache = Path(os.environ.get("RPKPY_CACHE_DIR") or user_cache_path("rpkpy"))
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(recipe.guests_dir().glob("*/recipe.toml")):
        wanted = recipe.load(path.parent.name)
        module = store.get(wanted, store.folder(cache, os.environ), lambda: _tools(cache))
        atomic.replace(out / f"{wanted.name}.wasm", module, mode=0o644)
        _say(f"{wanted.name}.wasm: {wanted.title} {wanted.version}, {len(module):,} bytes")


def _tools(cache: Path) -> build.Tools:
    if importlib.util.find_spec("ziglang") is None:
        raise ToolchainError("zig is missing.", fix='pip install "rpkpy[zig]"')
    zig = (sys.executable, "-m", "ziglang")
    version = subprocess.run((*zig, "version"), capture_output=True, text=True, check=True).stdout.strip()
    env = {"ZIG_GLOBAL_CACHE_DIR": str(cache / "zig"), "ZIG_LOCAL_CACHE_DIR": str(cache / "zig" / "local")} | os.environ

    def run(command: Sequence[str], folder: Path) -> None:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise BuildError(f"{command[0]} exited with {done.returncode}.", cause=done.stderr.strip()[-2000:])

    return build.Tools(zig, version, run, _say)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m rpkpy.runtimes", description="Builds every runtime.")
    parser.add_argument("folder", type=Path, help="where the modules go")
    try:
        main(parser.parse_args().folder)
    except RpkpyError as error:
        sys.exit("\n".join(filter(None, (f"Error: {error.message}", error.cause, error.fix))))
