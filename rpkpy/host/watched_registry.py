"""A schema registry that remembers whether it was away, so that nobody blames a record for it."""

from collections.abc import Callable
from typing import TypeVar

from rpkpy.engine.schema_registry import (
    Definition,
    Pause,
    SchemaNotAvailable,
    SchemaRegistry,
    SchemaRegistryAway,
    SchemaRegistryNotEnabled,
    SubjectSchema,
)
from rpkpy.errors import RpkpyError

T = TypeVar("T")


class WatchedRegistry:
    """Answers as `registry` does (the SchemaRegistry protocol). `away` is set by a call that it could not answer."""

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self.away = False
        self.failed = registry.failed

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        """See SchemaRegistry."""
        return self._watched(lambda: self._registry.definition(schema_id, pause))

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        """See SchemaRegistry."""
        return self._watched(lambda: self._registry.subject_schema(subject, version, pause))

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        """See SchemaRegistry."""
        return self._watched(lambda: self._registry.create(subject, definition, pause))

    def _watched(self, call: Callable[[], T]) -> T:
        try:
            return call()
        except SchemaRegistryAway:
            self.away = True
            raise
        except (SchemaNotAvailable, SchemaRegistryNotEnabled):
            raise
        except RpkpyError:
            self.away = True
            raise
