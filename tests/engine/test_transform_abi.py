"""How records reach a guest and leave it: the functions of `redpanda_transform`, ABI versions 1 and 2."""

import struct
from pathlib import Path

import pytest
import wasmtime  # noqa: TID253

from rpkpy.batches import payload, varint
from rpkpy.batches.codec import MalformedBatch, decode_batches, encode_batch
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap
from tests.engine.guest import ECHO, batch, compile_guest, engine, instance, replies, run, values

RECORDS = [
    Record(b"k", b"v", ((b"h", b"1"), (b"h", None)), 1_000),
    Record(None, b"", (), 1_002),
    Record(b"", None, (), 999),
    Record(b"\0" * 300, b"x" * 100_000, (), 1_001),
]


def test_identity_guest_keeps_keys_values_and_headers() -> None:
    wat = (Path(__file__).parent / "guests" / "identity.wat").read_text()
    output = run(engine().compile(bytes(wasmtime.wat2wasm(wat))), encode_batch(RECORDS))
    assert [(r.key, r.value, r.headers) for r in output.records[0]] == [(r.key, r.value, r.headers) for r in RECORDS]
    assert output.stats.records_in == output.stats.records_out == 4


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_input_of_any_compression_is_read(compression: str) -> None:
    assert values(run(compile_guest(ECHO), batch(b"a", b"b", compression=compression))) == [b"a", b"b"]


def test_batch_header_reaches_the_guest_field_by_field() -> None:
    data = batch(b"abc", b"defgh", base_offset=70, timestamp_ms=5_000, compression="zstd", log_append_time_ms=9_000)
    guest = compile_guest(
        on_batch="(call $reply (local.get $largest)) (call $reply_bytes (i32.const 0) (i32.const 56))"
    )
    largest, header = values(run(guest, data))
    assert int.from_bytes(largest or b"", "little") == len(payload.encode(Record(None, b"defgh")))
    fields = struct.unpack("<qiiHxxiqqqhxxi", header or b"")
    # base offset, count, leader epoch, attributes (LogAppendTime, compression cleared), last offset delta,
    # first and max timestamp, producer id, epoch, base sequence
    assert fields == (70, 2, -1, 0x08, 1, 9_000, 9_000, -1, -1, -1)


def test_record_reaches_the_guest_with_timestamp_and_offset() -> None:
    guest = compile_guest("(call $reply64 (i64.load (i32.const 64))) (call $reply64 (i64.load (i32.const 72)))")
    got = replies(run(guest, batch(b"a", b"b", base_offset=40, timestamp_ms=7_000)))
    assert got[::2] == [7_000, 40, 7_001, 41]


def test_log_append_time_is_every_records_timestamp() -> None:
    guest = compile_guest("(call $reply64 (i64.load (i32.const 64)))")
    got = replies(run(guest, batch(b"a", b"b", timestamp_ms=7_000, log_append_time_ms=8_500)))
    assert got[::2] == [8_500, 8_500]


def test_many_batches_in_one_run_come_out_in_order() -> None:
    data = b"".join(batch(b"%d" % n, base_offset=n) for n in range(50))
    output = run(compile_guest(ECHO), data)
    assert values(output) == [b"%d" % n for n in range(50)]


def test_instance_goes_on_over_many_runs() -> None:
    with instance(compile_guest(ECHO)) as guest:
        guest.start()
        for number in range(200):
            assert values(guest.process(batch(b"%d" % number))) == [b"%d" % number]
        assert guest.process(b"").records == ([],)


def test_control_batches_are_not_shown() -> None:
    control = bytearray(batch(b"marker"))
    control[22] |= 0x20
    import google_crc32c

    control[17:21] = google_crc32c.value(bytes(control[21:])).to_bytes(4, "big")
    assert values(run(compile_guest(ECHO), bytes(control) + batch(b"a"))) == [b"a"]


def test_records_below_skip_until_are_not_shown() -> None:
    with instance(compile_guest(ECHO, on_batch="(call $reply (i32.load (i32.const 8)))")) as guest:
        guest.start()
        output = guest.process(batch(*(b"%d" % n for n in range(5)), base_offset=10), skip_until=13)
        assert values(output) == [struct.pack("<i", 2), b"3", b"4"]  # the header counts what is left
        assert guest.process(batch(b"a", base_offset=10), skip_until=13).stats.records_in == 0


@pytest.mark.parametrize("damage", [b"\xff", b""])
def test_malformed_batch_is_refused_before_the_guest_sees_any(damage: bytes) -> None:
    good = batch(b"a")
    bad = good[:-1] + damage
    with instance(compile_guest(ECHO)) as guest:
        guest.start()
        with pytest.raises(MalformedBatch):
            guest.process(good + bad)
        assert values(guest.process(good)) == [b"a"]


# Results of calls that are not successes.

_BEFORE = {
    "read_next_record": "(call $next)",
    "write_record": "(call $write_record (i32.const 1024) (i32.const 3))",
    "write_record_with_options": "(call $write_record_with_options (i32.const 1024) (i32.const 3) (i32.const 0) (i32.const 0))",  # noqa: E501
}


@pytest.mark.parametrize("call", _BEFORE.values(), ids=_BEFORE)
def test_without_a_batch_calls_answer_no_active_transform(call: str) -> None:
    guest = compile_guest(
        "(call $reply (global.get $kept))",
        declarations="(global $kept (mut i32) (i32.const 7))",
        on_start=f"(i32.store (i32.const 1024) (i32.const 0x000101)) (global.set $kept {call})",
    )
    assert replies(run(guest)) == [-1]


def test_reading_past_the_last_record_answers_no_active_transform() -> None:
    assert replies(run(compile_guest("(call $reply (call $next))"))) == [-1]


def test_a_short_buffer_answers_invalid_and_keeps_the_record() -> None:
    guest = compile_guest(
        on_batch="""(call $reply (call $read_next_record (i32.const 56) (i32.const 64) (i32.const 72) (i32.const 1024)
                      (i32.sub (local.get $largest) (i32.const 1))))""",
        on_record=ECHO,
    )
    assert values(run(guest)) == [struct.pack("<i", -2), b"x"]


def _payload_guest(content: bytes) -> str:
    stores = "".join(f"(i32.store8 (i32.const {4096 + i}) (i32.const {byte}))" for i, byte in enumerate(content))
    return f"{stores} (call $reply (call $write_record (i32.const 4096) (i32.const {len(content)})))"


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (payload.encode(RECORDS[0]), len(payload.encode(RECORDS[0]))),
        (b"\x01\x01\x00", 3),  # null key, null value, no headers
        (b"\x00\x00\x00", 3),
        (b"\x01\x01", -2),  # ends before the header count
        (b"", -2),
        (b"\x01\x01\x00\x00", -2),  # a byte too many
        (b"\x01\x04a\x00", -2),  # value longer than the buffer
        (b"\x03\x01\x00", -2),  # length -2
        (b"\x01\x01\x01", -2),  # -1 headers
        (b"\x01\x01\x02\x02h", -2),  # a header without a value
        (b"\x80" * 11 + b"\x00", -2),  # a varint without an end
    ],
)
def test_write_record_checks_the_payload(content: bytes, result: int) -> None:
    output = run(compile_guest(_payload_guest(content)))
    assert replies(output)[-1] == result
    assert len(output.records[0]) == (2 if result > 0 else 1)


def _options_guest(options: bytes) -> str:
    stores = "".join(f"(i32.store8 (i32.const {4096 + i}) (i32.const {byte}))" for i, byte in enumerate(options))
    call = f"(i32.const 1024) (local.get $length) (i32.const 4096) (i32.const {len(options)})"
    return f"{stores} (call $reply (call $write_record_with_options {call}))"


def _topic_option(name: bytes) -> bytes:
    return b"\x01" + varint.zigzag(len(name)) + name


@pytest.mark.parametrize(
    ("options", "result", "topic"),
    [
        (b"", 4, 0),
        (_topic_option(b"one"), 4, 0),
        (_topic_option(b"two"), 4, 1),
        (_topic_option(b"three"), -3, None),
        (_topic_option(b""), -3, None),
        (b"\x02\x00", -2, None),
        (_topic_option(b"two") + b"!", -2, None),
    ],
)
def test_write_record_with_options_routes(options: bytes, result: int, topic: int | None) -> None:
    output = run(compile_guest(_options_guest(options)), topics=("one", "two"))
    got = [[value for value in values(output, index) if value == b"x"] for index in (0, 1)]
    assert got == [[b"x"] if topic == index else [] for index in (0, 1)]
    assert replies(output)[-1] == result


@pytest.mark.parametrize("options", [b"\x01", b"\x01\x80", b"\x01\x08abc", b"\x01\x01"])
def test_options_cut_short_trap(options: bytes) -> None:
    with pytest.raises(GuestTrap) as caught:
        run(compile_guest(_options_guest(options)))
    assert caught.value.code == "bad_options"


# Bad pointers.

_HEADER_ARGUMENTS = [0, 8, 12, 16, 20, 24, 32, 40, 48, 52]
_END = 18 * 65536


def _call(name: str, arguments: list[int]) -> str:
    return f"(drop (call ${name} {' '.join(f'(i32.const {value})' for value in arguments)}))"


@pytest.mark.parametrize(
    "call",
    [
        *(
            _call("read_batch_header", [*_HEADER_ARGUMENTS[:n], _END - 1, *_HEADER_ARGUMENTS[n + 1 :]])
            for n in range(10)
        ),
        _call("read_next_record", [_END, 64, 72, 1024, 10]),
        _call("read_next_record", [56, _END - 7, 72, 1024, 10]),
        _call("read_next_record", [56, 64, -4, 1024, 10]),
        _call("read_next_record", [56, 64, 72, 1024, _END]),
        _call("write_record", [_END - 2, 3]),
        _call("write_record", [-1, -1]),
        _call("write_record_with_options", [1024, 3, _END - 2, 3]),
        _call("write_record_with_options", [_END - 2, 3, 0, 0]),
    ],
)
@pytest.mark.parametrize("place", ["on_start", "on_record"])
def test_bad_pointer_traps(call: str, place: str) -> None:
    with pytest.raises(GuestTrap, match="it passed a bad pointer") as caught:
        run(compile_guest(**{place: call}))
    assert caught.value.code == "bad_pointer"
    assert "Out of bounds memory access in FFI" in (caught.value.cause or "")
    assert caught.value.phase == {"on_start": "start", "on_record": "record"}[place]


def test_pointers_into_grown_memory_are_good() -> None:
    body = f"""(drop (memory.grow (i32.const 4)))
      (memory.copy (i32.const {_END + 100}) (i32.const 1024) (local.get $length))
      (drop (call $write_record (i32.const {_END + 100}) (local.get $length)))"""
    assert values(run(compile_guest(body), batch(b"a", b"b"))) == [b"a", b"b"]


def test_written_batches_are_what_the_broker_writes() -> None:
    output = run(compile_guest(ECHO), batch(b"a", b"b"), clock=lambda: 123_456)
    (made,) = decode_batches(output.batches[0])
    assert made.is_log_append_time and made.compression == "none"
    assert (made.first_timestamp_ms, made.max_timestamp_ms) == (123_456, 123_456)
    assert (made.producer_id, made.producer_epoch, made.base_sequence) == (-1, -1, -1)
    assert made.partition_leader_epoch == -1
    assert [(r.value, r.offset, r.timestamp_ms) for r in made.records()] == [(b"a", 0, 123_456), (b"b", 1, 123_456)]
    assert made.records() == output.records[0]


def test_marker_of_schema_registry_links_and_its_calls_answer_not_enabled() -> None:
    body = """(call $check_abi_version_0) (call $check_abi_version_2)
      (call $reply (call $get_schema_definition_len (i32.const 1) (i32.const 200)))
      (call $reply (call $get_schema_definition (i32.const 1) (i32.const 200) (i32.const 8)))
      (call $reply (call $get_subject_schema_len (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 200)))
      (call $reply (call $get_subject_schema (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 200) (i32.const 8)))
      (call $reply
        (call $create_subject_schema (i32.const 1) (i32.const 1) (i32.const 1) (i32.const 8) (i32.const 200)))
    """
    assert replies(run(compile_guest(body))) == [-1] * 5
