"""What a Python file imports, by its text: rpkpy's own Python reads it, whose grammar holds that of MicroPython."""

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Import:
    """An import: the module's whole name, the names taken from it (which may be modules), where it stands.

    `optional` says that it stands in a `try` or an `if`, so that the program may do without.
    """

    module: str
    names: tuple[str, ...]
    line: int
    optional: bool


def imports(text: str, path: str) -> list[Import]:
    """The imports of the file at `path` (with slashes), relative ones made whole; what can be had of a wrong text."""
    try:
        tree = _parsed(text, path)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        # MicroPython will say what is wrong with it; what it imports plainly is found all the same
        pattern = re.compile(r"^(?:from[ \t]+([\w.]+)[ \t]+import\b|import[ \t]+([\w.]+))", re.MULTILINE)
        return [
            Import(match[1] or match[2], (), text.count("\n", 0, match.start()) + 1, optional=True)
            for match in pattern.finditer(text)
            if not (match[1] or match[2]).startswith(".")
        ]
    return list(_walk(tree, path, optional=False))


def syntax_error(text: str, path: str) -> tuple[int, str] | None:
    """Line and message of the error that this Python finds in a file; None when it finds none."""
    try:
        _parsed(text, path)
    except SyntaxError as error:
        return error.lineno or 1, f"SyntaxError: {error.msg}"
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _parsed(text: str, path: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a regular expression with a lone backslash is not rpkpy's business
        return ast.parse(text, path)


def _walk(node: ast.AST, path: str, *, optional: bool) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield Import(alias.name, (), node.lineno, optional)
    elif isinstance(node, ast.ImportFrom):
        module = _whole(node.module or "", node.level, path)
        if module:
            yield Import(module, tuple(alias.name for alias in node.names), node.lineno, optional)
    inside = optional or isinstance(node, ast.If | ast.Try | ast.TryStar)
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, path, optional=inside)


def _whole(module: str, level: int, path: str) -> str:
    """The name of a module that is named relative to the file `path`: one level is the package that holds the file."""
    if not level:
        return module
    package = path.split("/")[:-1]
    around = package[: len(package) - (level - 1)]
    return ".".join([*around, module] if module else around)
