"""Go: what is found or refused, what a build passes to the compiler, and what real modules import."""

import os
import subprocess
from pathlib import Path

import pytest

from rpkpy.errors import BuildError, ExitCode, ToolchainError
from rpkpy.toolchains import go, process
from rpkpy.wasm import validate
from rpkpy.wasm.limits import Limits
from tests.toolchains.workbench import Build, FakeTools, edited, imports, names

GO = go.TOOLCHAINS[0]


@pytest.fixture
def tools(tmp_path: Path) -> FakeTools:
    return FakeTools(tmp_path / "tools")


def test_missing(tools: FakeTools, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError) as caught:
        GO.detect(tools.environ(), tmp_path)
    assert caught.value.exit_code == ExitCode.TOOLCHAIN
    assert caught.value.message == "Go is not installed."
    assert caught.value.fix is not None and "https://go.dev/dl" in caught.value.fix


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("go version go1.21.0 linux/amd64", "1.21.0"),
        ("go version go1.26.8 X:nocoverageredesign linux/amd64", "1.26.8"),
        ("go version go1.22rc1 darwin/arm64", "1.22rc1"),
        ("go version devel go1.27-abcdef linux/amd64", "1.27-abcdef"),
        ("go version go2.0 linux/amd64", "2.0"),
    ],
)
def test_found(tools: FakeTools, tmp_path: Path, said: str, version: str) -> None:
    path = tools.put("go", f'[ "$1" = version ] && echo "{said}"')
    (tool,) = GO.detect(tools.environ(), tmp_path)
    assert (tool.name, tool.version, tool.command) == ("go", version, (str(path),))


def test_too_old(tools: FakeTools, tmp_path: Path) -> None:
    path = tools.put("go", "echo go version go1.19.8 linux/amd64")
    with pytest.raises(ToolchainError) as caught:
        GO.detect(tools.environ(), tmp_path)
    assert caught.value.message == f"Go is too old: {path} is go1.19.8."
    assert caught.value.fix is not None and "1.21" in caught.value.fix


@pytest.mark.parametrize("script", ["echo cannot find GOROOT >&2; exit 2", "echo something else", "exit 0", "exit 1"])
def test_broken(tools: FakeTools, tmp_path: Path, script: str) -> None:
    path = tools.put("go", script)
    with pytest.raises(ToolchainError) as caught:
        GO.detect(tools.environ(), tmp_path)
    assert caught.value.message == f"{path} does not work."
    assert caught.value.cause


# Answers the questions, writes what it was asked to build, and makes the module.
RECORDING = """
case "$1" in
version) echo go version go1.26.8 linux/amd64 ;;
list) echo "v1.1.0 " ;;
build)
  {{ pwd; for argument; do echo "$argument"; done; }} >{log}
  env | grep -E '^GO' | LC_ALL=C sort >>{log}
  printf '\\0asm\\1\\0\\0\\0' >out.wasm ;;
esac
"""


def test_flags_and_environment(tools: FakeTools, tmp_path: Path) -> None:
    log = tmp_path / "log"
    tools.put("go", RECORDING.format(log=log))
    tools.folders.append(Path("/usr/bin"))
    build = Build.of(tmp_path / "demo", "go", "identity")
    info = build("-tags", "x", environ=tools.environ(GOFLAGS="-mod=mod", GOPROXY="off", GOOS="linux"))
    assert log.read_text().splitlines() == [
        str(build.root),
        *("build", "-trimpath", "-ldflags=-s -w", "-tags", "x", "-o", str(build.out), "."),
        *("GOARCH=wasm", "GOFLAGS=-mod=mod", "GOOS=wasip1", "GOPROXY=off"),
    ]
    assert (info.tools, info.sdk, info.target) == ({"go": "1.26.8"}, "redpanda transform-sdk v1.1.0", "wasip1/wasm")
    build(environ=tools.environ(), debug=True)
    assert "-ldflags=-w" in log.read_text().splitlines()


def test_sources(tmp_path: Path) -> None:
    build = Build.of(tmp_path / "demo", "go", "masking")
    (build.root / "rules").mkdir()
    (build.root / "rules" / "a.json").touch()
    (build.root / "unused.txt").touch()
    (build.root / ".git").mkdir()
    (build.root / ".git" / "hook.go").touch()
    edited(
        build.root / "mask.go", 'import "unicode/utf8"', '//go:embed rules "no such" ../outside\nimport "unicode/utf8"'
    )
    assert names(GO.sources(build.root)) == [
        "go.mod",
        "mask.go",
        "rules/a.json",
        *(f"transform/{name}" for name in ("abi_broker.go", "abi_native.go", "go.mod")),
        *(f"transform/{name}" for name in ("payload.go", "run.go", "transform.go")),
        "transform.go",
    ]


@pytest.fixture(scope="module", params=["identity", "masking"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Build:
    build = Build.of(tmp_path_factory.mktemp("go") / "demo", "go", request.param)
    info = build(environ={**os.environ, "GOPROXY": "off", "GOFLAGS": ""})
    assert info.sdk == "rpkpy guest package"
    return build


@pytest.mark.toolchain("go")
class TestRealBuild:
    """With the machine's Go, and no network."""

    def test_imports_are_the_brokers(self, built: Build) -> None:
        found = imports(built.module())
        assert {
            f"redpanda_transform.{name}"
            for name in ("check_abi_version_2", "read_batch_header", "read_next_record", "write_record")
        } <= found

    def test_the_broker_takes_it_with_the_memory_the_template_states(self, built: Build) -> None:
        module = built.out.read_bytes()
        refused = [verdict.rule for verdict in validate.check(module).verdicts if verdict.status == "fail"]
        assert refused == ["memory-minimum"]
        assert validate.check(module, Limits(memory_bytes=16 * 1024 * 1024)).ok
        assert "data_transforms_per_function_memory_limit: 16777216" in (built.root / "transform.yaml").read_text()

    def test_the_code_is_formatted_vetted_and_tested(self, built: Build) -> None:
        environ = {**os.environ, "GOPROXY": "off"}
        gofmt = Path(GO.detect(environ, built.root)[0].command[0]).resolve().with_name("gofmt")
        assert process.ask([gofmt, "-l", built.root], env=environ) == process.Answer(0, "", "")
        for folder in (built.root, built.root / "transform"):
            for target in ({}, {"GOOS": "wasip1", "GOARCH": "wasm"}):
                vetted = process.ask(["go", "vet", "."], env=environ | target, cwd=folder, timeout_s=300)
                assert vetted.code == 0, vetted.err
        tidy = process.ask(["go", "mod", "tidy", "-diff"], env=environ, cwd=built.root)
        assert (tidy.code, tidy.out) == (0, "")
        assert subprocess.run(["go", "test", "."], cwd=built.root, env=environ, check=False).returncode == 0

    def test_the_language_is_that_of_the_oldest_go_it_names(self, built: Build) -> None:
        for folder in (built.root, built.root / "transform"):
            assert "\ngo 1.21\n" in (folder / "go.mod").read_text()

    def test_a_mistake_is_shown_and_is_the_cause(self, tmp_path: Path) -> None:
        build = Build.of(tmp_path / "demo", "go", "identity")
        edited(build.root / "transform.go", "event.Record()", "event.Recrod()")
        with pytest.raises(BuildError) as caught:
            build()
        assert caught.value.message == "go exited with 1."
        assert "event.Recrod undefined" in (caught.value.cause or "")
        assert any("event.Recrod undefined" in line for line in build.said)
        assert not build.out.exists()

    def test_a_package_that_is_not_there(self, tmp_path: Path) -> None:
        build = Build.of(tmp_path / "demo", "go", "identity")
        edited(build.root / "transform.go", "import ", 'import _ "example.org/missing"\n\nimport ')
        with pytest.raises(BuildError) as caught:
            build(environ={**os.environ, "GOPROXY": "off"})
        assert caught.value.fix == "Run `go mod tidy` in the project's folder."
