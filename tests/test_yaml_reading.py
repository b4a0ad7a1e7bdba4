"""Whatever reads YAML: an anchor that stands twice brings no warning, which would quote lines of the file."""

import ast
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

import rpkpy
from rpkpy.cli.cluster.config.set import _value
from rpkpy.project import schemas
from rpkpy.project.manifest import editing, reading
from rpkpy.redpanda.cluster_config import Property
from rpkpy.rows_file import read

MANIFEST = (
    "name: mask\nlanguage: python\ninput-topic: a\noutput-topics: [b]\n"
    "env:\n  PASSWORD: &x hush\n  USER: &x ann\n  OTHER: *x\n"
)
ROWS = "- {user: &x ann, mechanism: &x hush}\n"


@pytest.fixture(autouse=True)
def _warnings_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def test_a_manifest() -> None:
    assert reading.parse(MANIFEST).env == {"PASSWORD": "hush", "USER": "ann", "OTHER": "ann"}


def test_a_manifest_that_is_edited(tmp_path: Path) -> None:
    path = tmp_path / "transform.yaml"
    path.write_text(MANIFEST)
    editing.edit(path, {"description": "new"})
    assert "&x hush" in path.read_text()


def test_schemas(tmp_path: Path) -> None:
    path = tmp_path / "schemas.yaml"
    path.write_text("schemas:\n- {subject: &x hush, schema: &x '\"string\"'}\n")
    assert schemas.load(path) is not None


def test_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.yaml"
    path.write_text(ROWS)
    assert read(path, ("user", "mechanism")) == [{"user": "ann", "mechanism": "hush"}]


def test_a_list_on_the_command_line() -> None:
    assert _value(Property("superusers", "array"), "[&x hush, &x ann, *x]") == ["hush", "ann", "ann"]


def test_the_command_shows_no_line_of_the_manifest(tmp_path: Path) -> None:
    (tmp_path / "transform.yaml").write_text(MANIFEST)
    command = [sys.executable, "-m", "rpkpy", "transform", "validate"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0  # there is no module
    assert "hush" not in done.stdout + done.stderr
    assert "Warning" not in done.stderr


def test_nobody_else_makes_a_parser() -> None:
    """What only writes may; what reads takes `yaml_reading.parser`."""
    package = Path(rpkpy.__file__).parent
    makers = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "YAML"
    }
    assert makers == {"yaml_reading.py", "cli/render.py", "redpanda/log_output.py"}
