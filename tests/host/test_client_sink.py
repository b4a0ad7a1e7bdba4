"""The per-message sink, where some of what it wrote is answered and some is not."""

import time
from contextlib import closing

import pytest

from rpkpy.batches import codec, payload
from rpkpy.batches.record import Record
from rpkpy.engine.output import Output, Stats
from rpkpy.errors import UnreachableError
from rpkpy.host import sink as client_sink
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.record_path import RecordRefused
from rpkpy.host.topology import Topology
from rpkpy.kafka import client
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_an_output_that_was_not_answered_is_no_success_when_another_was_refused(
    kafka: TestKafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the host stood still: the time to wait is over before the client has given up its records."""
    outputs = _, gone = kafka.topic(cleanup_policy="compact"), kafka.topic()
    start = Start(None, 0, "t", {})
    transform = Transform("n", "u", "in", outputs, ModuleRef("m", 1, 1), start, {}, "none", False, 0)
    admin = client.admin(kafka.settings)
    topology = Topology(kafka.settings, 5)
    topology.describe(outputs)
    now_ms = time.time_ns() // 1_000_000
    batches = codec.encode_payloads([payload.encode(Record(None, b"without a key"))], now_ms)
    with closing(client_sink.ClientSink(kafka.settings, topology, transform, 0)) as sink:
        admin.wait(admin.raw.delete_topics([gone])[gone])  # the client waits for it to come
        sink.send(Output([batches, batches], Stats()), [False, False])
        time.sleep(1)
        monkeypatch.setattr(client_sink, "_PRODUCE_TIMEOUT_S", -2)
        failed = sink.settle()
    assert isinstance(failed[0], RecordRefused)
    assert isinstance(failed[1], UnreachableError)
