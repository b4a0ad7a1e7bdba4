"""`input-topics:` of transform.yaml: what it may hold, how the transforms are called, what runs on this machine."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import ProjectError
from rpkpy.project import manifest, run
from rpkpy.project.rules import MAX_INPUT_TOPICS, MAX_NAME_BYTES, check_name, name_for_input
from tests.cli.harness import Cli
from tests.engine.guest import wasm
from tests.project.fixtures.guests import PICKY

TEXT = "name: mask\ninput-topics: [a, b.c]\noutput-topic: out\n"


def test_a_transform_for_each() -> None:
    found = manifest.parse(TEXT)
    assert (found.input_topic, found.input_topics, found.inputs) == ("", ("a", "b.c"), ("a", "b.c"))
    assert [found.transform_of(topic) for topic in found.inputs] == ["mask-a", "mask-b.c"]
    assert found.warnings == ()
    assert manifest.parse(TEXT.replace("input-topics", "input_topics")).inputs == ("a", "b.c")


def test_a_list_of_one_is_a_list() -> None:
    assert manifest.parse("name: mask\ninput-topics: [a]\n").transform_of("a") == "mask-a"
    assert manifest.parse("name: mask\ninput-topic: a\n").transform_of("a") == "mask"
    assert manifest.parse("name: mask\ninput-topics:\n").inputs == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input-topics: [a]\ninput-topic: a\n", "give `input-topic` or `input-topics`, not both"),
        ("input-topics: [a, a]\n", "3:19: input topic `a` is given twice"),
        ("input-topics: [a, b]\noutput-topics: [c, b]\n", "`b` is an input topic too: the transform would feed itself"),
        ("input-topics: [a, 'b c']\n", "'b c' cannot be a topic"),
        ("input-topics: [a, ~]\n", "'' cannot be a topic"),
        ("input-topics: a\n", "`input-topics` must be a list"),
        (f"input-topics: [{', '.join(f't{n}' for n in range(MAX_INPUT_TOPICS + 1))}]\n", "a project has at most 100"),
    ],
)
def test_what_cannot_be(text: str, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        manifest.parse(f"name: mask\nlanguage: c\n{text}")
    assert said in caught.value.message


def test_environments_have_their_own() -> None:
    text = TEXT + "environments: {one: {input-topic: x}, two: {input-topics: [y]}, same: {compression: gzip}}\n"
    found = manifest.parse(text)
    assert found.in_environment("one").inputs == ("x",)
    assert found.in_environment("one").transform_of("x") == "mask"
    assert found.in_environment("two").transform_of("y") == "mask-y"
    assert found.in_environment("same").inputs == ("a", "b.c")
    with pytest.raises(ProjectError, match="`out` is the input and an output topic in environment 'one'"):
        manifest.parse(text.replace("x}", "out}")).in_environment("one")


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    topic = "t" * 248
    name = name_for_input("mask", topic + "1")
    assert name == name_for_input("mask", topic + "1")
    assert name.startswith("mask-ttt")
    assert (len(name), name == name_for_input("mask", topic + "2")) == (MAX_NAME_BYTES, False)


@given(st.text(min_size=1, max_size=40), st.text("ab-._", min_size=1, max_size=249))
def test_every_name_is_one_that_the_broker_takes(project: str, topic: str) -> None:
    if check_name(project) is None:
        assert check_name(name_for_input(project, topic)) is None


@pytest.fixture
def project(cli: Cli) -> Path:
    """A project of two inputs with a built module."""
    cli.cwd = cli.home / "mask"
    (cli.cwd / "tests").mkdir(parents=True)
    (cli.cwd / "transform.yaml").write_text(TEXT)
    (cli.cwd / "mask.wasm").write_bytes(wasm(PICKY))
    return cli.cwd


def test_run_reads_the_first_or_the_one_that_is_named(project: Path) -> None:
    plan = run.plan(project, None, env={})
    assert (plan.name, plan.input_topic) == ("mask-a", "a")
    plan = run.plan(project, None, env={}, input_topic="b.c")
    assert (plan.name, plan.input_topic) == ("mask-b.c", "b.c")


ASKS = """(drop (call $environ_get (i32.const 8192) (i32.const 8448)))
  (drop (call $args_get (i32.const 16384) (i32.const 16400)))
  (memory.copy (i32.const 8440) (i32.const 16400) (i32.const 8))
  (call $reply_bytes (i32.const 8440) (i32.const 60))"""
"""Answers each record with the transform's name (eight bytes) and the environment."""
FIXTURE = """\
tests:
  - {name: first, input_batch: [{}], outputs: [{content_matches: "^mask-a.*REDPANDA_INPUT_TOPIC=a\\0"}]}
  - {name: other, topic: b.c, input_batch: [{}], outputs: [{content_matches: "^mask-b.c.*REDPANDA_INPUT_TOPIC=b.c\\0"}]}
"""


def test_the_topic_of_a_fixture_picks_the_input(cli: Cli, project: Path) -> None:
    (project / "mask.wasm").write_bytes(wasm(ASKS))
    (project / "tests" / "all.yaml").write_text(FIXTURE)
    outcome = cli("transform", "test")
    assert outcome.code == 0, outcome.stdout + outcome.err


def test_validate_passes(cli: Cli, project: Path) -> None:
    assert cli("transform", "validate").code == 0
    outcome = cli("transform", "run", stdin=b'{"value": "x"}\n')
    assert json.loads(outcome.stdout)["topic"] == "out"
