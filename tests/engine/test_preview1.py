"""What a guest sees of WASI preview 1."""

import struct

import pytest

from rpkpy.engine import GuestTrap
from rpkpy.wasm.abi import LINK_TABLE, WASI, WASI_NOSYS
from tests.engine.guest import batch, compile_guest, instance, replies, run, values

_TIME = "(drop (call $clock_time_get (i32.const {clock}) (i64.const 0) (i32.const 200)))"


def _time(clock: int) -> str:
    return _TIME.format(clock=clock)


def test_realtime_is_zero_then_the_batchs_then_each_records_timestamp() -> None:
    keep = "(global.set $at_start (i64.load (i32.const 200)))"
    guest = compile_guest(
        _time(0) + "(call $reply64 (i64.load (i32.const 200)))",
        declarations="(global $at_start (mut i64) (i64.const 7))",
        on_start=_time(0) + keep,
        on_batch="(call $reply64 (global.get $at_start))" + _time(0) + "(call $reply64 (i64.load (i32.const 200)))",
    )

    def times(data: bytes) -> list[int]:
        halves = [value or b"" for value in values(run(guest, data))]
        return [int.from_bytes(low + high, "little") for low, high in zip(halves[::2], halves[1::2], strict=True)]

    ms = 1_000_000
    at = 1_700_000_000_000
    assert times(batch(b"a", b"b", timestamp_ms=at)) == [0, at * ms, at * ms, (at + 1) * ms]
    append_time = batch(b"a", timestamp_ms=at, log_append_time_ms=at + 50)
    assert times(append_time) == [0, (at + 50) * ms, (at + 50) * ms]


@pytest.mark.parametrize("clock", [1, 2, 3])
def test_other_clocks_are_one_counter_of_milliseconds(clock: int) -> None:
    read = _time(clock) + "(call $reply (i32.load (i32.const 200)))"
    assert replies(run(compile_guest(read + _time(1) + read))) == [0, 2_000_000]


def test_unknown_clocks_answer_16_and_resolution_is_a_millisecond() -> None:
    body = """
      (call $reply (call $clock_time_get (i32.const 4) (i64.const 0) (i32.const 200)))
      (call $reply (call $clock_res_get (i32.const 9) (i32.const 200)))
      (call $reply (call $clock_res_get (i32.const 0) (i32.const 200)))
      (call $reply (i32.load (i32.const 200)))"""
    assert replies(run(compile_guest(body))) == [16, 16, 0, 1_000_000]


def test_random_is_nines() -> None:
    body = "(drop (call $random_get (i32.const 200) (i32.const 5))) (call $reply_bytes (i32.const 200) (i32.const 6))"
    assert values(run(compile_guest(body))) == [b"\x09" * 5 + b"\0"]


def _strings(kind: str) -> str:
    return f"""
      (drop (call ${kind}_sizes_get (i32.const 200) (i32.const 204)))
      (drop (call ${kind}_get (i32.const 8192) (i32.const 8448)))
      (call $reply (i32.load (i32.const 200))) (call $reply (i32.load (i32.const 204)))
      (call $reply_bytes (i32.load (i32.const 8192)) (i32.const 60))
      (call $reply (i32.load (i32.const 8196)))"""


def test_argv_is_the_name() -> None:
    count, size, text, _ = values(run(compile_guest(_strings("args"))))
    assert (count, size) == (struct.pack("<i", 1), struct.pack("<i", len("guest") + 1))
    assert text is not None and text.startswith(b"guest\0\0")


def test_environment_is_the_variables_and_the_topics() -> None:
    output = run(compile_guest(_strings("environ")), env={"A": "é"}, topics=("o1", "o2"))
    _, _, text, second = values(output)
    expected = "A=é\0REDPANDA_INPUT_TOPIC=in\0REDPANDA_OUTPUT_TOPIC_0=o1\0REDPANDA_OUTPUT_TOPIC_1=o2\0".encode()
    assert replies(output)[:2] == [4, len(expected)]
    assert text == expected[:60]
    assert second == struct.pack("<i", 8448 + len("A=é\0".encode()))


def _zeros(name: str) -> str:
    params = LINK_TABLE[WASI, name].params
    return f"(call ${name} {' '.join(f'({type}.const 0)' for type in params)})"


def test_files_and_sockets_answer_nosys() -> None:
    names = sorted(WASI_NOSYS)
    assert {"fd_read", "fd_close", "fd_seek", "path_open", "sock_recv"} <= set(names)
    body = "".join(f"(call $reply {_zeros(name)})" for name in names)
    assert replies(run(compile_guest(body))) == [52] * len(names)


def test_prestat_stops_the_search_for_folders() -> None:
    body = "".join(f"(call $reply (call $fd_prestat_get (i32.const {fd}) (i32.const 200)))" for fd in range(5))
    assert replies(run(compile_guest(body))) == [52, 52, 52, 8, 8]


def test_sched_yield_succeeds() -> None:
    assert replies(run(compile_guest("(call $reply (call $sched_yield))"))) == [0]


@pytest.mark.parametrize(("kind", "result", "error"), [(0, 0, 0), (1, 0, 52), (2, 0, 52), (3, 52, None)])
def test_poll_completes_clocks_at_once(kind: int, result: int, error: int | None) -> None:
    body = f"""(i64.store (i32.const 200) (i64.const 77)) (i32.store8 (i32.const 208) (i32.const {kind}))
      (call $reply (call $poll_oneoff (i32.const 200) (i32.const 8192) (i32.const 1) (i32.const 8300)))
      (call $reply (i32.load (i32.const 8300))) (call $reply_bytes (i32.const 8192) (i32.const 32))"""
    output = run(compile_guest(body))
    event = values(output)[2] or b""
    if error is None:
        assert replies(output)[:2] == [result, 0]
    else:
        assert replies(output)[:2] == [result, 1]
        assert struct.unpack("<QHB21x", event) == (77, error, kind)


@pytest.mark.parametrize("code", [0, 3])
@pytest.mark.parametrize("place", ["on_start", "on_record"])
def test_exit_is_a_trap(code: int, place: str) -> None:
    with pytest.raises(GuestTrap, match=f"exited with code {code}") as caught:
        run(compile_guest(**{place: f"(call $proc_exit (i32.const {code}))"}))
    assert (caught.value.code, caught.value.guest_exit_code) == ("exit", code)
    assert "main" in caught.value.frames


def _write(fd: int, *texts: str) -> tuple[str, str]:
    """Code that writes the texts as one fd_write of as many iovecs and replies its answers; its data."""
    position = 30_000
    stores = []
    data = []
    for index, text in enumerate(texts):
        raw = text.encode() if not text.startswith("\\") else bytes.fromhex(text[1:])
        escaped = "".join(f"\\{byte:02x}" for byte in raw)
        data.append(f'(data (i32.const {position}) "{escaped}")')
        stores.append(f"(i32.store (i32.const {20_000 + 8 * index}) (i32.const {position}))")
        stores.append(f"(i32.store (i32.const {20_004 + 8 * index}) (i32.const {len(raw)}))")
        position += len(raw)
    call = f"(call $fd_write (i32.const {fd}) (i32.const 20000) (i32.const {len(texts)}) (i32.const 200))"
    return f"{''.join(stores)} (call $reply {call}) (call $reply (i32.load (i32.const 200)))", "".join(data)


@pytest.mark.parametrize(
    ("fd", "texts", "logged"),
    [
        (1, ["hello\n"], b"hello\n"),
        (2, ["a", "", "b\tc"], b"a" + b"b\tc"),
        (1, ["x" * 1500], b"x" * 1024),
        (1, ["x" * 1000, "y" * 100, "z"], b"x" * 1000 + b"y" * 24),
        (1, ["x" * 1023 + "é"], None),  # the cut splits a character
        (1, ["x" * 1022 + "é" + "z"], b"x" * 1022 + "é".encode()),
        (1, ["\\ff"], None),
        (2, ["carriage\r\n"], None),
        (2, ["\x1b[31mred"], None),
        (2, ["nul\0"], None),
        (1, ["del\x7f"], None),
        (1, [""], b""),
    ],
)
def test_a_write_is_one_log_event_by_the_brokers_rules(fd: int, texts: list[str], logged: bytes | None) -> None:
    code, data = _write(fd, *texts)
    events: list[tuple[int, bytes]] = []
    output = run(compile_guest(code, declarations=data), on_log=lambda fd, text: events.append((fd, text)))
    total = sum(len(text.encode()) if not text.startswith("\\") else len(text) // 2 for text in texts)
    assert replies(output) == [0, total]  # always the full length
    assert events == ([] if logged is None else [(fd, logged)])
    assert output.stats.logs_dropped == (1 if logged is None else 0)


@pytest.mark.parametrize("fd", [0, 3, 100])
def test_other_descriptors_cannot_be_written(fd: int) -> None:
    code, data = _write(fd, "text")
    assert replies(run(compile_guest(code, declarations=data))) == [52, 0]


def test_logs_at_start_are_seen() -> None:
    code, data = _write(2, "starting")
    events: list[bytes] = []
    guest = compile_guest(on_start=code, declarations=data)
    with instance(guest, on_log=lambda _, text: events.append(text)) as started:
        started.start()
    assert events == [b"starting"]


@pytest.mark.parametrize(
    "call",
    [
        "(call $fd_write (i32.const 1) (i32.const -8) (i32.const 1) (i32.const 200))",
        "(call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const -1))",
        "(call $fd_write (i32.const 1) (i32.const 200) (i32.const 0x7fffffff) (i32.const 200))",
        "(i32.store (i32.const 200) (i32.const -4)) (i32.store (i32.const 204) (i32.const 9))"
        "(call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208))",
        "(call $random_get (i32.const 0) (i32.const -1))",
        "(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const -4))",
        "(call $clock_res_get (i32.const 0) (i32.const -4))",
        "(call $environ_get (i32.const -4) (i32.const 0))",
        "(call $environ_get (i32.const 0) (i32.const -4))",
        "(call $args_sizes_get (i32.const 0) (i32.const -1))",
        "(call $poll_oneoff (i32.const 200) (i32.const 200) (i32.const 0x10000000) (i32.const 200))",
        "(call $fd_prestat_get (i32.const 3) (i32.const -1))",
    ],
)
def test_bad_pointer_traps(call: str) -> None:
    *before, last = call.rsplit("(call ", 1)
    with pytest.raises(GuestTrap) as caught:
        run(compile_guest(f"{''.join(before)} (drop (call {last})"))
    assert caught.value.code == "bad_pointer"
