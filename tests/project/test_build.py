"""Builds, with fake compilers for what goes wrong: the module is whole or the old one, and its origin is told."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rpkpy.errors import BuildError, InvalidError, ProjectError, ToolchainError
from rpkpy.project import build as builds
from rpkpy.project import project as projects
from rpkpy.project.output_log import OutputLog
from rpkpy.toolchains import zig
from rpkpy.toolchains.base import Tool
from rpkpy.wasm.embed import read_section

Compiler = Callable[[str], None]
MODULE = r'while [ "$1" != -o ]; do shift; done; printf "\0asm\1\0\0\0" > "$2"'


@pytest.fixture
def project(tmp_path: Path) -> projects.Project:
    root = tmp_path / "project"
    root.mkdir()
    (root / "transform.yaml").write_text("name: m\nlanguage: c\n")
    (root / "transform.c").write_text("int main(void) { return 0; }\n")
    (root / "m.wasm").write_bytes(b"the old one")
    return projects.load(root)


@pytest.fixture
def compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Compiler:
    """Makes the C compiler a shell script."""

    def use(script: str) -> None:
        path = tmp_path / "cc"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        found = zig.Compiler(Tool("cc", "1.0", (str(path),)), (str(path),), (str(path),))
        monkeypatch.setattr(zig, "find", lambda environ, language: found)

    return use


def build(project: projects.Project, **environ: str) -> builds.Built:
    said: list[str] = []
    return builds.build(
        project, environ={"PATH": "/usr/bin:/bin", **environ}, cache=project.root / ".cache", say=said.append
    )


def files(project: projects.Project) -> list[str]:
    return sorted(path.name for path in project.root.iterdir())


def test_a_module_with_its_origin(project: projects.Project, compiler: Compiler) -> None:
    compiler(MODULE)
    built = build(project, SOURCE_DATE_EPOCH="86400")
    data = project.wasm_path.read_bytes()
    assert data.startswith(b"\0asm\1\0\0\0")
    origin = json.loads(read_section(data, "rpkpy.build") or b"")
    assert origin["time"] == "1970-01-02T00:00:00+00:00"
    assert origin["source_sha256"] == built.source_hash == project.source_hash(project.toolchain())
    assert origin["tools"] == built.tools == {"cc": "1.0"}
    assert project.wasm_path.stat().st_mode & 0o777 == 0o644
    assert files(project) == ["m.wasm", "transform.c", "transform.yaml"]
    assert any("_start" in warning for warning in built.warnings)  # an empty module would not deploy
    assert build(project, SOURCE_DATE_EPOCH="86400").source_hash == built.source_hash
    assert project.wasm_path.read_bytes() == data


@pytest.mark.parametrize(
    ("script", "error", "words"),
    [
        ("echo oops; exit 3", BuildError, "cc exited with 3"),
        ("exit 0", BuildError, "made no module"),
        (MODULE.replace("asm", "msa"), BuildError, "not a WebAssembly module"),
        (MODULE.replace(r"\1\0\0\0", ""), BuildError, "not a WebAssembly module"),
        (MODULE.replace(r"\1\0\0\0", r"\1\0\0\0\1\377"), InvalidError, "Not a valid WebAssembly module"),
        ("kill -9 $$", BuildError, "SIGKILL"),
    ],
)
def test_a_failed_build_leaves_the_old_module(
    project: projects.Project, compiler: Compiler, script: str, error: type[Exception], words: str
) -> None:
    compiler(script)
    with pytest.raises(error, match=words):
        build(project)
    assert project.wasm_path.read_bytes() == b"the old one"
    assert files(project) == ["m.wasm", "transform.c", "transform.yaml"]


def test_a_stop_leaves_the_old_module(project: projects.Project, compiler: Compiler) -> None:
    compiler("echo started; sleep 60")

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        builds.build(project, environ={"PATH": "/usr/bin:/bin"}, cache=project.root / ".cache", say=interrupt)
    assert project.wasm_path.read_bytes() == b"the old one"
    assert files(project) == ["m.wasm", "transform.c", "transform.yaml"]


def test_a_compiler_that_hangs_is_stopped(project: projects.Project, compiler: Compiler) -> None:
    compiler("sleep 60")
    with pytest.raises(BuildError, match="did not finish"):
        builds.build(
            project, environ={"PATH": "/usr/bin:/bin"}, cache=project.root, say=lambda line: None, timeout_s=0.2
        )


def test_nothing_to_build(project: projects.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(environ: object, language: object) -> zig.Compiler:
        raise ToolchainError("missing")

    monkeypatch.setattr(zig, "find", none)
    with pytest.raises(ToolchainError, match="missing"):
        build(project)
    (project.root / "transform.c").unlink()
    with pytest.raises(ProjectError, match="There is no C source"):
        build(project)


@pytest.mark.parametrize("epoch", ["yesterday", "-1", "1e9", "999999999999"])
def test_a_source_date_that_is_none(epoch: str) -> None:
    with pytest.raises(BuildError, match="SOURCE_DATE_EPOCH"):
        builds.built_at({"SOURCE_DATE_EPOCH": epoch}, 0)


def test_output_is_kept_whole_and_shown_in_part(project: projects.Project, tmp_path: Path) -> None:
    followed: list[str] = []
    log = OutputLog(tmp_path / "logs", project, followed.append)
    with log:
        for number in range(1000):
            log.line(f"line {number}")
        quiet = log.has_warnings
        log.line("transform.c:1:1: warning: x" + "y" * 5000)
    assert (quiet, log.has_warnings) == (False, True)
    assert log.path.read_text().splitlines()[500] == "line 500"
    assert len(log.path.read_text().splitlines()) == len(followed) == 1001
    shown = log.shown().splitlines()
    assert len(shown) == 201
    assert (shown[0], shown[99], shown[101]) == ("line 0", "line 99", "line 901")
    assert shown[100] == f"... 801 lines left out, all are in {log.path}"
    assert len(shown[-1]) < 1010
    explained = log.explain(BuildError("cc exited with 1.", cause="line 999", fix="Fix it."))
    assert (explained.message, explained.cause) == ("cc exited with 1.", log.shown())
    assert explained.fix == f"Fix it.\nThe compiler's whole output: {log.path}"


def test_a_log_that_cannot_be_written_stops_nothing(project: projects.Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with OutputLog(tmp_path / "file" / "logs", project, lambda line: None) as log:
        log.line("x")
    assert log.shown() == "x"
