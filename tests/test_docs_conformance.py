"""docs/conformance.md names every test of Redpanda's that counts for a host, and tests of ours that exist."""

import ast
import re
from functools import cache
from pathlib import Path

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "conformance.md"

NAMES = [
    "MemoryIsLimited",
    "CpuIsLimited",
    "HandlesSetupPanic",
    "HandlesTransformPanic",
    "HandlesTransformErrors",
    "CanRestartEngine",
    "FailuresAreRestarted",
    "BackoffIsResetAfterSomeTime",
    "RedeployDuringBackoff",
    "LoseLeadershipDuringBackoff",
    "DeleteDuringBackoff",
    "NamesCanBeReused",
    "SameTopicMultipleTransforms",
    "HandlesDoubleStarts",
    "HandlesDoubleStops",
    "HandlesEmptyBatches",
    "LagOffByOne",
    "LagOverflowBug",
    "TracksProcessPerOutput",
    "test_identity",
    "test_tracked_offsets_cleaned_up",
    "test_patch",
    "test_consume_from_end",
    "test_consume_from_offset",
    "test_consume_off_end",
    "test_consume_junk_off",
    "test_multiple_transforms_chained_together",
    "test_multiple_output_topics",
    "test_leadership_changing_randomly",
    "test_logs_volume",
    "test_logs_otel",
]


def rows() -> dict[str, list[tuple[str, str]]]:
    """For each name of theirs the file and the function of each test of ours."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 5 and cells[1] != "theirs" and not cells[1].startswith("---"):
            assert cells[1] not in found, "a name has one row"
            found[cells[1]] = re.findall(r"`([\w/]+\.py)::(\w+)`", cells[3])
    return found


@cache
def functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_name_has_its_tests() -> None:
    found = rows()
    assert set(NAMES) <= found.keys()
    assert [name for name, tests in found.items() if not tests] == []


def test_every_test_that_is_named_exists() -> None:
    named = {each for tests in rows().values() for each in tests}
    assert [f"{file}::{name}" for file, name in sorted(named) if name not in functions(file)] == []
