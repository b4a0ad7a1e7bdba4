"""Templates that are not ours, from a folder: what they may hold, and that the hostile ones leave nothing behind."""

import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rpkpy.errors import ProjectError, RpkpyError, UsageError
from rpkpy.project import manifest, scaffold
from rpkpy.project.scaffold import paths, sandbox
from tests.project.scaffold.written import TOML, content, create, nothing_written, template

VALUES = """
[values.topic]
description = "Where to read"
default = "in"
pattern = "[a-z/.]+"
[values.size]
type = "integer"
default = 3
choices = [3, 5]
[values.tap]
type = "boolean"
default = false
"""


def test_one_file_and_a_template_toml_are_enough(tmp_path: Path) -> None:
    mine = template(tmp_path / "mine", {"project/{{ slug }}.txt.j2": "{{ name }} {{ values.size + 1 }}"}, TOML + VALUES)
    made, source = create(mine, tmp_path / "made", size="5")
    files = content(tmp_path / "made")
    assert set(files) == {
        ".gitignore",
        ".rpkpy-template.toml",
        "README.md",
        "demo.txt",
        "transform.c",
        "transform.yaml",
    }
    assert files["demo.txt"] == "demo 6"
    assert files["README.md"].startswith("# demo\n\nA data transform in Mine") and "samples" not in files["README.md"]
    assert "About demo." in files["README.md"]
    assert manifest.load(made.directory / "transform.yaml").language == "c"
    assert (made.pattern, source.remarks) == ("", ())
    assert tomllib.loads(files[".rpkpy-template.toml"]) == {
        "template": str(mine),
        "language": "c",
        "name": "demo",
        "values": {"topic": "in", "size": 5, "tap": False},
    }


def test_what_is_recorded_makes_the_same_project_again(tmp_path: Path) -> None:
    mine = template(tmp_path / "mine", {"project/x.j2": "{{ values }}"}, TOML + VALUES)
    create(mine, tmp_path / "one", topic="a/b", tap="yes")
    record = tomllib.loads((tmp_path / "one/.rpkpy-template.toml").read_text())
    create(record["template"], tmp_path / "two", **record["values"])
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_copy_of_one_of_ours_makes_what_ours_makes(tmp_path: Path) -> None:
    shutil.copytree(scaffold.templates_dir() / "python", tmp_path / "mine")
    create(tmp_path / "mine", tmp_path / "copied", "masking")
    ours = scaffold.find(scaffold.load_all(), "python")
    scaffold.create(ours, language="python", pattern="masking", directory=tmp_path / "ours", name="demo")
    copied = content(tmp_path / "copied")
    assert copied.pop(".rpkpy-template.toml")
    assert copied == content(tmp_path / "ours")


def test_our_whole_folder_is_a_folder_of_templates(tmp_path: Path) -> None:
    _, source = create(scaffold.templates_dir(), tmp_path / "made", "identity")
    assert [each.title for each in source.templates] == [each.title for each in scaffold.load_all()]


def test_patterns_of_its_own(tmp_path: Path) -> None:
    described = 'summary = "Count"\npicture = "in -> out"\ninput_topic = "numbers"\nparts = ["lib"]\n[env]\nBY = "2"\n'
    files = {
        "patterns/count/pattern.toml": described,
        "patterns/count/input.jsonl": "{}\n",
        "patterns/count/tests/count.yaml": "tests: []\n",
        "patterns/count/count.c": "int count;\n",
        "parts/lib/lib.c": "int lib;\n",
        "patterns/masking/masking.c": "int masking;\n",
    }
    mine = template(tmp_path / "mine", files)
    create(mine, tmp_path / "made", "count")
    made = content(tmp_path / "made")
    assert {"count.c", "lib.c", "samples/input.jsonl", "tests/count.yaml"} < set(made)
    assert not {"pattern.toml", "input.jsonl"} & set(made)
    read = manifest.load(tmp_path / "made/transform.yaml")
    assert (read.input_topic, read.description, read.env) == ("numbers", "Count", {"BY": "2"})
    create(mine, tmp_path / "ours", "masking")  # which rpkpy describes
    assert {"masking.c", "tests/masking.yaml", "samples/expected.jsonl"} < set(content(tmp_path / "ours"))
    with pytest.raises(ProjectError, match=r"patterns/new/pattern\.toml cannot be read"):
        create(template(tmp_path / "other", {"patterns/new/x": ""}), tmp_path / "x")


def test_commands_are_not_run_and_junk_is_left_out(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    toml = TOML + f'install = [["touch", "{ran}"]]\n'
    mine = template(tmp_path / "mine", {"project/node_modules/x": "", "project/.git/config": "[core]"}, toml)
    (mine / "project/node_modules/link").symlink_to("/etc")
    made, source = create(mine, tmp_path / "made")
    assert (made.install, source.templates[0].install) == ((), (("touch", str(ran)),))
    scaffold.install(made, environ=os.environ, say=print)
    assert not ran.exists() and not (tmp_path / "made/.git").exists() and not (tmp_path / "made/node_modules").exists()


PATHS = {
    "up": "{{ '..' }}/x",
    "up in one": "{{ '..' ~ '\\x2f' }}x",
    "value up": "{{ values.topic }}x",
    "absolute": "{{ '\\x2f' }}etc/x",
    "backslash": "{{ '\\x5c' }}x",
    "drive": "{{ 'c' ~ '\\x3a' }}x",
    "NUL": "{{ '\\0' }}x",
    "newline": "{{ '\\n' }}x",
    "empty": "{{ '' }}",
    "dot": "{{ '.' }}",
    "git": "{{ '.git' }}/hooks/post-commit",
    "git, other case": "{{ '.GIT' }}/config",
    "git, short": "git~1/config",
    "git, ignored character": "{{ '.g\\u200cit' }}/config",
    "git, wide": "{{ '\\uff0egit' }}/config",
    "git in a folder": "sub/{{ '.git' }}/config",
    "device": "sub/NUL.txt",
    "device in a folder": "con/x",
    "trailing dot": "x.",
    "trailing space": "{{ 'x ' }}",
    "surrogate": "{{ '\\ud800' }}x",
    "long": "{{ 'x' * 256 }}",
    "deep": "{{ 'x\\x2f' * 600 }}x",
    "file and folder": "transform.c/{{ 'x' }}",
    "escape": "{{ ''['__class__'].__mro__ }}",
}


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
def test_paths_that_are_none(tmp_path: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = template(tmp_path / "mine", {}, TOML + VALUES)
    if path.startswith("transform.c/"):
        path = path.replace("transform.c", "{{ 'transform.c' }}")
    file = mine / "project" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError) as caught:
        create(mine, tmp_path / "made", topic="../../")
    assert "path" in caught.value.message or "cannot be rendered" in caught.value.message or "both" in str(caught.value)


def test_two_paths_that_differ_in_case_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = template(tmp_path / "mine", {"project/Src/a": "", "project/{{ 'src' }}/b": ""})
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="Src and src"):
        create(mine, tmp_path / "made")


def link(to: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(to)


def bind(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(path.parent)  # the path of a socket has 108 bytes
        try:
            listener.bind(path.name)
        finally:
            os.chdir(here)


@pytest.mark.parametrize(
    ("where", "make"),
    [
        ("project/passwd", link("/etc/passwd")),
        ("project/etc", link("/etc")),
        ("project/loop", link("loop")),
        ("project/inside", link("transform.c")),
        ("patterns", link("/etc")),
        ("parts", link("..")),
        ("project/pipe", os.mkfifo),
        ("project/socket", bind),
        ("pipe", os.mkfifo),
    ],
)
def test_links_and_special_files(
    tmp_path: Path, where: str, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = template(tmp_path / "mine", {})
    make(mine / where)
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match=r"symbolic link|no regular file"):
        create(mine, tmp_path / "made")


@pytest.mark.parametrize("where", ["project", "template.toml"])
def test_links_in_place_of_what_a_template_is(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = template(tmp_path / "mine", {})
    (mine / where).rename(tmp_path / "outside")
    (mine / where).symlink_to(tmp_path / "outside")
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="symbolic link"):
        create(mine, tmp_path / "made")


def test_a_pipe_for_a_template_toml_is_not_waited_for(tmp_path: Path) -> None:
    mine = template(tmp_path / "mine", {})
    (mine / "template.toml").unlink()
    os.mkfifo(mine / "template.toml")
    with pytest.raises(ProjectError, match="no regular file"):
        create(mine, tmp_path / "made")


def test_too_many_files_and_too_large_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = template(tmp_path / "mine", {"project/big.j2": "x" * (paths.MAX_FILE_BYTES + 1)})
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="more than a project can need"):
        create(mine, tmp_path / "made")
    (mine / "project/big.j2").unlink()
    (mine / "project/many").mkdir()
    for number in range(10_000):
        (mine / "project/many" / str(number)).touch()
    with pytest.raises(ProjectError, match="the most is 2,000"):
        create(mine, tmp_path / "made")
    shutil.rmtree(mine / "project/many")
    for number in range(17):
        (mine / f"project/{number}").write_bytes(b"x" * paths.MAX_FILE_BYTES)
    with pytest.raises(ProjectError, match="the most is 16 MiB"):
        create(mine, tmp_path / "made")
    assert not (tmp_path / "made").exists()


LOOP = "{% for i in range(99999) %}{% for j in range(99999) %}%{% endfor %}{% endfor %}"
SOURCES = {
    "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "attr": "{{ ''|attr('__class__') }}",
    "format": "{{ '{0.__class__}'.format('') }}",
    "globals": "{{ cycler.__init__.__globals__ }}",
    "context": "{{ self._TemplateReference__context }}",
    "include": "{% include '/etc/passwd' %}",
    "import": "{% import 'os' as os %}",
    "changed": "{{ template.needs.append('x') }}{{ values.update(x=1) }}",
    "path": "{{ template.folder }}{{ pattern.folder }}",
    "recursion": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "nested": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "endless": LOOP.replace("%}%{%", "%}{%"),
    "endless output": LOOP.replace("%}%{%", "%}0123456789{%"),
    "power": "{{ 9 ** (9 ** 9) }}",
    "memory": "{{ 'x' * 10 ** 9 }}",
    "lists": "{{ [0] * 10 ** 9 }}",
    "surrogate": "{{ '\\ud800' }}",
    "undefined": "{{ values.nothing }}",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_what_a_template_may_not_do(tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "TIME_LIMIT_S", 1)
    mine = template(tmp_path / "mine", {"project/bad.j2": source})
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match=r"bad\.j2 cannot|to render than"):
        create(mine, tmp_path / "made")


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        (TOML.replace("About", "{{ missing }}"), "template.toml cannot be rendered"),
        (TOML + 'include = ["../outside"]\n', "is no folder of the templates"),
        (TOML + 'include = ["/etc"]\n', "is no folder of the templates"),
        (TOML + 'include = ["."]\n', "is no folder of the templates"),
        (TOML + 'include = [{from = "project", to = "../x"}]\n', "leaves the project"),
        (TOML + 'include = [{to = "x"}]\n', "must be a list of folders"),
        (TOML + 'patterns_from = "../outside"\n', "is no folder of the templates"),
        (TOML + "a = " + "[" * 20_000 + "\n", "cannot be read"),
        (TOML + f'a = "{"x" * 70_000}"\n', "larger than 64 KiB"),
        (TOML + 'install = ["sh"]\n', "`install` must be a list of commands"),
        (TOML + 'cluster = {x = "y"}\n', "`cluster` must be a table of whole numbers"),
        (TOML.replace('["c"]', "[1]"), "`languages` must be a list of strings"),
        (TOML.replace('["c"]', "[]"), "`languages` is empty"),
        (TOML.replace('["c"]', '["cobol"]'), "cannot build the language"),
        (TOML.replace('["c"]', '["C++"]'), "is written 'cpp'"),
        (TOML + "[values]\nx = 1\n", "`values` must be a table of tables"),
        (TOML + "[values.items]\n", "value `items` cannot be called so"),
        (TOML + "[values.x]\nsecret = 1\n", "unknown key `secret`"),
        (TOML + '[values.x]\ntype = "float"\n', "cannot be of type 'float'"),
        (TOML + '[values.x]\ndefault = "a"\nchoices = ["b"]\n', "none of its choices"),
        (TOML + '[values.x]\ntype = "integer"\ndefault = "a"\n', "not of its type"),
    ],
)
def test_a_template_toml_that_is_wrong(tmp_path: Path, toml: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside").mkdir()
    mine = template(tmp_path / "mine", {}, toml)
    with nothing_written(tmp_path, monkeypatch), pytest.raises(RpkpyError) as caught:
        create(mine, tmp_path / "made")
    assert words in f"{caught.value.message} {caught.value.cause}"
    assert caught.value.exit_code == 2


def test_a_folder_included_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"lib/{number}": "" for number in range(10)}
    mine = template(tmp_path / "mine", files, TOML + "include = [" + '"lib",' * 1_000 + "]\n")
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="the most is 2,000"):
        create(mine, tmp_path / "made")


def test_a_transform_yaml_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = template(tmp_path / "mine", {"project/transform.yaml": "name: [\n"})
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match=r"makes a transform\.yaml:"):
        create(mine, tmp_path / "made")


def test_folders_that_are_no_template(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no folder nowhere"):
        create("nowhere", tmp_path / "made")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ProjectError, match=r"There is no template\.toml in empty"):
        create("empty", tmp_path / "made")


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({"topics": "x"}, "no value `topics`"),
        ({"topic": "UPPER"}, "`topic` cannot be 'UPPER': it does not match"),
        ({"topic": "x" * 5000}, "at most 4,096 characters"),
        ({"topic": 1}, "it must be text"),
        ({"size": "x"}, "it must be integer"),
        ({"size": "4"}, "it is none of 3, 5"),
        ({"size": True}, "it must be integer"),
        ({"tap": "maybe"}, "it must be true or false"),
    ],
)
def test_values_that_are_wrong(tmp_path: Path, pairs: dict[str, Any], words: str) -> None:
    mine = template(tmp_path / "mine", {}, TOML + VALUES)
    with pytest.raises(UsageError) as caught:
        create(mine, tmp_path / "made", **pairs)
    assert words in caught.value.message


def test_values_that_are_missing_are_all_named(tmp_path: Path) -> None:
    toml = TOML + '[values.a]\ndescription = "An A"\n[values.b]\nchoices = ["x", "y"]\n[values.c]\ndefault = ""\n'
    with pytest.raises(UsageError) as caught:
        create(template(tmp_path / "mine", {}, toml), tmp_path / "made")
    assert caught.value.message == "The template needs values for `a`, `b`."
    assert caught.value.cause == "a: An A\nb: text (x, y)"
    assert "--set a=... --set b=..." in (caught.value.fix or "")


def test_a_regular_expression_that_never_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "TIME_LIMIT_S", 1)
    mine = template(tmp_path / "mine", {}, TOML + "[values.x]\npattern = '(a+)+$'\n")
    with pytest.raises(ProjectError, match="takes more time"):
        create(mine, tmp_path / "made", x="a" * 60 + "!")
    mine = template(tmp_path / "mine", {}, TOML + "[values.x]\npattern = '('\n")
    with pytest.raises(UsageError, match="is no regular expression"):
        create(mine, tmp_path / "made", x="a")


@pytest.mark.parametrize(
    "deed",
    [
        "open('/etc/passwd')",
        "open('made', 'w')",
        "__import__('socket').socket()",
        "'x' * 10 ** 9",
        "__import__('os').pipe()",
    ],
)
def test_the_process_that_renders_can_do_little(tmp_path: Path, deed: str) -> None:
    start = "import sys, socket; from rpkpy.project.scaffold import sandbox as s; "
    done = subprocess.run([sys.executable, "-c", f"{start}{deed}"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 0, done.stderr
    (tmp_path / "made").unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", f"{start}s._confine(5); {deed}"], cwd=tmp_path, capture_output=True)
    assert done.returncode == 1 and (b"Too many open files" in done.stderr or b"MemoryError" in done.stderr)
    assert not (tmp_path / "made").exists()


def test_the_example_of_the_docs(tmp_path: Path) -> None:
    page = (scaffold.templates_dir().parent / "docs/templates.md").read_text(encoding="utf-8")
    files = dict(re.findall(r"^`([^`]+)`:\n\n```\w+\n(.*?)```", page, re.DOTALL | re.MULTILINE))
    assert set(files) == {"template.toml", "project/transform.py.j2"}
    for path, text in files.items():
        (tmp_path / "mine" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / path).write_text(text)
    create(tmp_path / "mine", tmp_path / "made", team="billing", level="loud")
    made = content(tmp_path / "made")
    assert 'print("billing: a record of"' in made["transform.py"] and "{" not in made["transform.py"]
    assert "Ask in #billing when" in made["README.md"]
    compile(made["transform.py"], "transform.py", "exec")
