"""Servers that answer as they did when a run of rpk was recorded, and keep what they are asked."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from tests.cli.wire.recorded import Exchange
from tests.redpanda.loopback import Asked, Loopback, Reply, serving


class Replay:
    """For each server, method and path the recorded answers in turn, the last one for all that follow.

    `log` is what was asked, with the server's number. With several servers each gives an answer that was recorded
    for another, as any of them may be asked. What nobody recorded gets status 599.
    """

    def __init__(self, exchanges: Sequence[Exchange], servers: int = 1) -> None:
        self.log: list[tuple[int, Asked]] = []
        self.servers: list[Loopback] = []
        self._count = servers
        self._stack = ExitStack()
        self._left: dict[tuple[int, str, str], list[Exchange]] = {}
        for exchange in exchanges:
            self._left.setdefault((exchange.server or 0, exchange.method, exchange.path), []).append(exchange)

    def __enter__(self) -> "Replay":
        for index in range(self._count):
            self.servers.append(self._stack.enter_context(serving(self._answering(index))))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def filled(self, text: str) -> str:
        """`text` with the servers' addresses in their places."""
        for index, server in reversed(list(enumerate(self.servers))):
            text = text.replace(f"127.0.0.1:PORT{index}", server.address)
        return text.replace("127.0.0.1:PORT", self.servers[0].address)

    def url(self, text: str) -> str:
        """The URL that `server N: /path` stands for."""
        server, _, path = text.partition(": ")
        return f"http://{self.servers[int(server.split()[1])].address}{path}"

    def _answering(self, index: int) -> Callable[[Asked], Reply]:
        return lambda asked: self._answer(index, asked)

    def _answer(self, index: int, asked: Asked) -> Reply:
        self.log.append((index, asked))
        left = self._left.get((index, asked.method, asked.path))
        if left is None and self._count > 1:
            left = next((v for (_, m, p), v in self._left.items() if (m, p) == (asked.method, asked.path)), None)
        if left is None:
            return Reply(599, f"not recorded: {asked.method} {asked.path}")
        exchange = left.pop(0) if len(left) > 1 else left[0]
        headers = {"Location": self.url(exchange.location)} if exchange.location else {}
        return Reply(exchange.status, exchange.answer, headers, closed=exchange.closed)
