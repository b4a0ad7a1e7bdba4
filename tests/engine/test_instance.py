"""Instances beside one another, in threads, under signals, and when their host raises."""

import gc
import signal
import threading
import time
import weakref
from collections.abc import Iterator

import pytest

from rpkpy.engine import Engine, GuestTrap, Instance
from rpkpy.errors import InvalidError
from rpkpy.wasm.demangle import demangle
from rpkpy.wasm.limits import Limits
from tests.engine.guest import ECHO, batch, compile_guest, instance, run, values, wasm

_SPIN = "(loop $spin (br $spin))"
# One fd_write of the text "x".
_LOG = """(i32.store (i32.const 200) (i32.const 212)) (i32.store (i32.const 204) (i32.const 1))
  (i32.store8 (i32.const 212) (i32.const 120))
  (drop (call $fd_write (i32.const 1) (i32.const 200) (i32.const 1) (i32.const 208)))"""


def test_many_guests_take_turns_on_one_thread() -> None:
    module = compile_guest(ECHO)
    guests = [instance(module) for _ in range(20)]
    for guest in guests:
        guest.start()
    for turn in range(5):
        for number, guest in enumerate(guests):
            value = b"%d/%d" % (turn, number)
            assert values(guest.process(batch(value))) == [value]
    for guest in guests:
        guest.close()


def test_guests_run_in_threads() -> None:
    module = compile_guest(ECHO)
    failures: list[str] = []

    def work(name: bytes) -> None:
        with instance(module) as guest:
            guest.start()
            for turn in range(100):
                expected = [name + b"%d" % turn, name]
                if values(guest.process(batch(*expected))) != expected:
                    failures.append(f"{name!r} {turn}")

    threads = [threading.Thread(target=work, args=(b"%d" % number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_guest_may_go_on_in_another_thread() -> None:
    with instance(compile_guest(ECHO)) as guest:
        guest.start()
        got: list[list[bytes | None]] = []
        thread = threading.Thread(target=lambda: got.append(values(guest.process(batch(b"a")))))
        thread.start()
        thread.join()
        assert got == [[b"a"]]
        assert values(guest.process(batch(b"b"))) == [b"b"]


def test_second_thread_is_refused_while_the_first_is_inside() -> None:
    inside = threading.Event()
    release = threading.Event()

    def on_log(_fd: int, _text: bytes) -> None:
        inside.set()
        release.wait(10)

    with instance(compile_guest(_LOG), on_log=on_log) as guest:
        guest.start()
        thread = threading.Thread(target=guest.process, args=(batch(b"a"),))
        thread.start()
        assert inside.wait(10)
        with pytest.raises(RuntimeError, match="another thread"):
            guest.process(batch(b"b"))
        release.set()
        thread.join()
        assert guest.process(batch(b"c")).stats.records_in == 1


class _Own(Exception):
    pass


@pytest.mark.parametrize("error", [_Own("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_exception_of_a_callback_comes_out_as_itself(error: BaseException) -> None:
    def on_log(_fd: int, _text: bytes) -> None:
        raise error

    with instance(compile_guest(_LOG), on_log=on_log) as guest:
        guest.start()
        with pytest.raises(type(error)) as caught:
            guest.process(batch(b"a"))
        assert caught.value is error
        with pytest.raises(RuntimeError, match="closed"):
            guest.process(batch(b"a"))


@pytest.fixture
def interrupt() -> Iterator[None]:
    """Ctrl-C, 0.2 s from now."""
    timer = threading.Timer(0.2, signal.raise_signal, args=(signal.SIGINT,))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    # A thread's raise_signal reaches the process; Python runs the handler in the main thread.
    timer.start()
    yield
    timer.cancel()
    timer.join()
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(
    "body",
    [
        _SPIN,
        # Host functions all the time: where CPython would run the handler inside a ctypes callback.
        f"(loop $calls {ECHO.replace('$write_record (i32.const 1024)', '$random_get (i32.const 1024)')} (br $calls))",
    ],
    ids=["spinning", "calling"],
)
def test_ctrl_c_reaches_a_busy_guest(body: str, interrupt: None, capfd: pytest.CaptureFixture[str]) -> None:
    started = time.monotonic()
    with instance(compile_guest(body)) as guest:
        guest.start()
        with pytest.raises(KeyboardInterrupt):
            guest.process(batch(b"a"))
    # The guest's fuel alone would end a spin loop, but not an endless row of calls, as a trap.
    assert time.monotonic() - started < 30
    assert "Exception ignored" not in capfd.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_handler_that_does_not_raise_lets_the_guest_go_on(interrupt: None) -> None:
    seen: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: seen.append(number))
    body = f"{ECHO} (loop $turn (br_if $turn (i32.lt_u (call $turns) (i32.const 400000000))))"
    count = """(global $count (mut i32) (i32.const 0))
      (func $turns (result i32) (global.set $count (i32.add (global.get $count) (i32.const 1))) (global.get $count))"""
    with instance(compile_guest(body, declarations=count)) as guest:
        guest.start()
        output = guest.process(batch(b"a"))
    assert values(output) == [b"a"]
    assert seen == [signal.SIGINT]


def test_closing_unwinds_a_waiting_guest_and_frees_it() -> None:
    module = compile_guest(ECHO)
    guest = instance(module)
    guest.start()
    guest.close()
    guest.close()
    with pytest.raises(RuntimeError):
        guest.process(batch(b"a"))
    dropped: Instance | None = instance(module)
    assert dropped is not None
    dropped.start()
    reference = weakref.ref(dropped)
    dropped = None
    gc.collect()  # an instance that nobody closed
    assert reference() is None


def test_hundreds_of_instances_leave_no_memory_behind() -> None:
    from pathlib import Path

    def mapped_pages() -> int:
        return int(Path("/proc/self/statm").read_text().split()[0])

    if not Path("/proc/self/statm").exists():
        pytest.skip("needs /proc")
    module = compile_guest(ECHO)
    for _ in range(5):
        run(module)
    before = mapped_pages()
    for _ in range(200):
        run(module)
    # One guest reserves 4 GiB of addresses (a million pages): a single one left behind shows.
    assert mapped_pages() - before < 500_000


def test_reading_before_start_and_starting_twice_are_refused() -> None:
    with instance(compile_guest(ECHO)) as guest:
        with pytest.raises(RuntimeError, match="not been started"):
            guest.process(batch(b"a"))
        guest.start()
        with pytest.raises(RuntimeError, match="has been started"):
            guest.start()


@pytest.mark.parametrize(
    ("mangled", "plain"),
    [
        ("mask::run::h0123456789abcdef", "mask::run"),
        ("_ZN4mask3run17h0123456789abcdefE", "mask::run"),
        (
            "_ZN49_$LT$mask..Fields$u20$as$u20$core..fmt..Debug$GT$3fmt17h0123456789abcdefE",
            "<mask::Fields as core::fmt::Debug>::fmt",
        ),
        ("_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"),
        ("_RNvC6_123foo3bar", "123foo::bar"),
        ("_RNCNvCs9_4mask4main0", "mask::main::{closure}"),
        ("_ZN8redpanda9on_recordERKNS_6recordE", "redpanda::on_record"),
        ("_Z4maski", "mask"),
        ("on_record", "on_record"),
        ("_ZN999x", "_ZN999x"),
        ("_R", "_R"),
        ("runtime.main", "runtime.main"),
    ],
)
def test_demangle(mangled: str, plain: str) -> None:
    assert demangle(mangled) == plain


@pytest.mark.parametrize("on_start", ["(unreachable)", ""])
def test_an_instance_that_does_not_start_is_closed(on_start: str) -> None:
    """By a trap, and by a memory that is larger than the limit."""
    module = Engine(Limits(memory_bytes=64 * 1024 * (18 if on_start else 1))).compile(wasm(ECHO, on_start=on_start))
    guest = Instance(module, name="m", input_topic="i", output_topics=["o"])
    with pytest.raises((GuestTrap, InvalidError)):
        guest.start()
    with pytest.raises(RuntimeError, match="the instance is closed"):
        guest.start()
    guest.close()
