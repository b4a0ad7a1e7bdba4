"""Finds a compiler of C and C++ for WASI: zig (which pip brings), else clang with wasi-libc."""

import importlib.util
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rpkpy.errors import ToolchainError
from rpkpy.toolchains import process
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool

Language = Literal["c", "c++"]

TARGET = "wasm32-wasi"
# zig 0.14 brings clang 19, the first whose C++23 library has what the SDK header uses.
MIN_ZIG = (0, 14)
MIN_CLANG = 19
_CLANG_NAMES = ("clang", *(f"clang-{version}" for version in range(25, MIN_CLANG - 1, -1)))

# The shadow stack stands in linear memory. zig's default of 16 MiB alone is above the broker's memory limit of 2 MiB;
# 128 KiB was measured to carry std::regex.
STACK_BYTES = 131_072
_LINK = f"-Wl,-z,stack-size={STACK_BYTES}"

INSTALL = 'pip install "rpkpy[zig]"'


@dataclass(frozen=True, slots=True)
class Compiler:
    """A compiler: the tool, and its command lines for C and C++."""

    tool: Tool
    c: tuple[str, ...]
    cxx: tuple[str, ...]

    def command(self, language: Language) -> tuple[str, ...]:
        """The command line that compiles and links `language`."""
        return self.cxx if language == "c++" else self.c


def find(environ: Mapping[str, str], language: Language) -> Compiler:
    """The compiler to use. ToolchainError, naming what was found and why it will not do, when there is none."""
    refused: list[str] = []
    for command in _zig_commands(environ):
        answer = process.ask([*command, "version"], env=environ)
        version = answer.out.splitlines()[0] if answer.out else ""
        if answer.code == 0 and _numbers(version) >= MIN_ZIG:
            tool = Tool("zig", version, command)
            return Compiler(tool, (*command, "cc", f"--target={TARGET}"), (*command, "c++", f"--target={TARGET}"))
        refused.append(f"{' '.join(command)}: {version or answer.err or 'gives no version'}")
    for name in _CLANG_NAMES:
        path = process.find(name, environ)
        if path is not None:
            found = _clang(path, environ, language)
            if isinstance(found, Compiler):
                return found
            refused.append(found)
    raise ToolchainError(
        "A compiler of C and C++ for WebAssembly is missing.",
        cause="\n".join(refused) or "Neither zig nor clang is here.",
        fix=f"{INSTALL}\nor install zig {'.'.join(map(str, MIN_ZIG))} or newer (https://ziglang.org/download), "
        f"or clang {MIN_CLANG} with wasi-libc\n(Debian: clang-19 lld-19 wasi-libc libclang-rt-19-dev-wasm32, "
        "for C++ libc++-19-dev-wasm32 libc++abi-19-dev-wasm32)",
    )


def build(request: BuildRequest, language: Language, sources: Sequence[Path], options: Sequence[str]) -> BuildInfo:
    """Compile and link `sources` (relative to the project) to `request.out`."""
    compiler = find(request.environ, language)
    command = [
        *compiler.command(language),
        "-O2",
        _LINK,
        *options,
        "-o",
        str(request.out),
        *map(str, sources),
        *request.extra,
    ]
    # zig compiles its libc once for each set of flags and keeps it here
    zig_cache = request.cache / "zig"
    env = {"ZIG_GLOBAL_CACHE_DIR": str(zig_cache), "ZIG_LOCAL_CACHE_DIR": str(zig_cache / "local"), **request.environ}
    process.build(
        command, cwd=request.root, env=env, say=request.say, timeout_s=request.timeout_s, called=compiler.tool.name
    )
    _strip(request.out, names=request.debug)
    return BuildInfo({compiler.tool.name: compiler.tool.version}, "rpkpy single header", TARGET)


def _strip(path: Path, *, names: bool) -> None:
    """Drop DWARF, most of which is libc's, and the functions' names unless `names`.

    Done here and not by the linker's options, because zig compiles libc again for each set of options.
    """
    from rpkpy.wasm.binary import PREAMBLE, sections

    data = path.read_bytes() if path.is_file() else b""
    if not data.startswith(PREAMBLE):
        return  # the caller says what is wrong with it
    kept, parts = 0, []
    for section in sections(data):
        if section.id == 0 and (section.name.startswith(".debug_") or (section.name == "name" and not names)):
            parts.append(data[kept : section.start])
            kept = section.end
    path.write_bytes(b"".join([*parts, data[kept:]]))


def _zig_commands(environ: Mapping[str, str]) -> list[tuple[str, ...]]:
    commands: list[tuple[str, ...]] = []
    if importlib.util.find_spec("ziglang") is not None:
        commands.append((sys.executable, "-m", "ziglang"))
    path = process.find("zig", environ)
    if path is not None:
        commands.append((str(path),))
    return commands


def _clang(path: Path, environ: Mapping[str, str], language: Language) -> Compiler | str:
    """The clang at `path`, or why it will not do."""
    version = process.ask([path, "--version"], env=environ).out
    match = re.search(r"clang version (\d+)\S*", version)
    if match is None or int(match.group(1)) < MIN_CLANG:
        return f"{path}: {match.group() if match else 'gives no version'}, older than {MIN_CLANG}"
    for library in ("libc.a", *(["libc++.a"] if language == "c++" else [])):
        # clang prints the bare name back when it does not have the file
        where = process.ask([path, f"--target={TARGET}", f"-print-file-name={library}"], env=environ).out
        if not Path(where).is_absolute() or not Path(where).exists():
            return f"{path}: {match.group()}, without {library} for {TARGET}"
    tool = Tool("clang", match.group().split()[-1], (str(path),))
    cxx = path.with_name(path.name.replace("clang", "clang++", 1))
    return Compiler(tool, (str(path), f"--target={TARGET}"), (str(cxx), f"--target={TARGET}"))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])
