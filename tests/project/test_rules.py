"""The edges of the broker's rules for variables, as projects and as the host's Admin API have them: one verdict."""

import pytest

from rpkpy.host import rules as host_rules
from rpkpy.host.rejection import Rejected
from rpkpy.host.topology import Snapshot, Topic
from rpkpy.project import rules
from rpkpy.redpanda.cluster import DeploySpec

TOPICS = Snapshot({name: Topic(name, name, 1, internal=False) for name in "ab"})


def taken_by_the_host(env: dict[str, str]) -> bool:
    try:
        host_rules.check_deploy(DeploySpec("n", "a", ("b",), environment=env), {}, TOPICS, max_transforms=3)
    except Rejected:
        return False
    return True


@pytest.mark.parametrize(
    ("env", "taken"),
    [
        ({}, True),
        ({f"K{i}": "v" for i in range(128)}, True),
        ({f"K{i}": "v" for i in range(129)}, False),
        ({"k" * 127: "v"}, True),
        ({"k" * 128: "v"}, True),
        ({"k" * 129: "v"}, False),
        ({"\u00e9" * 64: "v"}, True),
        ({"\u00e9" * 65: "v"}, False),
        ({"K": "v" * 1999}, True),
        ({"K": "v" * 2000}, True),
        ({"K": "v" * 2048}, True),
        ({"K": "v" * 2049}, False),
        ({"K": ""}, False),
        ({"": "v"}, False),
        ({"A=B": "v"}, False),
        ({"K": "a=b"}, True),
        ({"REDPANDA_": "v"}, False),
        ({"REDPANDA": "v"}, True),
        ({"redpanda_x": "v"}, True),
        ({"K": "a\tb"}, False),
        ({"K": "\x00"}, False),
        ({"K": "\x1f"}, False),
        ({"K": "\x7f"}, False),
        ({"K": "\x80"}, True),
        ({"K": "\x9f"}, True),
        ({"K\n": "v"}, False),
        ({"K": "\udcff"}, False),
        ({"K": "\ud800"}, False),
    ],
)
def test_variables(env: dict[str, str], taken: bool) -> None:
    assert (rules.check_env(env) is None) == taken
    assert taken_by_the_host(env) == taken
