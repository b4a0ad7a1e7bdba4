"""transform.yaml: what is read, what is refused and where, and edits that leave the rest alone."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.errors import ProjectError
from rpkpy.project import manifest
from rpkpy.wasm.limits import BROKER, Limits

FULL = """\
# mine
name: mask # the name
description: |
  two
  lines
input-topic: in
output-topics:
  - a
  - b
language: Rust
env:
  PORT: 8080
  NORWAY: no
  QUOTED: "x # y"
  LATER: <required>
compression: ZSTD
from-offset: +5
cluster:
  data_transforms_per_function_memory_limit: 16777216
"""


def test_every_key_is_read() -> None:
    read = manifest.parse(FULL)
    assert read == manifest.Manifest(
        name="mask",
        description="two\nlines\n",
        input_topic="in",
        output_topics=("a", "b"),
        language="rust",
        env={"PORT": "8080", "NORWAY": "no", "QUOTED": "x # y", "LATER": "<required>"},
        compression="zstd",
        from_offset="+5",
        cluster={"data_transforms_per_function_memory_limit": 16777216},
    )
    assert read.limits() == Limits(memory_bytes=16777216)
    assert read.required_env == ("LATER",)
    assert read.places["language"] == "transform.yaml:10:11"


def test_a_name_is_enough_and_empty_means_not_set() -> None:
    read = manifest.parse("\ufeffname: m\ninput-topic:\noutput-topic: ''\nenv:\ncluster: ~\noutput-topics:\n")
    assert read == manifest.Manifest(name="m")
    assert read.limits() == BROKER


def test_one_topic_and_merged_variables() -> None:
    text = "name: m\noutput-topic: o\nbase: &b {A: 1, B: 2}\nenv:\n  <<: *b\n  B: own\n"
    read = manifest.parse(text)
    assert (read.output_topics, read.env) == (("o",), {"A": "1", "B": "own"})


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("input_topic: x", "transform.yaml:2:1: `input_topic` is read as `input-topic`"),
        ("output_topics: [x]", "transform.yaml:2:1: `output_topics` is read as `output-topics`"),
        ("inptu-topic: x", "Did you mean `input-topic`?"),
        ("colour: red", "transform.yaml:2:1: `colour` is not a key of transform.yaml"),
        ("cluster: {data_transforms_runtime_limit: 5}", "Did you mean `data_transforms_runtime_limit_ms`?"),
    ],
)
def test_remarks(line: str, warning: str) -> None:
    (found,) = manifest.parse(f"name: m\n{line}\n").warnings
    assert warning in found


def test_the_underscore_spelling_counts() -> None:
    read = manifest.parse("name: m\ninput_topic: a\noutput_topics: [b]\n")
    assert (read.input_topic, read.output_topics) == ("a", ("b",))


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "1:1", "empty"),
        ("# only a comment\n", "1:1", "empty"),
        ("- a\n", "1:1", "mapping"),
        ("description: x\n", "1:1", "`name` is missing"),
        ("name: ''\n", "1:7", "empty"),
        ("name: a/b\n", "1:7", "cannot be 'a/b'"),
        ("name: ../x\n", "1:7", "cannot be"),
        (f"name: {'x' * 129}\n", "1:7", "longer than 128 bytes"),
        ('name: "a\\u001b"\n', "1:7", "control"),
        ("name: [a]\n", "1:7", "not a list"),
        ("name: a\nname: b\n", "2:1", "given twice"),
        ("name: a\ninput-topic: x\ninput_topic: y\n", "3:1", "given twice"),
        ("name: a\nenv: {A: 1, A: 2}\n", "2:13", "given twice"),
        ("name: a\n\tlanguage: c\n", "2:1", "not YAML"),
        ("name: a\nenv:\n\tA: b\n", "3:1", "not YAML"),
        ("name: 'a\n", "2:1", "not YAML"),
        ("name: a\n---\nname: b\n", "2:1", "not YAML"),
        ("name: a\nx: \x01\n", "2:4", "not YAML"),
        ("name: a\nenv: [A]\n", "2:6", "must be a mapping"),
        ("name: a\nenv:\n  A: [1]\n", "3:6", "`env.A` must be a text"),
        ("name: a\nenv:\n  REDPANDA_X: 1\n", "3:3", "broker's own"),
        ("name: a\nenv:\n  A:\n", "3:3", "1 to 2048 bytes"),
        (f"name: a\nenv:\n  A: {'x' * 2049}\n", "3:3", "1 to 2048 bytes"),
        ("name: a\nenv:\n  'A=B': c\n", "3:3", "cannot hold `=`"),
        ("name: a\noutput-topics: x\n", "2:16", "must be a list"),
        ("name: a\noutput-topic: [x]\n", "2:15", "must be a text"),
        ("name: a\noutput-topic: x\noutput-topics: [y]\n", "2:15", "not both"),
        ("name: a\noutput-topics: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n", "2:16", "at most 8"),
        ("name: a\noutput-topics: [x, x]\n", "2:20", "given twice"),
        ("name: a\ninput-topic: x\noutput-topics: [x]\n", "3:17", "feed itself"),
        ("name: a\ninput-topic: a b\n", "2:14", "cannot be a topic"),
        ("name: a\ncompression: gzp\n", "2:14", "Did you mean `gzip`?"),
        ("name: a\nfrom-offset: 5\n", "2:14", "`from-offset` cannot be '5'"),
        ("name: a\ncluster:\n  data_transforms_runtime_limit_ms: 2s\n", "3:37", "positive whole number"),
        ("name: a\ncluster:\n  data_transforms_runtime_limit_ms: 0\n", "3:37", "positive whole number"),
        ("name: a\nenv: &e\n  <<: *e\n", "2:6", "more entries"),
        ("name: a\n? [x]\n: y\n", "2:3", "a key must be a text"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(text: str, place: str, words: str) -> None:
    with pytest.raises(ProjectError) as caught:
        manifest.parse(text)
    assert caught.value.message.startswith(f"transform.yaml:{place}: ")
    assert words in caught.value.message


def test_a_tab_is_explained() -> None:
    with pytest.raises(ProjectError) as caught:
        manifest.parse("name: a\n\tlanguage: c\n")
    assert caught.value.fix == "YAML is indented with spaces; replace the tab."


def test_bytes_that_are_not_a_manifest(tmp_path: Path) -> None:
    file = tmp_path / "transform.yaml"
    file.write_bytes(b"name: a\ndescription: \xff\n")
    with pytest.raises(ProjectError, match=r"t\.yaml:2:14: this is not UTF-8"):
        manifest.load(file, "t.yaml")
    file.write_bytes(b"name: a\n#" + b"x" * manifest.MAX_FILE_BYTES)
    with pytest.raises(ProjectError, match="larger than 128 KiB"):
        manifest.load(file)
    file.write_bytes(b"name: a\x01\n")
    with pytest.raises(ProjectError, match="is not YAML"):
        manifest.load(file)
    with pytest.raises(ProjectError, match="There is no"):
        manifest.load(tmp_path / "none.yaml")
    with pytest.raises(ProjectError, match="cannot be read"):
        manifest.load(tmp_path)


BOMBS = {
    "aliases": "name: a\na0: &a0 [x]\n"
    + "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30)),
    "merges": "name: a\na0: &a0 {x: y}\n"
    + "".join(f"a{i}: &a{i} {{<<: [{','.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 30))
    + "env:\n  <<: *a29\n",
    "brackets": "name: a\nx: " + "[" * 100_000,
    "braces": "name: a\nx: " + "{a: " * 30_000,
    "entries": "name: a\nx: [" + "1," * 60_000 + "]",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_end_at_once(bomb: str) -> None:
    started = time.process_time()
    try:
        read = manifest.parse(BOMBS[bomb])
    except ProjectError:
        read = None
    assert time.process_time() - started < 1
    # aliases are never expanded, so a file full of them is a small file with a name
    assert (read is not None) == (bomb == "aliases")


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("name: &*<>[]{}|-\n\t'\"#%!,?ab\u00e9\ufeff\x85"), max_size=60))
def test_any_text_is_a_manifest_or_an_error_for_people(text: str) -> None:
    try:
        assert manifest.parse(text).name
    except ProjectError as error:
        assert error.message.startswith("transform.yaml")


def test_an_edit_leaves_comments_and_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "transform.yaml"
    file.write_text(FULL)
    file.chmod(0o640)
    edited = manifest.edit(file, {"input-topic": "other", "env": {"A": "1"}, "from-offset": "-3"}, remove=["cluster"])
    assert edited.input_topic == "other"
    expected = FULL.replace("input-topic: in", "input-topic: other").replace("+5", "'-3'")
    before, _, after = expected.partition("env:\n")
    after = after[after.index("compression") : after.index("cluster")]
    assert file.read_text() == f"{before}env:\n  A: '1'\n{after}"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["transform.yaml"]


def test_an_edit_keeps_spelling_and_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "transform.yaml"
    file.write_bytes('\ufeff# top\r\nname: a # n\r\noutput_topics:\r\n- b # first\r\ninput_topic: "x"\r\n'.encode())
    manifest.edit(file, {"input-topic": "y", "language": "c"})
    expected = b'# top\r\nname: a # n\r\noutput_topics:\r\n- b # first\r\ninput_topic: "y"\r\nlanguage: c\r\n'
    assert file.read_bytes() == expected


def test_an_edit_that_makes_no_manifest_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "transform.yaml"
    file.write_text(FULL)
    with pytest.raises(ProjectError, match="cannot be"):
        manifest.edit(file, {"name": "a/b"})
    assert file.read_text() == FULL
