"""Runs a coroutine to its end, and waits for nothing else."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class _NobodyWaits(ThreadPoolExecutor):
    """Runs each call on a thread of its own that ends with the process.

    Names are looked up on such threads. Cut off from its name servers, the system's resolver takes as long as it
    likes (half a minute by default), and asyncio and the interpreter would wait for it at their ends.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()

        def call() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:  # it belongs to whoever waits for the future
                future.set_exception(error)
            else:
                future.set_result(result)

        Thread(target=call, name="rpkpy-call", daemon=True).start()
        return future


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What `coroutine` returns or raises; as asyncio.run, but calls on threads may be left behind.

    Ctrl-C waits until the loop is up, which then cancels the coroutine: before, it would leave tasks that were never
    begun, and Python would complain about each.
    """

    async def main() -> T:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        asyncio.get_running_loop().set_default_executor(_NobodyWaits())
        return await coroutine

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return asyncio.run(main())
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
