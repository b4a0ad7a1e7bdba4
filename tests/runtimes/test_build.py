"""Making a runtime: sources are checked before anything is done with them, tools are those of the recipe."""

import hashlib
import io
import os
import shutil
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from rpkpy.errors import BuildError, InvalidError, ToolchainError, UnreachableError
from rpkpy.runtimes import build, recipe, sources, store
from rpkpy.runtimes.sources import Source, Wheel
from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildRequest
from tests.runtimes.runtime import runtime

CONTENT = b"int main(void) { return 0; }\n"


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


def source(data: bytes) -> Source:
    return Source("engine==1", "engine-1.tar.gz", hashlib.sha256(data).hexdigest(), "engine-1/src")


class Index:
    """A package index as `pip download` sees it: what it would put into --dest."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.commands: list[list[str]] = []
        self.requirements = ""

    def __call__(self, command: Sequence[str], folder: Path) -> None:
        self.commands.append(list(command))
        self.requirements = Path(command[command.index("--requirement") + 1]).read_text()
        dest = Path(command[command.index("--dest") + 1])
        dest.mkdir()
        for name, content in self.files.items():
            (dest / name).write_bytes(content)


def test_sources_are_fetched_once_and_unpacked(tmp_path: Path) -> None:
    data = archive({"engine-1/src/engine.c": CONTENT})
    index = Index({"engine-1.tar.gz": data})
    wanted = source(data)
    for _ in range(2):
        kept = sources.fetch(wanted, tmp_path / "cache", index)
    assert kept.read_bytes() == data
    assert index.requirements == f"engine==1 --hash=sha256:{wanted.sha256}\n"
    (command,) = index.commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert "--require-hashes" in command
    assert sorted(path.name for path in (tmp_path / "cache").iterdir()) == ["engine-1.tar.gz"]
    engine = sources.unpacked(kept, wanted, tmp_path / "unpacked")
    assert (engine / "engine.c").read_bytes() == CONTENT


def test_a_file_that_was_changed_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    data = archive({"engine-1/src/engine.c": CONTENT})
    (tmp_path / "engine-1.tar.gz").write_bytes(b"other")
    assert sources.fetch(source(data), tmp_path, Index({"engine-1.tar.gz": data})).read_bytes() == data


def test_other_sources_than_pinned_are_refused(tmp_path: Path) -> None:
    good = archive({"engine-1/src/engine.c": CONTENT})
    evil = archive({"engine-1/src/engine.c": b"evil"})
    with pytest.raises(InvalidError, match=r"engine-1\.tar\.gz is not what it should be") as caught:
        sources.fetch(source(good), tmp_path, Index({"engine-1.tar.gz": evil}))
    assert hashlib.sha256(evil).hexdigest() in (caught.value.cause or "")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "engine-1.tar.gz").write_bytes(evil)
    with pytest.raises(InvalidError):
        sources.unpacked(tmp_path / "engine-1.tar.gz", source(good), tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()


def test_sources_that_would_leave_their_folder_are_refused(tmp_path: Path) -> None:
    data = archive({"../outside": b"x"})
    (tmp_path / "engine-1.tar.gz").write_bytes(data)
    with pytest.raises(InvalidError, match=r"\.\./outside"):
        sources.unpacked(tmp_path / "engine-1.tar.gz", source(data), tmp_path / "unpacked")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("files", [{}, {"a.whl": b"1", "b.whl": b"2"}])
def test_pip_must_bring_one_file(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(InvalidError, match="not one"):
        sources.fetch_wheel(Wheel("a==1", ("0" * 64,)), tmp_path, Index(files))


def test_no_index_names_the_way_out(tmp_path: Path) -> None:
    def unreachable(command: Sequence[str], folder: Path) -> None:
        raise BuildError("pip exited with 1.", cause="No matching distribution found for engine==1")

    with pytest.raises(UnreachableError, match="engine==1 could not be fetched") as caught:
        sources.fetch(source(b""), tmp_path, unreachable)
    assert caught.value.cause == "No matching distribution found for engine==1"
    assert "wheel" in (caught.value.fix or "")
    assert list(tmp_path.iterdir()) == []


def test_another_zig_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    def nothing(command: Sequence[str], folder: Path) -> None:
        raise AssertionError(command)

    wanted = recipe.load("javascript")
    tools = build.Tools(("zig",), "0.13.0", nothing, lambda line: None)
    with pytest.raises(ToolchainError, match="built with zig") as caught:
        build.make(wanted, tools, tmp_path / "cache")
    assert caught.value.cause == "zig 0.13.0 is here."
    assert not (tmp_path / "cache").exists()


def test_the_key_is_of_everything_that_decides_the_bytes(tmp_path: Path) -> None:
    guests = tmp_path / "runtimes"
    shutil.copytree(recipe.guests_dir(), guests)
    before = recipe.load("javascript", guests).key
    assert before == recipe.load("javascript", guests).key == recipe.load("javascript").key
    seen = {before}
    for name in ("javascript/main.c", "shared/guest.h", "javascript/builtins/text.js", "javascript/recipe.toml"):
        with (guests / name).open("a") as file:
            file.write("\n")
        seen.add(recipe.load("javascript", guests).key)
    assert len(seen) == 5


def test_a_broken_recipe_says_so(tmp_path: Path) -> None:
    guests = tmp_path / "runtimes"
    shutil.copytree(recipe.guests_dir(), guests)
    (guests / "javascript" / "recipe.toml").write_text("title = 1\n")
    with pytest.raises(ToolchainError, match="recipe of the runtime javascript"):
        recipe.load("javascript", guests)


def test_what_is_kept_is_found_and_not_built(tmp_path: Path) -> None:
    wanted = recipe.load("javascript")
    assert store.find(wanted, tmp_path) is None
    store.kept(wanted, tmp_path).write_bytes(b"module")

    def tools() -> build.Tools:
        raise AssertionError("nothing is to be built")

    assert store.get(wanted, tmp_path, tools) == b"module"
    assert store.folder(tmp_path, {}) == tmp_path / "runtimes"
    assert store.folder(tmp_path, {"RPKPY_RUNTIMES_DIR": "/elsewhere"}) == Path("/elsewhere")


def test_without_zig_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "bin").mkdir()
    with pytest.raises(ToolchainError, match="takes zig") as caught:
        interpreters.tool("javascript", {"PATH": str(tmp_path / "bin")}, tmp_path)
    assert (caught.value.fix or "").startswith("pip install ziglang==")


@pytest.mark.parametrize(
    ("language", "most_bytes"),
    [
        pytest.param(language, most_bytes, marks=pytest.mark.toolchain(language))
        for language, most_bytes in (("javascript", 1_100_000), ("python", 500_000), ("ruby", 1_300_000))
    ],
)
def test_the_runtime_is_within_the_limits_of_a_broker(tmp_path: Path, language: str, most_bytes: int) -> None:
    from rpkpy.wasm import validate
    from rpkpy.wasm.limits import BROKER

    request = BuildRequest(tmp_path, "", tmp_path, (), os.environ, tmp_path / "cache", print)
    _, module = interpreters.runtime(language, request)
    wrong = [verdict for verdict in validate.check(module, BROKER).verdicts if verdict.status == "fail"]
    assert wrong == []
    assert len(module) < most_bytes


@pytest.mark.slow
@pytest.mark.toolchain("javascript")
def test_the_same_recipe_makes_the_same_bytes(tmp_path: Path) -> None:
    """From nothing but the sources, in another folder, with a compiler's cache of its own."""
    module, _ = runtime()
    folder = Path(os.environ["RPKPY_RUNTIMES_DIR"])
    shutil.copytree(folder / "sources", tmp_path / "again" / "sources")
    if (folder / "engines").is_dir():
        shutil.copytree(folder / "engines", tmp_path / "again" / "engines")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("ZIG_")}
    environ["RPKPY_RUNTIMES_DIR"] = str(tmp_path / "again")
    request = BuildRequest(tmp_path, "", tmp_path, (), environ, tmp_path / "cache", print)
    assert interpreters.runtime("javascript", request)[1] == module
