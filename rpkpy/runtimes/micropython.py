"""MicroPython's generated headers: interned strings, modules and root pointers, as its sources mention them.

What its makefiles do with a shell, sed and make happens here in Python, with its own scripts: zig is all a build needs.
"""

import re
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.runtimes.recipe import Recipe

if TYPE_CHECKING:
    from rpkpy.runtimes.build import Tools

# As py/makeqstrdefs.py finds them in preprocessed text.
_STRING = re.compile(r"MP_QSTR_([_a-zA-Z0-9]+)")
_MODULE = re.compile(r"(?:MP_REGISTER_(?:EXTENSIBLE_)?MODULE|MP_REGISTER_MODULE_DELEGATION)\(.*?,\s*.*?\);")
_ROOT = re.compile(r"MP_REGISTER_ROOT_POINTER\(.*?\);")
# Runs a script whose result is its standard output: OUT SCRIPT ARGUMENT.
_RUN = (
    "import runpy, sys\n"
    "sys.argv[:2] = []\n"
    "sys.stdout = open(sys.argv.pop(0), 'w', encoding='utf-8')\n"
    "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    "sys.stdout.close()"
)
_WORKERS = 4


def generate(recipe: Recipe, tools: "Tools", folder: Path) -> None:
    """Write genhdr/ into `folder`, where the recipe is built. BuildError when a step fails."""
    from rpkpy.runtimes.build import compiler

    headers = folder / "genhdr"
    headers.mkdir()
    _write(
        headers / "mpversion.h",
        (
            f'#define MICROPY_GIT_TAG "v{recipe.version}"',
            '#define MICROPY_GIT_HASH ""',
            '#define MICROPY_BUILD_DATE "1970-01-01"',  # nothing of the day a runtime is built on goes into it
        ),
    )
    command = compiler(recipe, tools)

    def preprocessed(unit: str) -> str:
        # one by one: zig loses libc's headers when it preprocesses several files
        out = folder / "genhdr" / f"{unit.replace('/', '_')}.i"
        tools.run([*command, "-E", "-DNO_QSTR", unit, "-o", str(out)], folder)
        return out.read_text(encoding="utf-8")

    units = [unit for unit in recipe.compile.units if unit.startswith(f"{recipe.name}/") and unit.endswith(".c")]
    units += (f"engine/{unit}" for unit in recipe.compile.source_units if not unit.startswith("py/nlr"))
    with ThreadPoolExecutor(_WORKERS) as pool:
        texts = list(pool.map(preprocessed, units))

    def found(pattern: re.Pattern[str]) -> list[str]:
        return sorted({match for text in texts for match in pattern.findall(text)})

    def script(name: str, given: Path, header: str) -> None:
        arguments = (str(headers / header), f"engine/py/{name}", str(given))
        tools.run([sys.executable, "-c", _RUN, "", *arguments], folder)

    modules, roots, strings = headers / "modules.txt", headers / "roots.txt", headers / "strings.txt"
    _write(modules, found(_MODULE))
    _write(roots, found(_ROOT))
    script("makemoduledefs.py", modules, "moduledefs.h")
    script("make_root_pointers.py", roots, "root_pointers.h")

    # The strings that py/qstrdefs.h lists stand under conditions, so they go through the preprocessor, in quotes.
    listed = (folder / "engine" / "py" / "qstrdefs.h").read_text(encoding="utf-8").splitlines()
    _write(folder / "strings.c", [f'"{line}"' if line.startswith("Q(") else line for line in listed])
    unquoted = re.sub(r'(?m)^"(Q\(.*\))"$', r"\1", preprocessed("strings.c")).splitlines()
    _write(strings, [*unquoted, *(f"Q({name})" for name in found(_STRING))])
    script("makeqstrdata.py", strings, "qstrdefs.generated.h")


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
