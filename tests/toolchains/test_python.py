"""Python projects: which file comes first, what the dry run finds, which files decide the module."""

import os
from pathlib import Path

import pytest

from rpkpy.errors import BuildError
from rpkpy.toolchains import languages
from rpkpy.toolchains.python import Python
from tests.toolchains import interpreted
from tests.toolchains.workbench import Build

pytestmark = pytest.mark.toolchain("python")

IDENTITY = (
    "from redpanda_transform import on_record_written\n"
    "@on_record_written\ndef transform(event, writer):\n    writer.write(event.record)\n"
)


def project(root: Path, **files: str) -> Build:
    return interpreted.project(root, "python", ".py", files)


@pytest.mark.parametrize("key", ["python", "py", "micropython", "Python"])
def test_its_names(key: str) -> None:
    assert languages.find(key).keys[0] == "python"


@pytest.mark.parametrize(
    "files", [{"transform": IDENTITY, "main": "x ="}, {"main": IDENTITY, "a": "x ="}, {"a": IDENTITY}]
)
def test_the_first_file(tmp_path: Path, files: dict[str, str]) -> None:
    build = project(tmp_path / "p", **files)
    build()
    assert build.out.is_file()


def test_which_file_is_first_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no transform\.py") as caught:
        project(tmp_path / "p", a=IDENTITY, b="")()
    assert "a.py, b.py" in (caught.value.cause or "")


def test_sources_are_the_programs_own(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform=IDENTITY, pack__a="", tests__test_a="", venv__x="")
    (build.root / "notes.txt").write_text("")
    assert [str(path) for path in Python().sources(build.root)] == ["pack/a.py", "transform.py"]


def test_code_runs_in_the_dry_run_alone(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform="import os\nprint('hello', os.getenv('WHO'))\n" + IDENTITY)
    build()
    assert not [line for line in build.said if "hello" in line]
    build("--dry-run", environ={"WHO": "you", "RPKPY_RUNTIMES_DIR": os.environ["RPKPY_RUNTIMES_DIR"]})
    assert "hello you" in build.said


def test_the_dry_run_shows_why_a_program_does_not_start(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform=IDENTITY + "raise ValueError('no')\n")
    with pytest.raises(BuildError, match="does not start") as caught:
        build("--dry-run")
    assert "ValueError: no" in (caught.value.cause or "")
    assert not build.out.exists()


@pytest.mark.parametrize("pattern", ["identity", "masking"])
def test_records_of_100_kb_pass_in_4_mib(tmp_path: Path, pattern: str) -> None:
    interpreted.large_records_pass(tmp_path / "p", "python", pattern)


def test_wrong_syntax_is_said_before_a_missing_callback(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^transform\.py:2: "):
        project(tmp_path / "p", transform="x = 1\ndef (\n")()


def test_other_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="--fast"):
        project(tmp_path / "p", transform=IDENTITY)("--fast")
