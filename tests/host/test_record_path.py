"""Which way records take: the wire where the cluster allows it, else per message, and the host says so."""

import logging
import struct
from contextlib import closing

import pytest

from rpkpy.errors import RefusedError
from rpkpy.host import record_path
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.record_path import Choice
from rpkpy.host.settings import HostSettings
from rpkpy.kafka.wire.errors import Unsupported
from rpkpy.kafka.wire.protocol import Api
from tests.kafka.fixture import TestKafka
from tests.kafka.wire.proxy import proxied
from tests.kafka.wire.reading import Area
from tests.kafka.wire.test_source import fill

pytestmark = pytest.mark.kafka


def transform(topic: str) -> Transform:
    return Transform("n", "uuid", topic, ("o",), ModuleRef("0", 0, 0), Start(None, 0, "id", {}))


def test_the_wire_where_it_goes(kafka: TestKafka) -> None:
    for asked, taken in (("auto", "wire"), ("wire", "wire"), ("client", "client")):
        settings = HostSettings(kafka.settings, record_path=asked)
        assert record_path.choose(settings).path == taken
        with closing(record_path.open_source(settings, transform(kafka.topic()), 0, 0)) as source:
            assert source.path == taken


def test_brokers_that_do_not_know_the_calls(kafka: TestKafka, caplog: pytest.LogCaptureFixture) -> None:
    def spoil(api: Api, frame: bytes) -> bytes:
        # Produce's highest version, the last number of the first of the calls
        known = struct.pack(">hh", 0, 0)
        at = frame.index(known, 14) if api is Api.API_VERSIONS else -1
        return frame if at < 0 else frame[: at + 4] + struct.pack(">h", 5) + frame[at + 6 :]

    with proxied(kafka.settings) as (proxy, behind):
        proxy.spoil = spoil
        with caplog.at_level(logging.INFO, "rpkpy.host"):
            choice = record_path.choose(HostSettings(behind))
        assert choice == Choice("client", f"The broker {behind.brokers[0]} does not know PRODUCE, version 7.")
        assert choice.why in caplog.text
        with pytest.raises(RefusedError) as caught:
            record_path.choose(HostSettings(behind, record_path="wire"))
        assert caught.value.cause == choice.why


def test_a_topic_with_records_of_an_old_format_is_read_per_message(
    kafka: TestKafka, caplog: pytest.LogCaptureFixture
) -> None:
    name = kafka.topic()
    fill(kafka, name, 3)

    magic_at = 8 + 14 + 2 + len(name) + 38 + 8 + 16  # behind the heads of a fetch's answer, and of its first batch

    def spoil(api: Api, frame: bytes) -> bytes:
        if api is not Api.FETCH or len(frame) <= magic_at:
            return frame
        return frame[:magic_at] + b"\x01" + frame[magic_at + 1 :]

    with proxied(kafka.settings) as (proxy, behind):
        proxy.spoil = spoil
        settings = HostSettings(behind)
        with closing(record_path.open_source(settings, transform(name), 0, 0)) as source:
            assert source.path == "wire"
            with pytest.raises(Unsupported, match="older than 2"):
                for _ in range(50):
                    source.read(Area(), 0.2)
        assert f"{name} is read per message" in caplog.text
        with closing(record_path.open_source(settings, transform(name), 0, 0)) as source:
            assert source.path == "client"
