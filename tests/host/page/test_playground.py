"""The playground: what a module makes of pasted records, and that nothing gets out of its bounds."""

import threading

import pytest

from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError
from rpkpy.host.page import trial
from rpkpy.host.page.playground import MAX_INPUT_BYTES, MAX_RECORDS, Busy, Playground, read_records
from rpkpy.host.page.trial import Request, Result, Step
from rpkpy.wasm.limits import BROKER
from tests.host import guests
from tests.host.harness import Api
from tests.host.page.browsing import Page, Visitor
from tests.kafka.fixture import TestKafka


def request(text: str, form: str = "raw", **environment: str) -> Request:
    return Request("n", "in", ("out", "other"), environment, read_records(text, form, 5), BROKER)


def test_records_go_through_one_by_one_with_fuel_and_logs() -> None:
    result = Playground().run(request("a\r\nb\r\n"), guests.wasm(guests.LOG))
    assert result.error is None
    assert [step.record.value for step in result.steps] == [b"a", b"b"]
    for step in result.steps:
        ((topic, made),) = step.outputs
        assert (topic, made.value) == ("out", step.record.value)
        assert step.logs == [(1, "hello\n"), (2, "uh-oh")]
        assert step.fuel > 100
    assert result.start_fuel > 0
    assert result.memory_bytes == 8 * 65_536


def test_a_guest_that_fails_says_so_and_what_came_before_stands() -> None:
    result = Playground().run(request("a\nb!\nc\nd"), guests.wasm(guests.TRAP_ON_MARK))
    assert result.error is not None
    assert "at the record with offset 1" in result.error[0]
    assert [len(step.outputs) for step in result.steps] == [1, 0]
    assert result.not_run == 2


def test_an_endless_guest_is_ended_by_the_wall_clock() -> None:
    result = trial.execute(request("a\nb!"), guests.wasm(guests.SPIN_ON_MARK), wall_s=1.0)
    assert result.error is not None
    assert "it took too long" in result.error[0]
    assert len(result.steps) == 2


def test_a_process_that_takes_too_long_is_ended() -> None:
    result = Playground(process_s=1.0).run(request("b!"), guests.wasm(guests.SPIN_ON_MARK))
    assert result.error == ("The module took too long.", "It was ended after 1 s.", "")
    assert result.not_run == 1


def test_a_process_that_ends_before_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "__name__", "rpkpy.no_such_module")
    result = Playground().run(request("a"), guests.wasm())
    assert result.error is not None
    assert result.error[0] == "The run ended before it was done."


def test_the_process_bounds_itself() -> None:
    import subprocess
    import sys

    code = "from rpkpy.host.page import trial; trial._bound_this_process(); x = bytearray(1 << 31)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=60)
    assert ended.returncode == 1
    assert b"MemoryError" in ended.stderr


def test_what_is_no_module_is_refused() -> None:
    for junk in (b"", b"junk", b"\0asm\x01\0\0\0", guests.wasm()[:-40]):
        result = Playground().run(request("a"), junk)
        assert result.error is not None, junk
        assert result.steps == []


def test_one_at_a_time() -> None:
    playground = Playground(process_s=3.0)
    first = threading.Thread(target=lambda: playground.run(request("b!"), guests.wasm(guests.SPIN_ON_MARK)))
    first.start()
    try:
        while playground._running.acquire(blocking=False):
            playground._running.release()
        with pytest.raises(Busy):
            playground.run(request("a"), guests.wasm())
    finally:
        first.join()
    assert playground.run(request("a"), guests.wasm()).error is None


def test_pasted_records() -> None:
    assert [each.value for each in read_records("a\n\nü", "raw", 5)] == [b"a", b"", "ü".encode()]
    (record,) = read_records('{"key":"k","value":{"base64":"/w=="},"headers":[{"key":"h","value":null}]}', "json", 5)
    assert record == Record(b"k", b"\xff", ((b"h", None),), 5, 0)
    for text, form, said in (
        ("", "raw", "no record"),
        ("x" * (MAX_INPUT_BYTES + 1), "raw", "larger than"),
        ("a\n" * (MAX_RECORDS + 1), "raw", "more than 100"),
        ("{", "json", "JSON"),
        ('{"value":"a","timestamp":-5}', "json", "out of range"),
    ):
        with pytest.raises(InvalidError, match=said):
            read_records(text, form, 5)
    assert len(read_records("a\n" * MAX_RECORDS, "raw", 5)) == MAX_RECORDS


def test_requests_and_results_pass_between_processes() -> None:
    record = Record(None, b"\xff\x00", ((b"h", None), (b"", b"v")), 7, 3)
    asked = Request("n\u202e", "in", ["out"], {"A": "ü"}, [record, Record(b"", None)], BROKER)
    assert trial._decode_request(trial.encode(asked)) == asked
    step = Step(record, [("out", record)], 2, 1 << 60, [(1, "a"), (2, "\ufffd")])
    for result in (Result([step], [(1, "x")], 5, 6, ("m", "c", "f"), 9), Result()):
        assert trial.decode(trial._encode_result(result)) == result


@pytest.mark.kafka
def test_on_the_page(api: Api, visitor: Visitor, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("played", source, [target], guests.wasm(guests.LOG)).status_code == 200
    assert "Sign in" in visitor.page("/ui/playground").text
    visitor.sign_in()
    answer = visitor.send("/ui/playground", chosen="played", records="<b>one</b>\ntwo", form="raw")
    assert answer.status_code == 200
    text = Page(answer.text).text
    assert "2 of 2 records" in text
    assert text.count("<b>one</b>") == 3, "in the form, in, and out"
    assert f"→ {target}" in text
    assert text.count("uh-oh") == 2
    module = {"module": ("x.wasm", guests.wasm(guests.TRAP_ON_MARK), "application/wasm")}
    answer = visitor.send("/ui/playground", files=module, chosen="played", records="a\nb!", form="raw")
    assert answer.status_code == 200
    assert "The transform failed at the record with offset 1 of input" in Page(answer.text).text
    for fields, said in (
        ({"records": ""}, "There is no record."),
        ({"records": "{", "form": "json"}, "JSON"),
        ({"records": "a", "form": "raw", "environment": "x"}, "Line 1 of the variables"),
    ):
        refused = visitor.send("/ui/playground", chosen="played", **fields)
        assert refused.status_code == 400
        assert said in Page(refused.text).text
    assert visitor.send("/ui/playground", chosen="gone", records="a").status_code == 404
    large = {"module": ("x.wasm", b"\0asm" + bytes(BROKER.binary_bytes), "application/wasm")}
    assert visitor.send("/ui/playground", files=large, chosen="", records="a").status_code == 413
