"""What schemathesis sends as the body of a deploy: a JSON object that is near to a right one, and a module's bytes.

The topics that are there are told by the environment: `TOPICS`, with spaces between.
"""

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st

from rpkpy.config.host_options import CHOICES
from rpkpy.host.openapi import DEPLOY_TYPE
from rpkpy.redpanda.cluster import COMPRESSIONS
from tests.host import guests

NAME = "n"
"""A transform that is deployed before the calls begin."""

_GUEST = guests.wasm()
_TOPICS = os.environ.get("TOPICS", "in out").split()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_topic = st.sampled_from(_TOPICS) | st.sampled_from(["missing", "_rpkpy.transforms", "__consumer_offsets", ""])
_variables = st.lists(
    st.fixed_dictionaries({"key": st.text(max_size=5) | st.just("A" * 129), "value": st.text(max_size=5)}), max_size=3
)
_NAMED = st.fixed_dictionaries(
    {
        "name": st.sampled_from([NAME, "a/b", "ü ?#"]),
        "input_topic": st.just(_TOPICS[0]),
        "output_topics": st.just(_TOPICS[1:2]),
    }
)
_RIGHT = st.builds(
    lambda named, more: named | more,
    _NAMED,
    st.fixed_dictionaries(
        {},
        optional={
            "environment": st.just([{"key": "A", "value": "1"}]),
            "compression": st.sampled_from(COMPRESSIONS),
            "offset": st.fixed_dictionaries(
                {"format": st.sampled_from(["timestamp", "from_start", "from_end"]), "value": st.integers(0, 1 << 64)}
            ),
            "rpkpy": st.fixed_dictionaries(
                {}, optional={name: st.sampled_from(words) for name, words in CHOICES.items() if name != "on_error"}
            ),
        },
    ),
)
_PARTS = {
    "name": st.text(max_size=10),
    "input_topic": _topic,
    "output_topics": st.lists(_topic, max_size=9),
    "environment": _variables,
    "rpkpy": st.fixed_dictionaries({"on_error": st.sampled_from(CHOICES["on_error"]), "dead_letter_topic": _topic}),
}


@st.composite
def _documents(draw: st.DrawFn) -> Any:
    """A deploy's object, as it should be, with a part that breaks a rule, or with one that is anything."""
    document = draw(_RIGHT)
    match draw(st.sampled_from(("right", "right", "rule", "part", "unknown", "anything"))):
        case "rule":
            part = draw(st.sampled_from(sorted(_PARTS)))
            document[part] = draw(_PARTS[part])
        case "part":
            document[draw(st.sampled_from(sorted(document)))] = draw(_JSON)
        case "unknown":
            document[draw(st.text(max_size=8))] = draw(_JSON)
        case "anything":
            return draw(_JSON)
    return document


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """A body: whole, cut, with a byte that is another, or with another module."""
    head = json.dumps(draw(_documents()), ensure_ascii=draw(st.booleans())).encode("utf-8", "replace")
    body = bytearray(head + _GUEST)
    match draw(st.sampled_from(("whole", "whole", "cut", "flipped", "module"))):
        case "cut":
            del body[draw(st.integers(0, len(body))) :]
        case "flipped":
            body[draw(st.integers(0, len(body) - 1))] = draw(st.integers(0, 255))
        case "module":
            body[len(head) :] = draw(st.binary(max_size=30) | st.just(b"\0asm\x01\0\0\0"))
    return bytes(body)


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: Any) -> Any:
    """Changes are asked of a transform that is there, but where its name is a long one."""
    if context.operation is not None and context.operation.method.upper() == "PUT" and path_parameters:
        name = path_parameters.get("name")
        if isinstance(name, str) and len(name) < 8:
            return {**path_parameters, "name": NAME}
    return path_parameters


schemathesis.openapi.media_type(DEPLOY_TYPE, bodies())
