"""Measures native frames with the wasmtime that brokers have, beside the one that is installed.

The largest functions' frames differ by half and more between versions, so what is padded for one alone may trap on the
other. The broker's version comes from the package index, pinned, and runs in a process of its own.
"""

import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from rpkpy.errors import BuildError
from rpkpy.runtimes import sources
from rpkpy.runtimes.passes import frames
from rpkpy.runtimes.sources import Run, Wheel

# Redpanda's bazel/thirdparty/Cargo.toml pins crate wasmtime 25.0.0. The sums are of its wheels for x86-64.
BROKER = Wheel(
    requirement="wasmtime==25.0.0",
    sha256=(
        "b4364e14d44e3b7afe6a40bf608e9d0d2c40b09dece441d20f4f6e31906b729c",  # Linux
        "13e9a718e9d580c1738782cc19f4dcb9fb068f7e51778ea621fd664f4433525b",  # macOS
        "f8a2a213b9179965db2d2eedececd69a37e287e902330509afae51c71a3a6842",  # Windows
    ),
)
_PACKAGES = Path(__file__).resolve().parent.parent.parent
_SCRIPT = (
    "import sys; sys.path[:0] = sys.argv[1:3]; from rpkpy.runtimes.passes import frames; frames.write(*sys.argv[3:])"
)


def measurer(cache: Path, run: Run) -> Callable[[bytes], Mapping[int, int]]:
    """A function that gives each function's larger frame of the two engines; the broker's is kept in `cache`."""
    engine = cache / "wasmtime-25.0.0"
    if not (engine / "wasmtime" / "__init__.py").is_file():
        wheel = sources.fetch_wheel(BROKER, cache, run)
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(engine)  # zipfile keeps members inside, and the sum was checked

    def measure(wasm: bytes) -> Mapping[int, int]:
        own = frames.measure(wasm)
        with tempfile.TemporaryDirectory(prefix=".frames-", dir=cache) as name:
            folder = Path(name)
            (folder / "module.wasm").write_bytes(wasm)
            arguments = (str(engine), str(_PACKAGES), str(folder / "module.wasm"), str(folder / "frames.json"))
            run((sys.executable, "-I", "-c", _SCRIPT, *arguments), folder)
            found = json.loads((folder / "frames.json").read_text(encoding="utf-8"))
        brokers = {int(function): size for function, size in found.items()}
        if brokers.keys() != own.keys():
            raise BuildError("The two versions of wasmtime do not see the same functions in a runtime.")
        return {function: max(size, brokers[function]) for function, size in own.items()}

    return measure
