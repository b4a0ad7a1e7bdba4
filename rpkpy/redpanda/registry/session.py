"""A schema registry's HTTP API: requests in parallel, answers parsed, refusals by subject.

Source of paths and fields here: Confluent's "Schema Registry API Reference", which Redpanda's registry follows. (The
client for guests, which may ask at every record, is rpkpy.redpanda.schema_registry.)
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

from rpkpy.config.settings import Settings
from rpkpy.errors import RefusedError, UsageError
from rpkpy.redpanda import event_loop
from rpkpy.redpanda.http import Answer, Deadline, HttpApi
from rpkpy.redpanda.registry.refusals import REGISTRY

T = TypeVar("T")

_AT_ONCE = 8


class Session:
    """Requests of one session, a few at a time: `await session(method, path, action, parse, content)`.

    Raises AuthError (credentials refused), RefusedError (the registry said no) or UnreachableError (no answer in
    time, or not a registry's).
    """

    def __init__(self, api: HttpApi, client: Any) -> None:
        self._api = api
        self._client = client
        self._gate = asyncio.Semaphore(_AT_ONCE)

    async def __call__(
        self, method: str, path: str, action: str, parse: Callable[[Any], T], content: bytes | None = None
    ) -> T:
        async with self._gate:
            answer: Answer = await self._api.request(
                self._client,
                method,
                path,
                action=action,
                deadline=Deadline.after(self._api.request_timeout_s),
                content=content,
                repeatable=True,  # registering what is there already finds it
            )
        try:
            return parse(answer.json(action))
        except (ValueError, KeyError, TypeError):
            raise answer.unexpected(action) from None

    async def each(
        self,
        subjects: Sequence[str],
        one: Callable[["Session", str], Awaitable[T]],
        failed: Callable[[str, str], T],
    ) -> list[T]:
        """What `one` gives for each subject; a refusal becomes what `failed` makes of it, other errors are raised."""

        async def attempt(subject: str) -> T:
            try:
                return await one(self, subject)
            except RefusedError as error:
                return failed(subject, error.message.partition(": ")[2] or error.message)

        return list(await asyncio.gather(*map(attempt, dict.fromkeys(subjects))))


class Registry:
    """A registry at one or more addresses. `say` is told of every request."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = lambda text: None) -> None:
        self._api = HttpApi(
            settings.registry,
            settings.kafka.sasl,
            settings.dial_timeout_s,
            settings.request_timeout_s,
            say,
            REGISTRY,
        )

    def run(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """What `work` gives in a session of its own."""

        async def session() -> T:
            async with self._api.client() as client:
                return await work(Session(self._api, client))

        return event_loop.run(session())


def segment(subject: str) -> str:
    """A subject as one segment of a path. Raises UsageError for an empty one."""
    if not subject:
        raise UsageError("A subject's name cannot be empty.")
    return quote(subject, safe="", errors="surrogateescape") if subject.strip(".") else subject.replace(".", "%2E")


def query(**flags: bool) -> str:
    """The query of the flags that are set."""
    asked = [f"{name}=true" for name, value in flags.items() if value]
    return f"?{'&'.join(asked)}" if asked else ""


def typed(kind: type, value: Any) -> Any:
    """`value`, which must be of `kind`. Raises TypeError."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError(kind.__name__)
    return value


def _list(kind: type, value: Any) -> list[Any]:
    return [typed(kind, item) for item in typed(list, value)]


number: Callable[[Any], int] = partial(typed, int)
mapping: Callable[[Any], dict[str, Any]] = partial(typed, dict)
numbers: Callable[[Any], list[int]] = partial(_list, int)
texts: Callable[[Any], list[str]] = partial(_list, str)
mappings: Callable[[Any], list[dict[str, Any]]] = partial(_list, dict)
