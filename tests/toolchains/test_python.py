"""Python projects: which file comes first, what the dry run finds, which files decide the module."""

import json
from pathlib import Path

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, Instance
from rpkpy.errors import BuildError
from rpkpy.toolchains import languages
from rpkpy.toolchains.python import Python
from rpkpy.wasm.limits import Limits
from tests.toolchains.workbench import Build

pytestmark = pytest.mark.toolchain("python")

IDENTITY = (
    "from redpanda_transform import on_record_written\n"
    "@on_record_written\ndef transform(event, writer):\n    writer.write(event.record)\n"
)


def project(root: Path, **files: str) -> Build:
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return Build(root, "python")


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
    build("--dry-run", environ={"WHO": "you", "RPKPY_RUNTIMES_DIR": _runtimes()})
    assert "hello you" in build.said


def test_the_dry_run_shows_why_a_program_does_not_start(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform=IDENTITY + "raise ValueError('no')\n")
    with pytest.raises(BuildError, match="does not start") as caught:
        build("--dry-run")
    assert "ValueError: no" in (caught.value.cause or "")
    assert not build.out.exists()


@pytest.mark.parametrize("pattern", ["identity", "masking"])
def test_records_of_100_kb_pass_in_4_mib(tmp_path: Path, pattern: str) -> None:
    """One after the other and beside small ones: long strings, many members, depth, characters of every width."""
    build = Build.of(tmp_path / "p", "python", pattern)
    build()
    rest = {"text": "é€🎉" * 3_000, "list": ["x" * 100] * 500, "deep": [{"a": {"b": n}} for n in range(1_500)]}
    mails = [f"{n}jane.doe@example.com" for n in range(4)]
    large = [json.dumps({"email": mail, **rest, "last": {"email": mail}}, ensure_ascii=False) for mail in mails]
    assert all(len(value.encode()) > 100_000 for value in large)
    values = [value for one in large for value in (one, '{"email":null}')]
    expected = values
    if pattern == "masking":
        expected = [value.replace(f'"{mail}"', '"****.com"') for mail, value in zip(mails, large, strict=True)]
        expected = [value for one in expected for value in (one, '{"email":"****"}')]
    with Instance(
        Engine(Limits(memory_bytes=4 << 20)).compile(build.out.read_bytes()),
        name="p",
        input_topic="in",
        output_topics=["out"],
        env={"MASK_FIELDS": "email"},
    ) as instance:
        instance.start()
        for _ in range(3):
            output = instance.process(codec.encode_batch([Record(b"k", value.encode()) for value in values]))
            assert [(record.value or b"").decode() for record in output.records[0]] == expected


def test_wrong_syntax_is_said_before_a_missing_callback(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^transform\.py:2: "):
        project(tmp_path / "p", transform="x = 1\ndef (\n")()


def test_other_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="--fast"):
        project(tmp_path / "p", transform=IDENTITY)("--fast")


def _runtimes() -> str:
    import os

    return os.environ["RPKPY_RUNTIMES_DIR"]
