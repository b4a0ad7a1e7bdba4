"""A project folder: found or not, its language, and the hash of its sources."""

from pathlib import Path

import pytest

from rpkpy.errors import ProjectError
from rpkpy.project import project


def made(root: Path, text: str = "name: m\nlanguage: c\n") -> project.Project:
    root.mkdir(exist_ok=True)
    (root / "transform.yaml").write_text(text)
    (root / "transform.c").write_text("int main(void) { return 0; }\n")
    return project.load(root)


def test_a_project(tmp_path: Path) -> None:
    found = made(tmp_path)
    assert found.wasm_path == tmp_path / "m.wasm"
    assert found.toolchain().keys[0] == "c"


def test_no_project_here_but_above(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"There is no transform.yaml in this folder"):
        project.load(tmp_path)
    made(tmp_path)
    (tmp_path / "src").mkdir()
    with pytest.raises(ProjectError) as caught:
        project.load(tmp_path / "src")
    assert caught.value.fix == f"cd {tmp_path}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: m\nlanguage: cobol\n", 'transform.yaml:2:11: rpkpy cannot build the language "cobol".'),
        ("name: m\n", "transform.yaml: `language` is missing."),
    ],
)
def test_a_language_that_cannot_be_built(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        made(tmp_path, text).toolchain()
    assert caught.value.message == message
    assert "rust" in (caught.value.fix or "")


def test_the_source_hash_follows_what_is_compiled_alone(tmp_path: Path) -> None:
    found = made(tmp_path)

    def current() -> str:
        return found.source_hash(found.toolchain())

    first = current()
    (tmp_path / "README.md").write_text("not compiled")
    (tmp_path / "m.wasm").write_bytes(b"\0asm")
    assert current() == first
    (tmp_path / "more.h").write_text("#define A 1\n")
    with_header = current()
    assert with_header != first
    (tmp_path / "more.h").rename(tmp_path / "other.h")
    assert current() not in (first, with_header)
    (tmp_path / "other.h").unlink()
    assert current() == first
