"""Single records through the build at hand."""

import pytest

from rpkpy.batches.record import Record
from rpkpy.dev.trial import Trial
from rpkpy.project.fixtures.running import Bench
from rpkpy.project.manifest import parse
from rpkpy.wasm.limits import Limits
from tests.engine.guest import ECHO, wasm

_LOG = """(i32.store (i32.const 200) (i32.const 1026)) (i32.store (i32.const 204) (i32.const 3))
  (drop (call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208)))"""
_FAIL_ON_B = f"(if (i32.eq (i32.load8_u (i32.const 1026)) (i32.const 98)) (then (unreachable))) {_LOG} {ECHO}"


def of(on_record: str, **more: str) -> Trial:
    trial = Trial()
    trial.use(Bench.of(wasm(on_record, **more), Limits(runtime_ms=3000)))
    return trial


def test_before_the_first_build_there_is_nothing() -> None:
    assert Trial().run("in", Record(None, b"a")) is None


def test_a_record_and_what_comes_of_it() -> None:
    trial = of(_FAIL_ON_B)
    exchange = trial.run("in", Record(None, b"abc", offset=7), 3)
    assert exchange is not None
    assert (exchange.source, exchange.partition, exchange.trap) == ("in", 3, "")
    assert [(topic, record.value) for topic, record in exchange.outputs] == [("output", b"abc")]
    assert exchange.logs == ("abc",)
    assert exchange.fuel > 20
    assert exchange == trial.run("in", exchange.record, 3) or exchange.outputs[0][1].timestamp_ms > 0
    trial.close()


def test_a_guest_that_fails_names_the_record_and_the_next_one_is_run() -> None:
    trial = of(_FAIL_ON_B)
    for value, fails in ((b"a..", False), (b"b..", True), (b"c..", False), (b"b..", True)):
        exchange = trial.run("in", Record(None, value, offset=40), 2)
        assert exchange is not None
        assert bool(exchange.trap) is fails
        assert len(exchange.outputs) == (not fails)
        if fails:
            assert "unreachable" in exchange.trap
            assert "offset 40" in exchange.trap
    trial.close()


@pytest.mark.parametrize("start", ["(unreachable)", "(loop $l (br $l))"])
def test_a_guest_that_does_not_start_is_a_trap(start: str) -> None:
    trial = of(ECHO, on_start=start)
    exchange = trial.run("in", Record(None, b"a"))
    assert exchange is not None
    assert exchange.trap
    trial.close()


def test_a_new_build_takes_over() -> None:
    trial = of(ECHO)
    trial.run("in", Record(None, b"a"))
    trial.use(Bench.of(wasm("(call $reply_bytes (i32.const 1026) (i32.const 1))"), Limits()))
    exchange = trial.run("in", Record(None, b"xyz"))
    assert exchange is not None
    assert exchange.outputs[0][1].value == b"x"
    trial.close()


_ENVIRON = """(drop (call $environ_get (i32.const 8192) (i32.const 8448)))
  (call $reply_bytes (i32.const 8448) (i32.const 40))"""


def test_each_input_topic_has_a_guest_of_its_own() -> None:
    trial = Trial()
    trial.use(Bench.of(wasm(_ENVIRON), Limits(runtime_ms=3000), parse("name: m\ninput-topics: [one, two]\n")))
    for number in range(40):  # more than are kept
        trial.run("in", Record(None, b"a"), topic=f"other{number}")
    for topic, told in (("", b"INPUT_TOPIC=one"), ("two", b"INPUT_TOPIC=two"), ("one", b"INPUT_TOPIC=one")):
        exchange = trial.run("in", Record(None, b"a"), topic=topic)
        assert exchange is not None
        assert told in (exchange.outputs[0][1].value or b"")
    trial.close()
