"""Scaffolding: layers, paths that stay inside, and folders that are not harmed."""

import json
import tomllib
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import ProjectError, RpkpyError, UsageError
from rpkpy.project import manifest, scaffold
from rpkpy.project.fixtures import reading as fixtures
from rpkpy.project.rules import check_name
from rpkpy.project.scaffold import paths, reading, sandbox

TOML = """
title = "X"
languages = ["x", "x-two"]
needs = ["nothing"]
makes = "a file"
readme = "About {{ name }}."
"""
PATTERN = 'summary = "Pass"\npicture = "in -> out"\ninput_topic = "in"\n[env]\nK = "v"\n'


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A folder of templates with one language, `x`, and its pattern `p`."""
    root = tmp_path / "templates"
    for folder in ("shared/project", "patterns/p", "x/project", "x/patterns/p"):
        (root / folder).mkdir(parents=True)
    (root / "patterns/p/pattern.toml").write_text(PATTERN)
    (root / "patterns/p/input.jsonl").write_text("{}\n")
    (root / "x/template.toml").write_text(TOML)
    (root / "shared/project/transform.yaml.j2").write_text("name: {{ name | quote }}\nlanguage: {{ language }}\n")
    (root / "shared/project/both").write_text("shared")
    (root / "x/project/both").write_text("project {{ not rendered }}")
    (root / "x/project/{{ slug }}.x.j2").write_text("{{ pattern.env.K }} {{ template.readme }}")
    (root / "x/patterns/p/code").write_text("pattern")
    return root


def create(templates: Path, directory: Path, name: str = "My Name", *, force: bool = False) -> scaffold.Created:
    (template,) = scaffold.load_all(templates)
    return scaffold.create(template, language="x", pattern="p", directory=directory, name=name, force=force)


def content(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def test_layers_and_rendering(templates: Path, tmp_path: Path) -> None:
    made = create(templates, tmp_path / "deep" / "er")
    assert content(made.directory) == {
        "transform.yaml": 'name: "My Name"\nlanguage: x\n',
        "both": "project {{ not rendered }}",
        "my-name.x": "v About My Name.",
        "code": "pattern",
        "samples/input.jsonl": "{}\n",
    }
    assert [str(path) for path in made.files] == sorted(content(made.directory))
    assert made.directory.stat().st_mode & 0o777 == 0o755


def test_includes_of_a_sibling(templates: Path, tmp_path: Path) -> None:
    (templates / "y/patterns/p/sub").mkdir(parents=True)
    (templates / "y/patterns/p/code").write_text("of y")
    (templates / "y/patterns/p/sub/file").write_text("of y too")
    (templates / "y/template.toml").write_text(TOML.replace('"x", "x-two"', '"y"'))
    (templates / "x/patterns/p/code").unlink()
    extra = 'patterns_from = "../y/patterns"\ninclude = [{from = "../y/patterns/p/sub", to = "lib"}]\n'
    (templates / "x/template.toml").write_text(TOML + extra)
    template = scaffold.find(scaffold.load_all(templates), "x-two")
    scaffold.create(template, language="x-two", pattern="p", directory=tmp_path / "made", name="m")
    files = content(tmp_path / "made")
    assert (files["code"], files["lib/file"], files["sub/file"]) == ("of y", "of y too", "of y too")
    assert files["transform.yaml"] == 'name: "m"\nlanguage: x-two\n'


def test_parts_that_patterns_share(templates: Path, tmp_path: Path) -> None:
    (templates / "y/patterns/p").mkdir(parents=True)
    for part in ("y/parts/one", "y/parts/two/src", "y/parts/three", "x/parts/one"):
        (templates / part).mkdir(parents=True)
        (templates / part / Path(part).name).write_text(f"of {part}")
    (templates / "x/template.toml").write_text(TOML + 'patterns_from = "../y/patterns"\n')
    (templates / "patterns/p/pattern.toml").write_text('parts = ["one", "two"]\n' + PATTERN)
    files = content(create(templates, tmp_path / "made").directory)
    assert (files["one"], files["src/src"], "three" in files) == ("of x/parts/one", "of y/parts/two/src", False)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ('summary = "Pass"\n', "`picture` is missing"),
        ("sumary = 1\n" + PATTERN, "unknown key `sumary`"),
        ('parts = ["../../patterns"]\n' + PATTERN, "is no folder's name"),
        ("parts = 1\n" + PATTERN, "`parts` must be a list"),
        ("change = 1\n" + PATTERN, "`change` must be a str"),
        ("summary = ", "cannot be read"),
    ],
)
def test_a_pattern_toml_that_is_wrong(templates: Path, toml: str, words: str) -> None:
    (templates / "patterns/p/pattern.toml").write_text(toml)
    with pytest.raises(ProjectError, match=words):
        scaffold.load_all(templates)


def test_a_file_in_the_way_stops_it_before_anything_is_written(templates: Path, tmp_path: Path) -> None:
    target = tmp_path / "made"
    (target / "samples").mkdir(parents=True)
    (target / "samples" / "input.jsonl").write_text("mine")
    (target / "notes").write_text("mine too")
    with pytest.raises(ProjectError) as caught:
        create(templates, target)
    assert caught.value.cause == "samples/input.jsonl"
    assert content(target) == {"samples/input.jsonl": "mine", "notes": "mine too"}
    create(templates, target, force=True)
    files = content(target)
    assert (files["samples/input.jsonl"], files["notes"], len(files)) == ("{}\n", "mine too", 6)


def test_a_transform_is_there_already(templates: Path, tmp_path: Path) -> None:
    create(templates, tmp_path / "made")
    with pytest.raises(ProjectError, match="There is a transform in this folder already"):
        create(templates, tmp_path / "made")


@pytest.mark.parametrize("force", [False, True])
def test_nothing_is_written_through_a_link(templates: Path, tmp_path: Path, force: bool) -> None:
    outside, target = tmp_path / "outside", tmp_path / "made"
    outside.mkdir()
    target.mkdir()
    (target / "samples").symlink_to(outside)
    with pytest.raises(ProjectError, match="samples is in the way"):
        create(templates, target, force=force)
    (target / "samples").unlink()
    (outside / "both").write_text("theirs")
    (target / "both").symlink_to(outside / "both")
    if force:  # the link itself is replaced
        create(templates, target, force=True)
        assert not (target / "both").is_symlink()
    else:
        with pytest.raises(ProjectError, match="there already"):
            create(templates, target)
    assert content(outside) == {"both": "theirs"}


def test_a_file_or_folder_of_the_wrong_kind(templates: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="file is a file"):
        create(templates, tmp_path / "file")
    (tmp_path / "made" / "code").mkdir(parents=True)
    with pytest.raises(ProjectError, match="code is in the way"):
        create(templates, tmp_path / "made", force=True)
    with pytest.raises(ProjectError, match="cannot be made"):
        create(templates, tmp_path / "file" / "below")


@pytest.mark.parametrize("path", ["{{ '../' }}up", "{{ '/etc' }}/x", "a{{ '\\\\..' }}", "{{ 'c:' }}x", "{{ '\n' }}x"])
def test_paths_that_leave_the_project(templates: Path, tmp_path: Path, path: str) -> None:
    file = templates / "x/project" / path
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    except OSError:
        pytest.skip("this file system has no such name")
    with pytest.raises(ProjectError):
        create(templates, tmp_path / "made")
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "source",
    [
        "{{ missing }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ template.folder }}",
        "{% for i in range(10000000) %}{% endfor %}",
        "{% include '/etc/passwd' %}",
        "{{ 1 / 0 }}",
        "{{",
    ],
)
def test_what_a_template_may_not_do(templates: Path, tmp_path: Path, source: str) -> None:
    (templates / "x/project/bad.j2").write_text(source)
    with pytest.raises(ProjectError, match=r"bad\.j2 cannot be rendered"):
        create(templates, tmp_path / "made")
    assert not (tmp_path / "made").exists()


def test_a_template_with_a_link_or_too_much(templates: Path, tmp_path: Path) -> None:
    (templates / "x/project/link").symlink_to("/etc/passwd")
    with pytest.raises(ProjectError, match="symbolic link"):
        create(templates, tmp_path / "made")
    (templates / "x/project/link").unlink()
    (templates / "x/project/big").write_bytes(b"x" * (paths.MAX_FILE_BYTES + 1))
    with pytest.raises(ProjectError, match="more than a project can need"):
        create(templates, tmp_path / "made")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        (TOML.replace('title = "X"', ""), "`title` is missing"),
        (TOML + "colour = 1\n", "unknown key `colour`"),
        (TOML.replace('["nothing"]', "1"), "`needs` must be a list"),
        (TOML + 'include = ["../../.."]\n', "is no folder of the templates"),
        (TOML + 'include = ["nowhere"]\n', "is no folder of the templates"),
        ("title = [", "cannot be read"),
    ],
)
def test_a_template_toml_that_is_wrong(templates: Path, toml: str, words: str) -> None:
    (templates / "x/template.toml").write_text(toml)
    with pytest.raises(ProjectError, match=words):
        scaffold.load_all(templates)


def test_unknown_language_pattern_and_name(templates: Path, tmp_path: Path) -> None:
    (template,) = scaffold.load_all(templates)
    with pytest.raises(UsageError) as caught:
        scaffold.find([template], "x-tow")
    assert "Did you mean x-two?" in (caught.value.fix or "")
    with pytest.raises(UsageError, match='no pattern "q"'):
        scaffold.create(template, language="x", pattern="q", directory=tmp_path / "m", name="m")
    with pytest.raises(UsageError, match="cannot be a transform's name"):
        create(templates, tmp_path / "m", "a/b")


@given(st.text(max_size=200))
def test_names_made_of_folders_can_be_names(folder: str) -> None:
    name = scaffold.name_from(folder)
    assert not name or check_name(name) is None


@given(st.text(max_size=40))
def test_slugs_are_package_names(name: str) -> None:
    slug = scaffold.slug(name)
    assert slug.isascii() and slug[0].isalpha() and slug == slug.lower()
    assert slug.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "lpt9"])
def test_a_slug_is_no_device_of_windows_which_go_refuses(name: str) -> None:
    assert scaffold.slug(name) == f"transform-{name.lower()}"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_quoted_text_reads_back_in_toml_and_in_a_manifest(text: str) -> None:
    quoted = sandbox.quote(text)
    assert tomllib.loads(f"a = {quoted}")["a"] == text
    if text.isprintable():
        assert json.loads(quoted) == text
        if check_name(text) is None:
            assert manifest.parse(f"name: {quoted}").name == text


def test_the_tree() -> None:
    files = [PurePosixPath(path) for path in ("b", "a/y", "a/b/c", "z", "a/x")]
    assert scaffold.tree(files) == ["  b", "  z", "  a/", "    x", "    y", "    b/", "      c"]


def every_project() -> list[tuple[str, str]]:
    return [
        (language, pattern)
        for template in scaffold.load_all()
        for language in template.languages
        for pattern in template.patterns
    ]


@pytest.mark.parametrize(("language", "pattern"), every_project())
def test_what_every_project_has(language: str, pattern: str, tmp_path: Path) -> None:
    template = scaffold.find(scaffold.load_all(), language)
    assert {"identity", "masking"} <= set(template.patterns)
    name = 'x: "y" \u00e9 #1'
    made = scaffold.create(template, language=language, pattern=pattern, directory=tmp_path / "m", name=name)
    files = content(made.directory)
    assert {"README.md", ".gitignore", "transform.yaml", "samples/input.jsonl", "samples/expected.jsonl"} <= set(files)
    assert fixtures.load(made.directory / "tests" / f"{pattern}.yaml", "fixture")
    read = manifest.load(made.directory / "transform.yaml")
    assert (read.name, read.language, read.warnings) == (name, language, ())
    assert read.cluster == template.cluster
    if pattern == "masking":
        assert (read.input_topic, read.output_topics) == ("customer", ("customer_masked",))
        assert read.env == {"MASK_FIELDS": "email, phone, card_number, street"}
    for text in files.values():
        assert "{{" not in text.replace("{{}}", "") or "{%" not in text


def test_missing_templates_are_an_error_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "__file__", str(tmp_path / "a" / "b" / "c" / "d.py"))
    with pytest.raises(RpkpyError, match="templates are missing"):
        scaffold.templates_dir()
