"""What mruby's own build makes with ruby and rake: its table of symbols, its list of gems, its library in Ruby.

mruby interns the names that its C code mentions at compile time ("presym"): the sources are preprocessed with macros
that mark each name, and two headers list what was found (lib/mruby/presym.rb of its sources says how). The parts of the
library that are written in Ruby are compiled by the runtime itself, when it is set up: they go into one file here.
"""

import re
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.errors import BuildError
from rpkpy.runtimes.recipe import Recipe

if TYPE_CHECKING:
    from rpkpy.runtimes.build import Tools

LIBRARY = "library.bin"
_WORKERS = 4

_MARKED = re.compile(rb"<@! (.*?) !@>", re.DOTALL)
_LITERAL = re.compile(rb'"((?:[^\\"]|\\.)*)"')
_ESCAPE = re.compile(rb"\\x([0-9A-Fa-f]{1,2})|\\(0[0-7]{0,3})|\\([abefnrtv])|\\(.)", re.DOTALL)
_CONTROL = dict(zip(b"abefnrtv", b"\a\b\x1b\f\n\r\t\v", strict=True))
_WORD = re.compile(r"(@@|@|)([^\W\d]\w*)([!?=]?)", re.ASCII)
_PREFIXES = {"@@": "CV", "@": "IV", "": ""}
_SUFFIXES = {"!": "_B", "?": "_Q", "=": "_E", "": ""}
_NAMES = """
!:not %:mod &:and *:mul +:add -:sub /:div <:lt >:gt ^:xor `:tick |:or ~:neg !=:neq !~:nmatch &&:andand **:pow +@:plus
-@:minus <<:lshift <=:le ==:eq =~:match >=:ge >>:rshift []:aref ||:oror <=>:cmp ===:eqq []=:aset
"""
_OPERATORS = dict(entry.rsplit(":", 1) for entry in _NAMES.split())


def generate(recipe: Recipe, tools: "Tools", folder: Path) -> None:
    """Write headers, gems.c and the library into `folder`, where the recipe is built. BuildError when a step fails."""
    gems = (folder / recipe.name / "gems.txt").read_text(encoding="utf-8").split()
    patch(folder, (folder / recipe.name / "sources.patch").read_text(encoding="utf-8"))
    _write_gems(folder, gems)
    symbols = _symbols(recipe, tools, folder)
    headers = folder / "engine" / "include" / "mruby" / "presym"
    (headers / "id.h").write_text(_ids(symbols), encoding="utf-8")
    (headers / "table.h").write_text(_table(symbols), encoding="latin-1")


def patch(folder: Path, changes: str) -> None:
    """Apply `changes`: for each a line `@@ FILE`, lines to find after `-`, lines that replace them after `+`.

    BuildError unless the lines to find stand in the file once.
    """
    for change in changes.split("\n@@ ")[1:]:
        name, *lines = change.split("\n")
        path = folder / name
        text = path.read_text(encoding="utf-8")
        before, after = ("".join(f"{line[1:]}\n" for line in lines if line[:1] == mark) for mark in "-+")
        if text.count(before) != 1:
            raise BuildError(f"A change to {name} does not fit these sources.", cause=before)
        path.write_text(text.replace(before, after), encoding="utf-8")


def _write_gems(folder: Path, gems: list[str]) -> None:
    """gems.c lists what sets each gem up; the library has the Ruby of mruby's core, of each gem, and of the SDK."""
    parts = [_ruby(folder / "engine" / "mrblib")]
    declared, listed = [], []
    for gem in gems:
        home = folder / "engine" / "mrbgems" / gem
        if not home.is_dir():
            raise BuildError(f"mruby has no gem {gem}.")
        function = "NULL"
        if (home / "src").is_dir():
            function = f"mrb_{gem.replace('-', '_')}_gem_init"
            declared.append(f"void {function}(mrb_state *);")
        listed.append(f"  {function},")
        parts.append(_ruby(home / "mrblib"))
    parts.append(_ruby(folder / "ruby" / "lib"))
    lines = ['#include "runtime.h"', *declared, "const gem_init gems[] = {", *listed, "};"]
    lines.append("const size_t gem_count = sizeof gems / sizeof *gems;")
    (folder / "gems.c").write_text("\n".join(lines) + "\n", encoding="utf-8")
    library = struct.pack("<I", len(parts)) + b"".join(struct.pack("<I", len(part)) + part for part in parts)
    (folder / LIBRARY).write_bytes(library)


def _ruby(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*.rb")))


def _symbols(recipe: Recipe, tools: "Tools", folder: Path) -> list[bytes]:
    """The names that the C sources mention, the shortest first."""
    from rpkpy.runtimes.build import compiler

    command = [*compiler(recipe, tools), "-DMRB_PRESYM_SCANNING"]
    units = [unit for unit in recipe.compile.units if unit.startswith(f"{recipe.name}/") and unit.endswith(".c")]
    units += [f"engine/{unit}" for unit in recipe.compile.source_units]

    def preprocessed(unit: str) -> bytes:
        # one by one: zig loses libc's headers when it preprocesses several files
        out = folder / f"{unit.replace('/', '_')}.i"
        tools.run([*command, "-E", "-P", unit, "-o", str(out)], folder)
        return out.read_bytes()

    with ThreadPoolExecutor(_WORKERS) as pool:
        texts = list(pool.map(preprocessed, units))
    found = set()
    for text in texts:
        for match in _MARKED.finditer(text):
            literals = _LITERAL.findall(match[1])
            if literals:
                found.add(b"".join(_ESCAPE.sub(_unescaped, literal) for literal in literals))
    return sorted(found, key=lambda symbol: (len(symbol), symbol))


def _unescaped(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes((int(match[1], 16),))
    if match[2]:
        return bytes((int(match[2], 8),))
    return bytes((_CONTROL[match[3][0]],)) if match[3] else match[4]


def _ids(symbols: list[bytes]) -> str:
    lines = ["enum mruby_presym {"]
    for number, symbol in enumerate(symbols, 1):
        text = symbol.decode("latin-1")
        word = _WORD.fullmatch(text)
        if text in _OPERATORS:
            lines.append(f"  MRB_OPSYM__{_OPERATORS[text]} = {number},")
        elif word and (not word[1] or not word[3]):
            lines.append(f"  MRB_{_PREFIXES[word[1]]}SYM{_SUFFIXES[word[3]]}__{word[2]} = {number},")
    return "\n".join([*lines, "};", f"#define MRB_PRESYM_MAX {len(symbols)}", ""])


def _table(symbols: list[bytes]) -> str:
    names = ",\n".join(
        '  "'
        + "".join(f"\\{byte:03o}" if not 32 <= byte < 127 or byte in b'"\\?' else chr(byte) for byte in symbol)
        + '"'
        for symbol in symbols
    )
    sizes = ", ".join(str(len(symbol)) for symbol in symbols)
    return (
        f"static const uint16_t presym_length_table[] = {{{sizes}}};\n"
        f"static const char * const presym_name_table[] = {{\n{names}\n}};\n"
    )
