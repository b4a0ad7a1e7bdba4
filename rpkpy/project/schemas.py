"""A schema registry out of a file, for runs without a network.

The file is YAML, or JSON when its name ends in .json:

    schemas:
      - subject: customer-value    # version and id: the next free ones unless given
        type: avro                 # avro (also when left out), protobuf, json
        schema: '{"type":"string"}'
      - subject: order-value
        version: 3
        id: 12
        schema: {type: record, name: Order, fields: [{name: by, type: Customer}]}
        references: [{name: Customer, subject: customer-value, version: 1}]
      - subject: event-value
        type: protobuf
        file: event.proto          # beside this file

What a guest registers is kept for the run alone. Avro and JSON schemas are kept as compact JSON, as registries do;
protobuf is kept as it is. Whether versions are compatible is not looked at.
"""

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpkpy.engine.schema_registry import (
    Definition,
    Failures,
    Pause,
    Reference,
    SchemaNotAvailable,
    SchemaType,
    SubjectSchema,
)
from rpkpy.errors import ProjectError
from rpkpy.yaml_reading import KeyPositions, parser

if TYPE_CHECKING:
    from ruamel.yaml.events import Event

MAX_FILE_BYTES = 4 * 1024 * 1024
_MAX_ID = (1 << 31) - 1
_MAX_DEPTH = 64
_TYPES = {type.name.lower(): type for type in SchemaType}
_KEYS = ("subject", "version", "id", "type", "schema", "file", "references")


class FixtureRegistry:
    """Schemas in memory (the SchemaRegistry protocol). `say` is told of each failure of a guest's call once."""

    def __init__(self, say: Callable[[str], None] = lambda text: None) -> None:
        self.failed = Failures(say)
        self._lock = threading.Lock()
        self._by_id: dict[int, Definition] = {}
        self._ids: dict[Definition, int] = {}
        self._subjects: dict[str, dict[int, int]] = {}  # version -> id

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        """See SchemaRegistry."""
        with self._lock:
            if schema_id not in self._by_id:
                raise SchemaNotAvailable(f"there is no schema with id {schema_id}")
            return self._by_id[schema_id]

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        """See SchemaRegistry."""
        with self._lock:
            versions = self._subjects.get(subject)
            if versions is None:
                raise SchemaNotAvailable("there is no such subject")
            found = max(versions) if version is None else version
            if found not in versions:
                raise SchemaNotAvailable("the subject has no such version")
            return SubjectSchema(versions[found], found, self._by_id[versions[found]])

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        """See SchemaRegistry. Refuses what is not JSON (Avro and JSON schemas) and unknown references."""
        with self._lock:
            return self._add(subject, definition)

    def add(self, subject: str, definition: Definition, *, version: int | None = None, id: int | None = None) -> int:
        """As `create`, with a version and an id of one's own choice; SchemaNotAvailable where they are taken."""
        with self._lock:
            return self._add(subject, definition, version, id)

    def _add(self, subject: str, given: Definition, version: int | None = None, id: int | None = None) -> int:
        if not subject:
            raise SchemaNotAvailable("a subject cannot be empty")
        definition = Definition(given.type, canonical(given.type, given.text), given.references)
        for reference in definition.references:
            if reference.version not in self._subjects.get(reference.subject, {}):
                raise SchemaNotAvailable(f"its reference {reference.subject} version {reference.version} is unknown")
        versions = self._subjects.get(subject, {})
        known = self._ids.get(definition)
        if version is None and known is not None and known in versions.values():
            return known
        if version in versions:
            raise SchemaNotAvailable(f"version {version} of {subject} is given twice")
        if id is None:
            id = known or max(self._by_id, default=0) + 1
        elif self._by_id.get(id, definition) != definition:
            raise SchemaNotAvailable(f"the id {id} stands for another schema")
        elif known not in (None, id):
            raise SchemaNotAvailable(f"this schema has the id {known}")
        self._by_id[id] = definition
        self._ids[definition] = id
        self._subjects.setdefault(subject, versions)[version or max(versions, default=0) + 1] = id
        return id


def canonical(type: SchemaType, text: str) -> str:
    """The text under which a schema is kept. SchemaNotAvailable where it can be none."""
    if type is SchemaType.PROTOBUF:
        if not text.strip():
            raise SchemaNotAvailable("the schema is empty")
        return text
    try:
        return _compact(json.loads(text))
    except (ValueError, RecursionError):
        raise SchemaNotAvailable("the schema is not JSON") from None


def load(path: Path, shown: str | None = None, say: Callable[[str], None] = lambda text: None) -> FixtureRegistry:
    """The registry that the file `path`, called `shown` in messages, describes. Raises ProjectError."""
    shown = shown or str(path)
    data = _parse(_read(path, shown), shown)
    entries = data.get("schemas") if isinstance(data, Mapping) and set(data) == {"schemas"} else None
    if not isinstance(entries, list):
        raise ProjectError(
            f"{shown} describes no schema registry.",
            cause="It is to hold one key, `schemas`, with a list.",
            fix='schemas: [{subject: NAME, schema: \'{"type":"string"}\'}]',
        )
    return of_entries(entries, shown, path.parent, say)


def of_entries(
    entries: Sequence[Any], shown: str, folder: Path, say: Callable[[str], None] = lambda text: None
) -> FixtureRegistry:
    """The registry of the list under `schemas:`; `shown` names it in messages, files are found in `folder`.

    Raises ProjectError.
    """
    registry = FixtureRegistry(say)
    for number, entry in enumerate(entries, 1):
        where = f"{shown}: schema {number}"
        if not isinstance(entry, Mapping):
            raise ProjectError(f"{where} is not a mapping.")
        reader = _Entry(entry, where)
        try:
            registry.add(
                reader.text("subject"),
                Definition(reader.type(), reader.schema(folder), reader.references()),
                version=reader.number("version"),
                id=reader.number("id"),
            )
        except SchemaNotAvailable as error:
            raise ProjectError(f"{where}: {error}.") from None
    return registry


class _Entry:
    """One schema of the file; ProjectErrors name the key."""

    def __init__(self, data: Mapping[Any, Any], where: str, keys: Iterable[str] = _KEYS) -> None:
        self._data = data
        self._where = where
        for key in data:
            if key not in keys:
                raise ProjectError(f"{where}: `{key}` is no key of it.", fix=f"The keys are {', '.join(keys)}.")

    def text(self, key: str) -> str:
        value = self._data.get(key)
        if not isinstance(value, str) or not value:
            raise ProjectError(f"{self._where}: `{key}` must be a text.")
        return value

    def number(self, key: str) -> int | None:
        value = self._data.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MAX_ID):
            raise ProjectError(f"{self._where}: `{key}` must be a positive whole number.")
        return value

    def type(self) -> SchemaType:
        value = self._data.get("type")
        found = _TYPES.get(str(value).lower()) if value is not None else SchemaType.AVRO
        if found is None:
            raise ProjectError(f"{self._where}: `type` cannot be {value!r}.", fix=f"One of {', '.join(_TYPES)}.")
        return found

    def schema(self, folder: Path) -> str:
        value, file = self._data.get("schema"), self._data.get("file")
        if (value is None) == (file is None):
            raise ProjectError(f"{self._where}: give `schema` or `file`, one of the two.")
        if file is not None:
            return _read(folder / self.text("file"), str(file))
        if isinstance(value, Mapping | list):
            try:
                return _compact(value)
            except (TypeError, ValueError):
                raise ProjectError(f"{self._where}: `schema` is not what JSON can hold.") from None
        return self.text("schema")

    def references(self) -> tuple[Reference, ...]:
        value = self._data.get("references") or []
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise ProjectError(f"{self._where}: `references` must be a list of mappings.")
        found = []
        for item in value:
            entry = _Entry(item, f"{self._where}, references", ("name", "subject", "version"))
            found.append(Reference(entry.text("name"), entry.text("subject"), entry.number("version") or 1))
        return tuple(found)


def _read(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ProjectError(f"{shown} is larger than {MAX_FILE_BYTES >> 20} MiB.")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise ProjectError(f"{shown} cannot be read.", cause=error.strerror) from error
    except UnicodeDecodeError as error:
        raise ProjectError(f"{shown} is not UTF-8 text.") from error


def _parse(text: str, shown: str) -> Any:
    if shown.endswith(".json"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ProjectError(f"{shown} is not JSON.", cause=str(error)) from error
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        _bound(parser("rt").parse(text), shown)
        return parser("safe").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{shown}:{mark.line + 1}:{mark.column + 1}" if mark else shown
        raise ProjectError(
            f"{place}: this is not YAML.", cause=" ".join(str(error.problem or error.context).split())
        ) from error
    except (YAMLError, ValueError) as error:
        raise ProjectError(f"{shown} is not YAML.", cause=" ".join(str(error).split())) from error


def _bound(events: "Iterable[Event]", shown: str) -> None:
    """Refuse aliases, by which a small file means a huge one, a depth and keys that the parser cannot take."""
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

    depth = 0
    keys = KeyPositions()
    for event in events:
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _MAX_DEPTH or isinstance(event, AliasEvent):
            place = f"{shown}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
            raise ProjectError(f"{place}: aliases, and more than {_MAX_DEPTH} levels, are not read.")
        if keys.is_key(event) and isinstance(event, CollectionStartEvent):
            place = f"{shown}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
            raise ProjectError(f"{place}: a list or a mapping as a key.", fix="A key is a text, such as `name:`.")


def _compact(data: Any) -> str:
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
