"""Ruby projects: which file comes first, what the dry run finds, which files decide the module."""

import os
from pathlib import Path

import pytest

from rpkpy.errors import BuildError
from rpkpy.toolchains import languages
from rpkpy.toolchains.ruby import Ruby
from tests.toolchains import interpreted
from tests.toolchains.workbench import Build, names

pytestmark = pytest.mark.toolchain("ruby")

IDENTITY = (
    'require "redpanda_transform"\nRedpanda.on_record_written do |event, writer|\n  writer.write(event.record)\nend\n'
)


def project(root: Path, **files: str) -> Build:
    return interpreted.project(root, "ruby", ".rb", files)


@pytest.mark.parametrize("key", ["ruby", "rb", "mruby", "Ruby"])
def test_its_names(key: str) -> None:
    assert languages.find(key).keys[0] == "ruby"


@pytest.mark.parametrize(
    "files", [{"transform": IDENTITY, "main": "def"}, {"main": IDENTITY, "a": "def"}, {"a": IDENTITY}]
)
def test_the_first_file(tmp_path: Path, files: dict[str, str]) -> None:
    build = project(tmp_path / "p", **files)
    build()
    assert build.out.is_file()


def test_which_file_is_first_must_be_known(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no transform\.rb") as caught:
        project(tmp_path / "p", a=IDENTITY, b="")()
    assert "a.rb, b.rb" in (caught.value.cause or "")


def test_sources_are_the_programs_own(tmp_path: Path) -> None:
    left_out = {f"{folder}__x": "" for folder in ("spec", "test", "tests", "vendor", "sig", "coverage")}
    build = project(tmp_path / "p", transform=IDENTITY, lib__a="", **left_out)
    (build.root / "notes.txt").write_text("")
    assert names(Ruby().sources(build.root)) == ["lib/a.rb", "transform.rb"]


def test_a_file_of_the_project_is_built_in(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform='require_relative "lib/a"\n' + IDENTITY, lib__a="A = 1\n", other="def")
    build()
    (said,) = [line for line in build.said if line.startswith("byte code: ")]
    assert "transform.rb" in said and "lib/a.rb" in said and "other.rb" not in said


def test_code_runs_in_the_dry_run_alone(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform='puts "hello #{ENV["WHO"]}"\n' + IDENTITY)
    build()
    assert not [line for line in build.said if "hello" in line]
    build("--dry-run", environ={"WHO": "you", "RPKPY_RUNTIMES_DIR": os.environ["RPKPY_RUNTIMES_DIR"]})
    assert "hello you" in build.said


def test_the_dry_run_shows_why_a_program_does_not_start(tmp_path: Path) -> None:
    build = project(tmp_path / "p", transform=IDENTITY + 'raise ArgumentError, "no"\n')
    with pytest.raises(BuildError, match="does not start") as caught:
        build("--dry-run")
    assert "transform.rb:5: no (ArgumentError)" in (caught.value.cause or "")
    assert not build.out.exists()


@pytest.mark.parametrize("pattern", ["identity", "masking"])
def test_records_of_100_kb_pass_in_4_mib(tmp_path: Path, pattern: str) -> None:
    interpreted.large_records_pass(tmp_path / "p", "ruby", pattern)


@pytest.mark.parametrize(
    ("text", "message", "shown"),
    [
        ("x = 1\ny = )\nputs y\n", r"^transform\.rb:2: syntax error", "    2 | y = )"),
        (IDENTITY + 'require "date"\n', r'^transform\.rb:5: require does not find "date"', '    5 | require "date"'),
        (IDENTITY + 'require_relative "a"\n', r"^transform\.rb:5: require_relative", '    5 | require_relative "a"'),
    ],
)
def test_what_is_wrong_is_shown_with_its_line(tmp_path: Path, text: str, message: str, shown: str) -> None:
    build = project(tmp_path / "p", transform=text)
    with pytest.raises(BuildError, match=message) as caught:
        build()
    assert caught.value.cause == shown
    assert not build.out.exists()


def test_wrong_syntax_is_said_before_a_missing_callback(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^transform\.rb:2: "):
        project(tmp_path / "p", transform="x = 1\ny = )\n")()


def test_a_callback_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"^transform\.rb registers no callback"):
        project(tmp_path / "p", transform="puts 1\n")()


def test_other_arguments_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="--fast"):
        project(tmp_path / "p", transform=IDENTITY)("--fast")
