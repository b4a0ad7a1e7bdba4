"""Rust, with cargo and the WASI target that the compiler has.

A machine may have several compilers, and the first on PATH need not be the one with a standard library for WebAssembly:
a rustup without the target, say, before the distribution's own. The first complete pair of cargo and rustc is used.
"""

import json
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains import process
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

# What redpanda-transform-sdk asks for (its rust-version).
MINIMUM = (1, 72)
# The second is the first's name before Rust 1.78; 1.84 dropped it.
TARGETS = ("wasm32-wasip1", "wasm32-wasi")
RENAMED = (1, 78)
LINKER = "rust-lld"
SDK_CRATE = "redpanda-transform-sdk"
HOW_TO_GET = (
    "Install Rust from https://rustup.rs, then run `rustup target add wasm32-wasip1`. "
    "Debian 13: apt install rustc cargo libstd-rust-dev-wasm32 wasi-libc rust-llvm."
)
_DEBIAN_STD = "Debian 13: apt install libstd-rust-dev-wasm32 wasi-libc rust-llvm. Elsewhere: https://rustup.rs."

_VERSION = re.compile(r"^release: (\d+)\.(\d+)\S*", re.MULTILINE)
_HOST = re.compile(r"^host: (\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Compiler:
    """A cargo, the rustc it shall call, that compiler's version, and the WASI target it can compile for."""

    cargo: Path
    rustc: Path
    version: str
    target: str


@dataclass(frozen=True, slots=True)
class _Unusable:
    """Why a pair of cargo and rustc cannot be used: an error's message, cause and fix."""

    message: str
    cause: str
    fix: str


class Rust:
    """Rust through cargo."""

    keys: tuple[str, ...] = ("rust",)
    title = "Rust"

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """rustc and cargo; ToolchainError when none on PATH is new enough and has a WASI library and its linker."""
        compiler, _ = find_compiler(environ)
        return (
            Tool("rustc", f"{compiler.version} ({compiler.target})", (str(compiler.rustc),)),
            Tool("cargo", _cargo_version(compiler, environ), (str(compiler.cargo),)),
        )

    def sources(self, root: Path) -> tuple[Path, ...]:
        """Everything in src/, Rust files elsewhere, and the files that steer cargo and rustup; no tests or examples."""
        steering = {"Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"}
        files = project_files(root, leave_out={"target", "tests", "benches", "examples", "samples"})
        return tuple(
            path
            for path in files
            if path.suffix == ".rs" or path.name in steering or path.parts[0] in ("src", ".cargo")
        )

    def build(self, request: BuildRequest) -> BuildInfo:
        """`cargo build --release` of the project's one binary, into its target/ folder."""
        compiler, passed_over = find_compiler(request.environ, request.root)
        if passed_over:
            request.say(f"Using {compiler.rustc} ({compiler.version}): {passed_over[0].message}")
        # RUSTC, for a cargo calls the first rustc of PATH. RUSTFLAGS is never set: it would replace the flags of the
        # project's .cargo/config.toml, and with them the size of the stack.
        environ = {**request.environ, "RUSTC": str(compiler.rustc)}
        for variable in ("RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"):
            if environ.get(variable):
                request.say(f"{variable} is set and replaces the flags of .cargo/config.toml: the stack's size too.")
        binary = _binary(request, compiler, environ)
        profile, others = _profile(request.extra)
        target_dir = request.root / "target"
        command: list[str | Path] = [compiler.cargo, "build"]
        command += ["--profile", profile, "--target", compiler.target, "--bin", binary]
        command += ["--target-dir", target_dir, *others]
        if request.debug:
            command += ["--config", f'profile.{profile}.strip="debuginfo"']
        process.build(command, cwd=request.root, env=environ, say=request.say, fix=_fix, timeout_s=request.timeout_s)
        folder = "debug" if profile in ("dev", "test") else "release" if profile == "bench" else profile
        module = target_dir / compiler.target / folder / f"{binary}.wasm"
        if not module.is_file():
            raise BuildError("cargo made no module.", cause=f"There is no {module.relative_to(request.root)}.")
        shutil.copyfile(module, request.out)
        return BuildInfo(
            tools={"rustc": compiler.version, "cargo": _cargo_version(compiler, request.environ)},
            sdk=_sdk(request.root),
            target=compiler.target,
        )


def find_compiler(environ: Mapping[str, str], root: Path | None = None) -> tuple[Compiler, tuple[_Unusable, ...]]:
    """The first pair of cargo and rustc that can compile for WASI, and what is wrong with those before it.

    RPKPY_CARGO and RPKPY_RUSTC name one of them, or both, and then nothing else is tried. `root` is the project: its
    rust-toolchain.toml and .cargo/config.toml count. ToolchainError about the first pair when none can be used.
    """
    passed_over: list[_Unusable] = []
    for cargo, rustc in _pairs(environ):
        found = _examine(cargo, rustc, environ, root)
        if isinstance(found, Compiler):
            return found, tuple(passed_over)
        passed_over.append(found)
    if not passed_over:
        missing = "`rustc`" if process.find("cargo", environ) else "`cargo`"
        raise ToolchainError("Rust is not installed.", cause=f"There is no {missing} on PATH.", fix=HOW_TO_GET)
    first = passed_over[0]
    raise ToolchainError(first.message, cause=first.cause, fix=first.fix)


def _pairs(environ: Mapping[str, str]) -> Iterator[tuple[Path, Path]]:
    """Each cargo with the rustc beside it, in the order of PATH; a cargo without one has PATH's first."""
    cargo = _named("RPKPY_CARGO", environ)
    rustc = _named("RPKPY_RUSTC", environ) or _named("RUSTC", environ)  # the second is cargo's own
    for candidate in [cargo] if cargo else process.find_all("cargo", environ):
        beside = process.find(str(candidate.parent / "rustc"), environ)
        compiler = rustc or beside or process.find("rustc", environ)
        if compiler:
            yield candidate, compiler
        if rustc:
            return


def _named(variable: str, environ: Mapping[str, str]) -> Path | None:
    """The executable that a variable names, by path or by name; ToolchainError when there is none."""
    name = environ.get(variable)
    if not name:
        return None
    found = process.find(name, environ)
    if found is None:
        raise ToolchainError(f"{variable} names no program: {name}.", fix=f"Correct {variable}, or unset it.")
    return found


def _examine(cargo: Path, rustc: Path, environ: Mapping[str, str], root: Path | None) -> Compiler | _Unusable:
    answer = process.ask([rustc, "-vV"], env=environ, cwd=root)
    version = _VERSION.search(answer.out)
    if answer.code != 0 or version is None:
        said = answer.err or answer.out or f"it exited with {answer.code}"
        return _Unusable(f"{rustc} does not work.", f"`rustc -vV` said: {said}", HOW_TO_GET)
    release = version.group().removeprefix("release: ")
    number = (int(version[1]), int(version[2]))
    if number < MINIMUM:
        return _Unusable(
            f"Rust is too old: {rustc} is {release}.",
            f"Redpanda's SDK needs Rust {MINIMUM[0]}.{MINIMUM[1]} or newer.",
            f"Run `rustup update`. {HOW_TO_GET}",
        )
    target = next((target for target in TARGETS if _has_std(rustc, target, environ, root)), None)
    if target is None:
        wanted = TARGETS[0] if number >= RENAMED else TARGETS[1]
        rustup = process.find(str(rustc.parent / "rustup"), environ)
        return _Unusable(
            f"{rustc} ({release}) has no standard library for {wanted}.",
            "The compiler is there; its WebAssembly target is installed apart from it.",
            f"Run `rustup target add {wanted}`." if rustup else _DEBIAN_STD,
        )
    if not _has_linker(rustc, answer.out, target, environ, root):
        variable = f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER"
        return _Unusable(
            f"{rustc} ({release}) has no linker for {target}.",
            f"There is no `{LINKER}` in the compiler's folder or on PATH.",
            f"Debian 13: apt install rust-llvm. Or set {variable} to a wasm-ld.",
        )
    return Compiler(cargo, rustc, release, target)


def _has_std(rustc: Path, target: str, environ: Mapping[str, str], root: Path | None) -> bool:
    """Whether the library itself is there: rustc names its folder for every target it has heard of."""
    answer = process.ask([rustc, "--print", "target-libdir", "--target", target], env=environ, cwd=root)
    return answer.code == 0 and any(Path(answer.out).glob("libstd-*.rlib"))


def _has_linker(rustc: Path, verbose: str, target: str, environ: Mapping[str, str], root: Path | None) -> bool:
    if environ.get(f"CARGO_TARGET_{target.upper().replace('-', '_')}_LINKER") or process.find(LINKER, environ):
        return True
    if root and _table(root / ".cargo" / "config.toml").get("target", {}).get(target, {}).get("linker"):
        return True
    host = _HOST.search(verbose)
    sysroot = process.ask([rustc, "--print", "sysroot"], env=environ, cwd=root)
    return host is not None and (Path(sysroot.out) / "lib/rustlib" / host[1] / "bin" / LINKER).exists()


def _cargo_version(compiler: Compiler, environ: Mapping[str, str]) -> str:
    answer = process.ask([compiler.cargo, "-V"], env=environ)
    words = answer.out.split()
    if answer.code != 0 or len(words) < 2:
        raise ToolchainError(f"{compiler.cargo} does not work.", cause=answer.err or answer.out, fix=HOW_TO_GET)
    return words[1]


def _binary(request: BuildRequest, compiler: Compiler, environ: Mapping[str, str]) -> str:
    """The name of the project's binary; BuildError when it has none, or several and none to prefer."""
    question = ("metadata", "--no-deps", "--format-version=1")
    answer = process.ask([compiler.cargo, *question], env=environ, cwd=request.root)
    if answer.code != 0:
        for line in answer.err.splitlines():
            request.say(line)
        raise BuildError("cargo cannot read the project.", cause=answer.err, fix="Correct Cargo.toml.")
    manifest = (request.root / "Cargo.toml").resolve()
    packages = [
        entry for entry in json.loads(answer.out)["packages"] if Path(entry["manifest_path"]).resolve() == manifest
    ]
    names = [target["name"] for entry in packages for target in entry["targets"] if "bin" in target["kind"]]
    preferred = [request.name, *(entry.get("default_run") for entry in packages)]
    chosen = names if len(names) == 1 else [name for name in names if name in preferred]
    if not chosen:
        raise BuildError(
            "The project has no binary." if not names else "The project has several binaries.",
            cause=f"Cargo.toml declares: {', '.join(names)}." if names else "A transform is a program with `fn main`.",
            fix="Name the transform's one as `default-run` in Cargo.toml." if names else "Add src/main.rs.",
        )
    return str(chosen[0])


def _profile(extra: Sequence[str]) -> tuple[str, list[str]]:
    """The cargo profile that the arguments ask for, `release` by default, and the other arguments."""
    profile, others = "release", []
    arguments = iter(extra)
    for argument in arguments:
        if argument == "--profile":
            profile = next(arguments, profile)
        elif argument.startswith("--profile="):
            profile = argument.removeprefix("--profile=")
        elif argument not in ("--release", "-r"):
            others.append(argument)
    return profile, others


def _sdk(root: Path) -> str:
    """The SDK crate and its version from Cargo.lock, "none" for a project without it."""
    for package in _table(root / "Cargo.lock").get("package", []):
        if package.get("name") == SDK_CRATE:
            return f"{SDK_CRATE} {package.get('version', '')}".strip()
    return "none"


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # cargo itself complains about a file it cannot read


def _fix(output: str) -> str | None:
    if "can't find crate for `std`" in output or "can't find crate for `core`" in output:
        return "Run `rustup target add wasm32-wasip1`."
    if f"linker `{LINKER}` not found" in output:
        return "Install the WebAssembly linker. Debian: apt install rust-llvm (or the lld of rustc's LLVM version)."
    if "failed to download" in output or "Could not resolve host" in output or "failed to get" in output:
        return "The crates must be fetched once: check the network, or `cargo fetch` where there is one."
    return None


TOOLCHAINS = (Rust(),)
