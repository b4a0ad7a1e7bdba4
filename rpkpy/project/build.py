"""`build`: the project's toolchain, then the module checked, signed with its origin and put in place whole."""

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rpkpy.errors import BuildError, ProjectError
from rpkpy.project.project import Project
from rpkpy.toolchains.base import BUILD_TIMEOUT_S, BuildRequest
from rpkpy.version import __version__
from rpkpy.wasm.limits import WASM_PAGE_BYTES


@dataclass(frozen=True, slots=True)
class Built:
    """A finished build: the module's path and size, what built it (`tools` by name and version), and remarks."""

    name: str
    language: str
    wasm: str
    bytes: int
    memory_bytes: int
    seconds: float
    source_hash: str
    tools: dict[str, str]
    sdk: str
    target: str
    warnings: list[str]


def build(
    project: Project,
    *,
    environ: Mapping[str, str],
    cache: Path,
    say: Callable[[str], None],
    extra: Sequence[str] = (),
    debug: bool = False,
    timeout_s: float = BUILD_TIMEOUT_S,
) -> Built:
    """Compile the project to NAME.wasm beside its transform.yaml; an older module stays until the new one is whole.

    `say` takes the compiler's output, line by line. Raises ToolchainError when a tool is missing, BuildError when one
    fails or makes no module.
    """
    from rpkpy.wasm import embed

    toolchain = project.toolchain()
    if not toolchain.sources(project.root):
        raise ProjectError(f"There is no {toolchain.title} source in {project.root}.", fix="Add one, or run init.")
    started = time.monotonic()
    # before compiling: a file that is edited meanwhile makes the module stale, never the other way round
    source_hash = project.source_hash(toolchain)
    folder = _temporary(project.root)
    try:
        out = folder / "module.wasm"
        request = BuildRequest(
            root=project.root,
            name=project.manifest.name,
            out=out,
            extra=tuple(extra),
            environ=environ,
            cache=cache,
            say=say,
            debug=debug,
            timeout_s=timeout_s,
        )
        info = toolchain.build(request)
        module = _read(out)
        origin = {
            "rpkpy": __version__,
            "language": project.manifest.language,
            "source_sha256": source_hash,
            "tools": dict(info.tools),
            "sdk": info.sdk,
            "target": info.target,
            "time": built_at(environ, time.time()),
        }
        module = embed.write_section(module, embed.ORIGIN_SECTION, json.dumps(origin).encode())
        out.write_bytes(module)
        out.chmod(0o644)
        out.replace(project.wasm_path)
    except OSError as error:
        raise BuildError(f"{project.wasm_path.name} cannot be written.", cause=str(error)) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    memory, warnings = judge(module, project)
    return Built(
        name=project.manifest.name,
        language=project.manifest.language,
        wasm=str(project.wasm_path),
        bytes=len(module),
        memory_bytes=memory,
        seconds=round(time.monotonic() - started, 3),
        source_hash=source_hash,
        tools=dict(info.tools),
        sdk=info.sdk,
        target=info.target,
        warnings=warnings,
    )


def built_at(environ: Mapping[str, str], now: float) -> str:
    """The build's time in ISO 8601, UTC: SOURCE_DATE_EPOCH when it is set (reproducible-builds.org), else `now`."""
    epoch = environ.get("SOURCE_DATE_EPOCH", "")
    if epoch and not (epoch.isascii() and epoch.isdigit() and len(epoch) <= 11):
        raise BuildError(f"SOURCE_DATE_EPOCH is {epoch!r}.", fix="Set it to seconds since the epoch, or unset it.")
    return datetime.fromtimestamp(int(epoch) if epoch else int(now), UTC).isoformat()


def judge(module: bytes, project: Project) -> tuple[int, list[str]]:
    """The module's minimum memory in bytes, and why the cluster that the project states would refuse the module."""
    from rpkpy.wasm import binary, validate

    limits = project.manifest.limits()
    parsed = binary.parse(module)
    memory = sum(memory.bounds.minimum for memory in parsed.memories) * WASM_PAGE_BYTES
    report = validate.check(module, limits)
    found = [_told(verdict) for verdict in report.verdicts if verdict.status != "ok"]
    return memory, found


def _told(verdict: Any) -> str:
    return f"{verdict.detail}. {verdict.fix}" if verdict.fix else str(verdict.detail)


def _temporary(root: Path) -> Path:
    """A folder beside the module, so that the module can be renamed into place."""
    try:
        return Path(tempfile.mkdtemp(prefix=".rpkpy-build-", dir=root))
    except OSError as error:
        raise BuildError(f"{root} cannot be written.", cause=error.strerror) from error


def _read(path: Path) -> bytes:
    from rpkpy.wasm.binary import PREAMBLE

    if not path.is_file():
        raise BuildError(
            "The compiler ended without an error, but made no module.",
            fix="See whether the arguments after `--` change where it writes or what it makes.",
        )
    data = path.read_bytes()
    if not data.startswith(PREAMBLE):
        raise BuildError(
            "What the compiler made is not a WebAssembly module.",
            cause=f"It starts with {data[:8].hex(' ') or 'nothing'}.",
            fix="See whether the arguments after `--` choose another output or target.",
        )
    return data
