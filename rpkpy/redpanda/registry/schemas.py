"""Schemas of a registry: subjects and their versions."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rpkpy.redpanda.registry.session import (
    Registry,
    Session,
    mapping,
    mappings,
    number,
    numbers,
    query,
    segment,
    texts,
    typed,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """How a schema names another that it uses."""

    name: str
    subject: str
    version: int


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema: `type` is AVRO, PROTOBUF or JSON."""

    type: str
    text: str
    references: tuple[Reference, ...] = ()

    def body(self) -> bytes:
        """The schema as requests carry it."""
        data: dict[str, Any] = {"schema": self.text, "schemaType": self.type}
        if self.references:
            data["references"] = [
                {"name": each.name, "subject": each.subject, "version": each.version} for each in self.references
            ]
        return json.dumps(data).encode()


@dataclass(frozen=True, slots=True)
class Version:
    """A schema as a version of a subject; without them where `error` says why it could not be had."""

    subject: str
    version: int | None = field(default=None, metadata={"omit_none": True})
    id: int | None = field(default=None, metadata={"omit_none": True})
    type: str | None = field(default=None, metadata={"omit_none": True})
    error: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True, slots=True)
class Found:
    """A version and its schema's text."""

    version: Version
    text: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a subject that was to be deleted."""

    subject: str
    versions_deleted: list[int] | None = field(default=None, metadata={"omit_none": True})
    error: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True, slots=True)
class Compatibility:
    """Whether a schema may follow a version of a subject, and what speaks against it."""

    compatible: bool
    messages: list[str]


def subjects(registry: Registry, *, deleted: bool = False) -> list[str]:
    """All subjects by name, with `deleted` those too that were deleted, not for good."""
    return registry.run(lambda ask: _subjects(ask, deleted))


def delete_subjects(registry: Registry, names: Sequence[str], *, permanent: bool = False) -> list[Deleted]:
    """Delete subjects with all their versions; `permanent` is for those deleted before."""

    async def one(ask: Session, subject: str) -> Deleted:
        path = f"/subjects/{segment(subject)}{query(permanent=permanent)}"
        return Deleted(subject, await ask("DELETE", path, f'delete the subject "{subject}"', numbers))

    return registry.run(lambda ask: ask.each(names, one, lambda subject, error: Deleted(subject, error=error)))


def list_versions(registry: Registry, names: Sequence[str] = (), *, deleted: bool = False) -> list[Version]:
    """Every version of the subjects, all where none are named; a refused one has its error in its row."""

    async def one(ask: Session, subject: str) -> list[Version]:
        path = f"/subjects/{segment(subject)}/versions{query(deleted=deleted)}"
        found = await ask("GET", path, f'list the versions of "{subject}"', numbers)
        versions = await asyncio.gather(*(_version(ask, subject, str(each), deleted) for each in sorted(found)))
        return [each.version for each in versions]

    async def work(ask: Session) -> list[Version]:
        wanted = names or await _subjects(ask, deleted)
        rows = await ask.each(wanted, one, lambda subject, error: [Version(subject, error=error)])
        return [version for row in rows for version in row]

    return registry.run(work)


def by_version(registry: Registry, subject: str, version: str, *, deleted: bool = False) -> Found:
    """A version of a subject, or the latest."""
    return registry.run(lambda ask: _version(ask, subject, version, deleted))


def by_id(registry: Registry, schema_id: int, *, deleted: bool = False) -> list[Found]:
    """Every use of a schema."""
    return registry.run(lambda ask: _uses(ask, schema_id, deleted))


def by_schema(registry: Registry, subject: str, schema: Schema, *, deleted: bool = False) -> Found:
    """The version of a subject that is this schema."""
    return registry.run(lambda ask: _lookup(ask, subject, schema, deleted))


def create(registry: Registry, subject: str, schema: Schema) -> Version:
    """Register a schema under a subject; one that is there already is only found."""

    async def work(ask: Session) -> Found:
        action = f'create a schema of "{subject}"'
        await ask("POST", f"/subjects/{segment(subject)}/versions", action, mapping, schema.body())
        return await _lookup(ask, subject, schema, False)

    return registry.run(work).version


def delete_version(registry: Registry, subject: str, version: str, *, permanent: bool = False) -> int:
    """Delete a version of a subject; its number. `permanent` is for one deleted before."""
    path = f"/subjects/{segment(subject)}/versions/{version}{query(permanent=permanent)}"
    action = f'delete version {version} of "{subject}"'
    return registry.run(lambda ask: ask("DELETE", path, action, number))


def check(registry: Registry, subject: str, version: str, schema: Schema) -> Compatibility:
    """Whether `schema` is compatible with a version of a subject, by the subject's level."""
    path = f"/compatibility/subjects/{segment(subject)}/versions/{version}?verbose=true"
    action = f'check compatibility with "{subject}"'
    found = registry.run(lambda ask: ask("POST", path, action, mapping, schema.body()))
    messages = found.get("messages") or []
    return Compatibility(bool(found.get("is_compatible")), [str(message) for message in messages])


def references(registry: Registry, subject: str, version: str, *, deleted: bool = False) -> list[Version]:
    """The versions that use this one."""

    async def work(ask: Session) -> list[Version]:
        action = f'find what uses version {version} of "{subject}"'
        ids = await ask("GET", f"/subjects/{segment(subject)}/versions/{version}/referencedby", action, numbers)
        uses = await asyncio.gather(*(_uses(ask, schema_id, deleted) for schema_id in ids))
        return [found.version for use in uses for found in use]

    return registry.run(work)


async def _subjects(ask: Session, deleted: bool) -> list[str]:
    return sorted(await ask("GET", f"/subjects{query(deleted=deleted)}", "list the subjects", texts))


async def _version(ask: Session, subject: str, version: str, deleted: bool) -> Found:
    path = f"/subjects/{segment(subject)}/versions/{version}{query(deleted=deleted)}"
    return await ask("GET", path, f'get version {version} of "{subject}"', _found)


async def _lookup(ask: Session, subject: str, schema: Schema, deleted: bool) -> Found:
    path = f"/subjects/{segment(subject)}{query(deleted=deleted)}"
    return await ask("POST", path, f'look the schema up in "{subject}"', _found, schema.body())


async def _uses(ask: Session, schema_id: int, deleted: bool) -> list[Found]:
    action = f"get schema {schema_id}"
    path, flags = f"/schemas/ids/{schema_id}", query(deleted=deleted)

    def merged(uses: Any) -> list[dict[str, Any]]:
        return [{**schema, "id": schema_id, **use} for use in mappings(uses)]

    schema = await ask("GET", path + flags, action, mapping)
    return await ask("GET", f"{path}/versions{flags}", action, lambda uses: [_found(each) for each in merged(uses)])


def _found(value: Any) -> Found:
    """A version with its schema; an Avro schema's type is left out of answers."""
    data = mapping(value)
    version = Version(
        typed(str, data["subject"]),
        typed(int, data["version"]),
        typed(int, data["id"]),
        typed(str, data.get("schemaType") or "AVRO"),
    )
    return Found(version, typed(str, data["schema"]))
