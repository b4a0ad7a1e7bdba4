"""C and C++ compilers: which is found, what is refused and why, and what real builds keep of names."""

import importlib.util
from pathlib import Path

import pytest

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains import zig
from rpkpy.wasm import binary
from tests.toolchains.workbench import Build, FakeTools

CLANG = """case "$*" in
*--version*) echo "Debian clang version {version}";;
*libc.a*) echo {libc};;
*libc++.a*) echo {libcxx};;
esac"""


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTools:
    """A machine without the ziglang package; no tool yet."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    made = FakeTools(tmp_path / "tools")
    made.put("unrelated", "true")
    return made


def clang(tools: FakeTools, name: str = "clang", version: str = "19.1.7", libc: str = "", libcxx: str = "") -> Path:
    here = str(tools.put("libc", "true"))
    return tools.put(name, CLANG.format(version=version, libc=libc or here, libcxx=libcxx or here))


def test_zig_goes_before_clang(tools: FakeTools) -> None:
    clang(tools)
    path = tools.put("zig", "echo 0.14.1")
    found = zig.find(tools.environ(), "c")
    assert (found.tool.name, found.tool.version) == ("zig", "0.14.1")
    assert found.command("c") == (str(path), "cc", "--target=wasm32-wasi")
    assert found.command("c++") == (str(path), "c++", "--target=wasm32-wasi")


def test_clang_when_zig_is_too_old(tools: FakeTools) -> None:
    tools.put("zig", "echo 0.11.0")
    clang(tools, version="14.0.6")
    path = clang(tools, "clang-19")
    found = zig.find(tools.environ(), "c++")
    assert (found.tool.name, found.tool.version) == ("clang", "19.1.7")
    assert found.command("c++") == (str(path.with_name("clang++-19")), "--target=wasm32-wasi")


def test_why_none_will_do(tools: FakeTools) -> None:
    with pytest.raises(ToolchainError) as nothing:
        zig.find(tools.environ(), "c")
    assert nothing.value.cause == "Neither zig nor clang is here."
    assert (nothing.value.fix or "").startswith('pip install "rpkpy[zig]"')
    tools.put("zig", "echo broken >&2; exit 1")
    old = clang(tools, version="14.0.6")
    bare = clang(tools, "clang-20", version="20.1.0", libcxx="libc++.a")
    with pytest.raises(ToolchainError) as caught:
        zig.find(tools.environ(), "c++")
    assert (caught.value.cause or "").splitlines()[1:] == [
        f"{old}: clang version 14.0.6, older than 19",
        f"{bare}: clang version 20.1.0, without libc++.a for wasm32-wasi",
    ]
    assert zig.find(tools.environ(), "c").tool.version == "20.1.0"  # C needs no C++ library


@pytest.mark.toolchain("c")
def test_names_stay_in_a_debug_build_alone(tmp_path: Path) -> None:
    build = Build.of(tmp_path / "project", "c", "masking")
    build(debug=True)
    debug = {section.name for section in build.module().custom_sections}
    size = build.out.stat().st_size
    build()
    release = {section.name for section in build.module().custom_sections}
    assert debug - release == {"name"}
    assert not any(name.startswith(".debug") for name in debug)
    assert build.out.stat().st_size < size < 20_000


@pytest.mark.toolchain("c")
def test_the_memory_it_starts_with_fits_a_broker(tmp_path: Path) -> None:
    build = Build.of(tmp_path / "project", "c", "identity")
    build()
    (memory,) = binary.parse(build.out.read_bytes()).memories
    assert memory.bounds.minimum * 65_536 <= 4 * 65_536


@pytest.mark.toolchain("c")
@pytest.mark.toolchain("cpp")
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_no_source_and_wrong_source(tmp_path: Path, language: str) -> None:
    build = Build.of(tmp_path / "project", language, "identity")
    (source,) = (path for path in build.root.iterdir() if path.stem == "transform" and path.suffix != ".yaml")
    source.write_text("int main() { return missing; }\n")
    with pytest.raises(BuildError, match=r"(zig|clang) exited with 1") as caught:
        build()
    assert f"{source.name}:1:21: error:" in (caught.value.cause or "")
    source.unlink()
    with pytest.raises(BuildError, match="There is no"):
        build()
