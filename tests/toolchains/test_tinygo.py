"""TinyGo, by fake tools (no registry has the real one): where it is found, how it is called, what it says of Go."""

from pathlib import Path

import pytest

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains import languages, tinygo
from tests.toolchains.workbench import Build, FakeTools

ANSWERS = 'case "$1" in version) echo "tinygo version {version} linux/amd64 (using go version go1.23.1)";; '
WRITES = (
    ANSWERS + 'build) echo "$@" >&2; while [ "$1" != -o ]; do shift; done; printf "\\0asm\\1\\0\\0\\0" > "$2";; esac'
)
REFUSES = ANSWERS + 'build) echo "requires go version 1.19 through 1.23, got go1.26"; exit 1;; esac'


@pytest.fixture
def tools(tmp_path: Path) -> FakeTools:
    made = FakeTools(tmp_path / "tools")
    made.put("go", 'echo "go version go1.23.1 linux/amd64"')
    return made


@pytest.mark.parametrize(
    ("version", "language", "debug", "arguments"),
    [
        ("0.34.0", "tinygo-no-goroutines", False, "-target=wasip1 -opt=z -panic=print -scheduler=none -no-debug"),
        ("0.34.0", "tinygo", True, "-target=wasip1 -opt=z -panic=print -scheduler=none"),
        ("0.31.2", "tinygo-with-goroutines", False, "-target=wasi -opt=z -panic=print -scheduler=asyncify -no-debug"),
    ],
)
def test_how_it_is_called(
    tools: FakeTools, tmp_path: Path, version: str, language: str, debug: bool, arguments: str
) -> None:
    tools.put("tinygo", WRITES.format(version=version))
    tools.put("sh", 'exec /bin/sh "$@"')
    key = languages.find(language).keys[0]
    build = Build.of(tmp_path / "project", key, "identity")
    info = build("-tags", "x", environ=tools.environ(), debug=debug)
    assert build.said == [f"build {arguments} -o {build.out} -tags x ."]
    assert (info.tools, info.target) == ({"tinygo": version}, arguments.split()[0].partition("=")[2])
    tools_found = languages.find(language).detect(tools.environ(), tmp_path)
    assert [(tool.name, tool.version) for tool in tools_found] == [("tinygo", version), ("go", "1.23.1")]


def test_a_go_that_is_too_new_is_a_missing_toolchain(tools: FakeTools, tmp_path: Path) -> None:
    tools.put("tinygo", REFUSES.format(version="0.34.0"))
    build = Build.of(tmp_path / "project", "tinygo-no-goroutines", "identity")
    with pytest.raises(ToolchainError) as caught:
        build(environ=tools.environ())
    assert caught.value.message == "TinyGo 0.34.0 does not work with the Go that is here (go1.26)."
    assert "from 1.19 through 1.23" in (caught.value.fix or "")


def test_another_failure_is_the_projects(tools: FakeTools, tmp_path: Path) -> None:
    tools.put("tinygo", ANSWERS.format(version="0.34.0") + "build) echo transform.go:3:1: no; exit 2;; esac")
    build = Build.of(tmp_path / "project", "tinygo-no-goroutines", "identity")
    with pytest.raises(BuildError, match="tinygo exited with 2") as caught:
        build(environ=tools.environ())
    assert caught.value.cause == "transform.go:3:1: no"


def test_where_it_is_looked_for(tools: FakeTools, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(ToolchainError, match="TinyGo is missing") as caught:
        tinygo.find(tools.environ(), cache)
    assert "rpkpy toolchain install tinygo" in (caught.value.fix or "")

    def place(folder: Path, version: str) -> Path:
        folder.mkdir(parents=True)
        tool = folder / "tinygo"
        tool.write_text(f'#!/bin/sh\necho "tinygo version {version} linux/amd64"\n')
        tool.chmod(0o755)
        return tool

    environ = tools.environ()
    old = place(cache / "toolchains/tinygo/0.9.0/tinygo/bin", "0.9.0")
    assert tinygo.find(environ, cache).command == (str(old),)
    new = place(cache / "toolchains/tinygo/0.34.0/tinygo/bin", "0.34.0")
    assert tinygo.find(environ, cache).command == (str(new),)
    rpk = place(Path(environ["HOME"]) / ".local/rpk/buildpacks/tinygo/bin", "0.33.0")
    assert tinygo.find(environ, cache).command == (str(rpk),)
    path = tools.put("tinygo", ANSWERS.format(version="0.40.1") + "esac")
    assert tinygo.find(environ, cache).command == (str(path),)
    path.write_text("#!/bin/sh\nexit 1\n")
    assert tinygo.find(environ, cache).command == (str(rpk),)


def test_go_is_missing(tmp_path: Path) -> None:
    tools = FakeTools(tmp_path / "tools")
    tools.put("tinygo", ANSWERS.format(version="0.34.0") + "esac")
    with pytest.raises(ToolchainError, match="TinyGo needs Go"):
        languages.find("tinygo").detect(tools.environ(), tmp_path)
