"""`environments:` of transform.yaml: what each says over the rest."""

import pytest

from rpkpy.errors import ProjectError
from rpkpy.project import manifest

TEXT = """\
name: mask
input-topic: test
output-topics: [test-masked]
env: {A: "1", TOKEN: <required>}
compression: gzip
cluster: {kafka_batch_max_bytes: 1000}
environments:
  prod:
    input-topic: live
    output-topics: [masked, audit]
    env: {A: "2", B: "3"}
    compression: zstd
    cluster: {data_transforms_runtime_limit_ms: 5}
  same:
  single: {output_topic: one}
"""


def test_what_an_environment_says_goes_before_the_rest() -> None:
    found = manifest.parse(TEXT).in_environment("prod")
    assert (found.input_topic, found.output_topics, found.compression) == ("live", ("masked", "audit"), "zstd")
    assert found.env == {"A": "2", "TOKEN": "<required>", "B": "3"}
    assert found.required_env == ("TOKEN",)
    assert found.cluster == {"kafka_batch_max_bytes": 1000, "data_transforms_runtime_limit_ms": 5}


def test_what_it_does_not_say_stays() -> None:
    base = manifest.parse(TEXT)
    assert base.in_environment("same") == base
    assert base.in_environment("single").output_topics == ("one",)
    assert any("rpk does not know this spelling" in warning for warning in base.warnings)


def test_an_unknown_environment() -> None:
    with pytest.raises(ProjectError, match="no environment 'production'") as caught:
        manifest.parse(TEXT).in_environment("production")
    assert caught.value.cause == "It has prod, same, single."
    with pytest.raises(ProjectError) as caught:
        manifest.parse("name: x\n").in_environment("production")
    assert caught.value.cause == "It has none."


def test_an_environment_that_would_feed_itself() -> None:
    text = "name: x\ninput-topic: a\noutput-topic: b\nenvironments: {e: {input-topic: b}}\n"
    with pytest.raises(ProjectError, match=r"4:16: `b` is the input and an output topic in environment 'e'"):
        manifest.parse(text).in_environment("e")


@pytest.mark.parametrize(
    ("environments", "said"),
    [
        ("[a]", "`environments` must be a mapping"),
        ("{a: 1}", "`environments.a` must be a mapping"),
        ("{a: {input-topc: x}}", "is not a key of environments.a. Did you mean `input-topic`"),
        ("{a: {name: x}}", "`name` is not a key of environments.a"),
        ("{a: {from-offset: +1}}", "`from-offset` is not a key of environments.a"),
        ("{a: {compression: brotli}}", "`compression` cannot be 'brotli'"),
        ("{a: {input-topic: 'x y'}}", "cannot be a topic"),
        ("{a: {env: {REDPANDA_X: y}}}", "REDPANDA_"),
        ("{a: {cluster: {kafka_batch_max_bytes: -1}}}", "positive whole number"),
        ("{a: {}, a: {}}", "given twice"),
        ("{'': {}}", "cannot be called"),
        ("{'a b': {}}", "cannot be called"),
    ],
)
def test_what_cannot_stand_there(environments: str, said: str) -> None:
    with pytest.raises(ProjectError) as caught:
        manifest.parse(f"name: mask\nenvironments: {environments}\n")
    assert caught.value.message.startswith("transform.yaml:2:")
    assert said in caught.value.message
