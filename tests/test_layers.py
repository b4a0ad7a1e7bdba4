"""Imports point one way: from the command line down to the leaves, never back and never in a circle."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "rpkpy"

# From top to bottom; a room may import from rooms of lower layers alone.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("dev", "doctor"),
    ("deployment",),
    ("host", "testing"),
    ("redpanda", "project"),
    ("kafka", "rows_file", "signing", "toolchains"),
    ("runtimes",),
    ("engine",),
    ("batches", "config", "download", "wasm"),
    ("archive", "trust"),
    ("atomic", "errors", "text", "version", "yaml_reading"),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


def imports() -> dict[str, set[tuple[str, str]]]:
    """For each room the rooms it imports, with the file that does."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                words = name.split(".")
                if words[0] == "rpkpy" and len(words) > 1 and words[1] != parts[0]:
                    found[parts[0]].add((words[1], "/".join(parts)))
    return found


def test_every_room_has_its_layer() -> None:
    rooms = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__", *LEVEL} == set()


@pytest.mark.parametrize("room", sorted(LEVEL))
def test_a_room_imports_from_below_alone(room: str) -> None:
    upward = [(other, where) for other, where in imports().get(room, ()) if LEVEL[other] <= LEVEL[room]]
    assert upward == []


def test_wasm_knows_nothing_of_wasmtime_and_the_engine_nothing_of_kafka() -> None:
    for room, banned in (("wasm", {"wasmtime"}), ("engine", {"confluent_kafka", "httpx", "rich", "typer"})):
        for path in (PACKAGE / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                module = node.module if isinstance(node, ast.ImportFrom) else None
                names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
                assert not banned & {name.split(".")[0] for name in ({module or ""} | names)}, path
