"""A user who may not do all that a host needs is told which right is missing, on what."""

from contextlib import ExitStack

import pytest

from rpkpy.errors import RefusedError
from rpkpy.host.changes import TRANSACTIONAL_ID
from rpkpy.kafka import client
from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import eventually, logged, produce, running_host, values_of
from tests.kafka.secured import Secured

pytestmark = pytest.mark.kafka

TOPICS = ("TOPIC", "_rpkpy.", ("DESCRIBE", "READ", "WRITE"))
CREATE = ("TOPIC", "_rpkpy.", ("CREATE",))
CHANGES = ("TRANSACTIONAL_ID", TRANSACTIONAL_ID, ("WRITE", "DESCRIBE"))
LOGS = ("TOPIC", "_redpanda.transform_logs", ("CREATE", "DESCRIBE", "WRITE"))
GROUPS = ("GROUP", "rpkpy.", ("READ", "DESCRIBE", "DELETE"))


def allow(secured: Secured, user: str, kind: str, prefix: str, operations: tuple[str, ...]) -> None:
    """Let `user` do `operations` on whatever of `kind` begins with `prefix`."""
    from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType

    bindings = [
        AclBinding(
            ResourceType[kind],
            prefix,
            ResourcePatternType.PREFIXED,
            f"User:{user}",
            "*",
            AclOperation[operation],
            AclPermissionType.ALLOW,
        )
        for operation in operations
    ]
    admin = client.admin(secured.open.settings)
    for future in admin.raw.create_acls(bindings).values():
        admin.wait(future)


def test_each_right_that_is_missing_is_named(secured: Secured) -> None:
    secured.user("host", "s3cret-of-host")
    settings = secured.settings("host", "s3cret-of-host")
    missing = (
        ("Describe, Read and Write on Topic _rpkpy.*", TOPICS),
        ("Create on Topic _rpkpy.transforms", CREATE),
        (f"Write and Describe on TransactionalId {TRANSACTIONAL_ID}", CHANGES),
    )
    for words, rights in missing:
        with pytest.raises(RefusedError) as refused, running_host(settings):
            pass
        assert refused.value.message == "The transform host lacks a right in Kafka."
        assert words in (refused.value.cause or "")
        assert "documentation" in (refused.value.fix or "")
        allow(secured, "host", *rights)
    allow(secured, "host", *LOGS)
    source, target = secured.open.topic(), secured.open.topic()
    with ExitStack() as stack:
        api = stack.enter_context(running_host(settings))
        allow(secured, "host", "TOPIC", source, ("DESCRIBE", "READ"))
        allow(secured, "host", "TOPIC", target, ("DESCRIBE", "WRITE"))
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        # without its group nobody works on it, and the transform's log says why
        assert eventually(
            lambda: any("Read on Group rpkpy.n." in body for _, body in logged(secured.open.settings, "n"))
        )
        assert api.states("n") == ["unknown"]
        allow(secured, "host", *GROUPS)
        assert eventually(lambda: api.states("n") == ["running"])
        produce(secured.open.settings, source, ["a"])
        assert values_of(secured.open.settings, target, 1) == ["a"]
        remove_all(api)
