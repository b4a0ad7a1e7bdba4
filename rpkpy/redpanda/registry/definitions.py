"""Schemas as codecs need them: by id or as a subject's latest, with all that they refer to."""

from dataclasses import dataclass
from typing import Any

from rpkpy.errors import InvalidError
from rpkpy.redpanda.registry.schemas import Reference, Schema
from rpkpy.redpanda.registry.session import Registry, Session, mapping, mappings, segment, typed

MAX_CHARS = 4 * 1024 * 1024
"""Of a schema and what it refers to, together."""
_MAX_IMPORTS = 200
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Definition:
    """A schema with what it refers to, directly or not: by name, each after what it refers to itself."""

    id: int
    schema: Schema
    imports: tuple[tuple[str, Schema], ...] = ()


def by_id(registry: Registry, schema_id: int) -> Definition:
    """The schema of an id. Raises InvalidError for one that refers to too much, or to itself; else as Session."""

    async def work(ask: Session) -> Definition:
        schema = await ask("GET", f"/schemas/ids/{schema_id}", f"get schema {schema_id}", _schema)
        return Definition(schema_id, schema, await _imports(ask, schema))

    return registry.run(work)


def latest(registry: Registry, subject: str) -> Definition:
    """A subject's latest schema. Raises as `by_id`."""

    async def work(ask: Session) -> Definition:
        path = f"/subjects/{segment(subject)}/versions/latest"
        schema_id, schema = await ask("GET", path, f'get the latest schema of "{subject}"', _numbered)
        return Definition(schema_id, schema, await _imports(ask, schema))

    return registry.run(work)


async def _imports(ask: Session, schema: Schema) -> tuple[tuple[str, Schema], ...]:
    found: dict[str, Schema] = {}
    under_way: list[str] = []
    chars = len(schema.text)

    async def visit(references: tuple[Reference, ...]) -> None:
        nonlocal chars
        for each in references:
            if each.name in under_way:
                raise InvalidError("A schema refers to itself.", cause=" → ".join([*under_way, each.name]))
            if each.name in found:
                continue
            if len(under_way) >= _MAX_DEPTH or len(found) >= _MAX_IMPORTS or chars > MAX_CHARS:
                raise InvalidError("A schema refers to more than rpkpy reads.")
            under_way.append(each.name)
            path = f"/subjects/{segment(each.subject)}/versions/{each.version}"
            action = f'get version {each.version} of "{each.subject}", which a schema refers to'
            _, used = await ask("GET", path, action, _numbered)
            chars += len(used.text)
            await visit(used.references)
            found[under_way.pop()] = used

    await visit(schema.references)
    if chars > MAX_CHARS:
        raise InvalidError("A schema is larger than rpkpy reads.", cause=f"That is {MAX_CHARS >> 20} Mi characters.")
    return tuple(found.items())


def _numbered(value: Any) -> tuple[int, Schema]:
    return typed(int, mapping(value)["id"]), _schema(value)


def _schema(value: Any) -> Schema:
    """An answer's schema; the type of Avro's is left out of answers."""
    data = mapping(value)
    references = tuple(
        Reference(typed(str, each["name"]), typed(str, each["subject"]), typed(int, each["version"]))
        for each in mappings(data.get("references") or [])
    )
    return Schema(typed(str, data.get("schemaType") or "AVRO"), typed(str, data["schema"]), references)
