"""The guest of one processor: an instance of the transform's module, and the next one when it has failed."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rpkpy.errors import AuthError, InvalidError, RpkpyError, UnreachableError
from rpkpy.host.watched_registry import WatchedRegistry

if TYPE_CHECKING:
    from rpkpy.engine import CompiledModule, Instance, Output
    from rpkpy.host.model import Transform
    from rpkpy.host.record_path import Feed
    from rpkpy.host.settings import HostSettings


class CreationFailed(Exception):
    """The module cannot be made to run at all: the partition's state stays unknown, and a retry takes long."""


class Guest:
    """Runs the transform's module on the records of one partition; a context manager.

    `interrupt` may be called by any thread, the rest by one. Raises CreationFailed where there can be no instance.
    """

    def __init__(
        self,
        transform: "Transform",
        partition: int,
        settings: "HostSettings",
        compiled: Callable[[], "CompiledModule"],
        log: Callable[[int, bytes], None],
    ) -> None:
        self._transform = transform
        self._partition = partition
        self._log = log
        registry = settings.schema_registry
        self._registry = WatchedRegistry(registry) if registry is not None else None
        try:
            self._module = compiled()
        except (UnreachableError, AuthError):
            raise  # it is fetched from Kafka, which may be away
        except Exception as error:
            raise CreationFailed(words(error)) from error
        self._instance = self._made()
        self.took_s = 0.0
        """How long the last feed took."""

    def process(self, feed: "Feed") -> "Output":
        """Run it on what stands in `area`; GuestTrap where it fails, after which only `renew` helps."""
        if self._registry is not None:
            self._registry.away = False
        began = time.monotonic()
        try:
            return self._instance.process_input(feed.size, feed.skip_until)
        finally:
            self.took_s = time.monotonic() - began

    @property
    def blameless(self) -> bool:
        """Whether the schema registry was away when it processed last: what failed then may not fail again."""
        return self._registry is not None and self._registry.away

    def area(self, size: int) -> memoryview:
        """Where an input of `size` bytes goes."""
        return self._instance.input_area(size)

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that it has now."""
        return self._instance.memory_bytes

    def start(self) -> None:
        """Start it; CreationFailed where it cannot be linked or does not fit, GuestTrap where it fails."""
        try:
            self._instance.start()
        except InvalidError as error:
            raise CreationFailed(words(error)) from error

    def renew(self) -> None:
        """Begin again with a fresh instance; raises as making and starting the first one does."""
        self._instance.close()
        self._instance = self._made()
        self.start()

    def interrupt(self) -> None:
        """End it in the middle of a record, of which nothing goes out."""
        self._instance.interrupt()

    def __enter__(self) -> "Guest":
        return self

    def __exit__(self, *_: object) -> None:
        self._instance.close()

    def _made(self) -> "Instance":
        from rpkpy.engine import Instance

        transform = self._transform
        try:
            return Instance(
                self._module,
                name=transform.name,
                input_topic=transform.input_topic,
                output_topics=transform.output_topics,
                env=transform.environment,
                on_log=self._log,
                schema_registry=self._registry,
                check_crcs=False,  # the source makes or has checked them
                partition=self._partition,
                carry_times=transform.options.timestamps == "carry",
            )
        except Exception as error:
            raise CreationFailed(words(error)) from error


def words(error: Exception) -> str:
    """What an error says, in one line."""
    if isinstance(error, RpkpyError):
        return " ".join(filter(None, (error.message, error.cause)))
    return str(error) or repr(error)
