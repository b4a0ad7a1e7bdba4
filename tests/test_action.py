"""The GitHub Action: its stages as a runner would run them. Of GitHub itself only `gh` is stood in for."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML  # noqa: TID253

from rpkpy.project import scaffold
from tests.toolchains.workbench import FakeTools

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.toolchain("c")


class Runner:
    """A runner's folders and variables around one project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.project = root / "project"
        template = scaffold.find(scaffold.load_all(), "c")
        scaffold.create(template, language="c", pattern="masking", directory=self.project, name="mask")
        self.tools = FakeTools(root)
        self.tools.put("rpkpy", f'exec "{sys.executable}" -m rpkpy "$@"')
        self.tools.put("gh", f'printf "%s " "$@" > "{root}/gh"')

    def __call__(self, **inputs: str) -> "subprocess.CompletedProcess[str]":
        environ = {
            **os.environ,
            "PATH": f"{self.tools.folders[0]}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.root),
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(self.root),
            "GITHUB_STEP_SUMMARY": str(self.root / "summary"),
            "GITHUB_OUTPUT": str(self.root / "output"),
            "INPUT_WORKING_DIRECTORY": str(self.project),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        command = [str(ROOT / "action" / "run")]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)

    @property
    def summary(self) -> str:
        return (self.root / "summary").read_text()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    yield Runner(tmp_path)


def test_a_good_project(runner: Runner) -> None:
    done = runner(max_fuel="100000", max_memory="2MiB", comment="true", pull_request="7")
    assert done.returncode == 0, done.stdout
    titles = re.findall("<summary>(.*)</summary>", runner.summary)
    assert titles == ["✓ build", "✓ validate", "✓ test", "✓ bench"]
    outputs = dict(line.split("=", 1) for line in (runner.root / "output").read_text().splitlines())
    assert Path(outputs["wasm"]).is_file()
    assert Path(outputs["report"]).read_text() == runner.summary
    assert (runner.root / "gh").read_text().startswith("pr comment 7 --edit-last --create-if-none --body-file ")


def test_what_fails_is_named_and_ends_it(runner: Runner) -> None:
    done = runner(max_fuel="10", deploy="true", pull_request="")
    assert done.returncode == 3
    assert "::error title=rpkpy::bench failed with exit code 3" in done.stdout
    assert "<details open><summary>✗ bench (exit 3)" in runner.summary
    assert "- deploy: not run" in runner.summary
    assert not (runner.root / "gh").exists()


def test_a_project_that_does_not_build(runner: Runner) -> None:
    (runner.project / "transform.c").write_text("int main( {\n")
    done = runner()
    assert done.returncode == 1
    assert "✗ build" in runner.summary
    assert "    Error: " in runner.summary  # as code: a compiler's output is no markup


def test_a_folder_that_is_not_there(runner: Runner) -> None:
    assert runner(working_directory="/none/of/these").returncode == 2


def _action() -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((ROOT / "action.yml").read_text())
    return loaded


def test_inputs_reach_the_scripts_by_variables_alone() -> None:
    for step in _action()["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert "uses" not in step


def test_every_input_is_used_and_described() -> None:
    action = _action()
    steps = str(action["runs"]["steps"])
    page = (ROOT / "docs" / "ci.md").read_text()
    for name, told in action["inputs"].items():
        assert f"inputs.{name}" in steps
        assert told["description"]
        assert f"`{name}`" in page
