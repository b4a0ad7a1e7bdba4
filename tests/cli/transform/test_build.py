"""`rpkpy transform build`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rpkpy.wasm.embed import read_section
from tests.cli.harness import Cli


@pytest.fixture
def project(cli: Cli) -> Path:
    """A C project; the shell stands in it."""
    assert cli("transform", "init", "demo", "-l", "c").code == 0
    cli.cwd = cli.home / "demo"
    cli.env |= {key: os.environ[key] for key in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    return cli.cwd


@pytest.mark.toolchain("c")
def test_a_build(cli: Cli, project: Path) -> None:
    outcome = cli("transform", "build", env={"SOURCE_DATE_EPOCH": "0"})
    assert outcome.code == 0, outcome.err
    assert outcome.stdout.startswith("Built demo.wasm: ")
    assert outcome.err == "Building demo.wasm (C) ...\n"
    first = (project / "demo.wasm").read_bytes()
    assert json.loads(read_section(first, "rpkpy.build") or b"")["time"] == "1970-01-01T00:00:00+00:00"
    assert cli("transform", "build", env={"SOURCE_DATE_EPOCH": "0"}).code == 0
    assert (project / "demo.wasm").read_bytes() == first


@pytest.mark.toolchain("c")
def test_extra_arguments_and_debug(cli: Cli, project: Path) -> None:
    source = project / "transform.c"
    source.write_text("#ifndef WANTED\n#error no WANTED\n#endif\n" + source.read_text())
    outcome = cli("transform", "build", "--", "-DWANTED")
    assert outcome.code == 0, outcome.err
    assert cli("transform", "build", "--debug", "--format", "json", "--", "-DWANTED").code == 0
    assert read_section((project / "demo.wasm").read_bytes(), "name") is not None
    assert cli("transform", "build").code == 1


@pytest.mark.toolchain("c")
def test_the_compilers_output(cli: Cli, project: Path) -> None:
    source = project / "transform.c"
    source.write_text('#warning "\x1b[31mred"\n' + source.read_text())
    warned = cli("transform", "build")
    assert warned.code == 0
    assert "transform.c:1:2: warning" in warned.err
    source.write_text("int main(void) { return \x1b]0;title\x07missing; }\n")
    failed = cli("transform", "build")
    assert failed.code == 1
    assert "Error: zig exited with 1." in failed.err or "Error: clang exited with 1." in failed.err
    assert "transform.c:1:" in failed.err
    assert "\x1b" not in warned.err + failed.err
    assert "\x07" not in failed.err
    (log,) = (cli.home / "state" / "build").iterdir()
    assert f"The compiler's whole output: {log}" in failed.err


@pytest.mark.toolchain("c")
def test_more_memory_than_the_cluster_gives_is_told(cli: Cli, project: Path) -> None:
    outcome = cli("transform", "build", "--", "-Wl,-z,stack-size=16777216")
    assert outcome.code == 0, outcome.err
    assert "Warning: " in outcome.err
    assert "data_transforms_per_function_memory_limit" in outcome.err


def test_warnings_of_the_manifest_and_no_project(cli: Cli, project: Path) -> None:
    (project / "transform.yaml").write_text("name: demo\nlanguage: klingon\ninput_topic: x\n")
    outcome = cli("transform", "build")
    assert outcome.code == 2
    assert "transform.yaml:3:1: `input_topic` is read as `input-topic`" in outcome.err
    assert 'transform.yaml:2:11: rpkpy cannot build the language "klingon".' in outcome.err
    cli.cwd = cli.home
    assert "There is no transform.yaml in this folder." in cli("transform", "build").err


def test_a_missing_toolchain_is_exit_7(cli: Cli, project: Path) -> None:
    (project / "transform.yaml").write_text("name: demo\nlanguage: tinygo\n")
    (project / "transform.go").write_text("package main\n")
    outcome = cli("transform", "build", env={"PATH": "/nowhere"})
    assert outcome.code == 7
    assert "rpkpy toolchain install tinygo" in outcome.err


def test_the_shape_of_json(cli: Cli) -> None:
    assert "source_hash: string" in cli("transform", "build", "--format", "help").stdout


def test_ctrl_c_ends_the_compiler_too(cli: Cli, project: Path) -> None:
    (project / "transform.yaml").write_text("name: demo\nlanguage: tinygo\n")
    (project / "transform.go").write_text("package main\n")
    tools = cli.home / "bin"
    tools.mkdir()
    fake = tools / "tinygo"
    fake.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo "tinygo version 0.34.0" && exit\n'
        "echo $$ > compiler.pid\nexec sleep 300\n"
    )
    fake.chmod(0o755)
    env = {**cli.env, "PATH": f"{tools}:/usr/bin:/bin"}
    process = subprocess.Popen(
        [sys.executable, "-m", "rpkpy", "transform", "build"], cwd=project, env=env, stderr=subprocess.PIPE
    )
    pid_file = project / "compiler.pid"
    deadline = time.monotonic() + 60
    while not (pid_file.exists() and pid_file.read_text().strip()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in err
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    assert not list(project.glob(".rpkpy-build-*"))
