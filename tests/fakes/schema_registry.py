"""A schema registry on loopback, for no real one can be installed from a package registry.

Sources of truth: Confluent's "Schema Registry API Reference" (paths, fields, content types), which Redpanda's registry
follows; Redpanda's error codes and texts (src/v/pandaproxy/schema_registry/errors.h); and of both, that an Avro
schema's type is left out of answers, that schemas get ids from 1 shared by all subjects, and that Avro and JSON texts
come back without their white space. Of compatibility it knows one rule of Avro's: a reader's new field needs a default.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.redpanda.loopback import Asked, Reply

_TYPES = ("application/vnd.schemaregistry.v1+json", "application/vnd.schemaregistry+json", "application/json")
_TYPE = {"Content-Type": _TYPES[0]}


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.reply = Reply(status, {"error_code": code, "message": message}, _TYPE)


def _missing(subject: str) -> Refused:
    return Refused(404, 40401, f"Subject '{subject}' not found.")


def _fields(schema: Any) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = schema.get("fields", []) if isinstance(schema, dict) else []
    return fields


@dataclass
class FakeRegistry:
    """Answers a Loopback's requests; `schemas` by id from 1, `subjects` hold their versions' ids in order.

    Deleted versions stand in `deleted`, those deleted for good in `gone`, too.
    """

    schemas: list[dict[str, Any]] = field(default_factory=list)
    subjects: dict[str, list[int]] = field(default_factory=dict)
    deleted: set[tuple[str, int]] = field(default_factory=set)
    gone: set[tuple[str, int]] = field(default_factory=set)
    levels: dict[str, str] = field(default_factory=lambda: {"": "BACKWARD"})
    modes: dict[str, str] = field(default_factory=lambda: {"": "READWRITE"})

    def __call__(self, asked: Asked) -> Reply:
        url = urlsplit(asked.path)
        flags = {name for name, values in parse_qs(url.query).items() if values == ["true"]}
        if asked.body:
            assert asked.headers["content-type"] in _TYPES
        body = json.loads(asked.body) if asked.body else {}
        try:
            for method, path, answer in self._routes():
                match = re.fullmatch(path, url.path)
                if method == asked.method and match:
                    return Reply(
                        200,
                        answer(*(unquote(each) for each in match.groups() if each is not None), flags=flags, body=body),
                        _TYPE,
                    )
        except Refused as error:
            return error.reply
        return Refused(404, 404, "HTTP 404 Not Found").reply

    def _routes(self) -> list[tuple[str, str, Callable[..., Any]]]:
        part = "/([^/]+)"
        return [
            ("GET", "/subjects", self._subjects),
            ("POST", f"/subjects{part}", self._lookup),
            ("DELETE", f"/subjects{part}", self._delete_subject),
            ("GET", f"/subjects{part}/versions", self._versions),
            ("POST", f"/subjects{part}/versions", self._register),
            ("GET", f"/subjects{part}/versions{part}", self._version),
            ("DELETE", f"/subjects{part}/versions{part}", self._delete_version),
            ("GET", f"/subjects{part}/versions{part}/referencedby", self._referenced_by),
            ("GET", f"/schemas/ids{part}", self._schema),
            ("GET", f"/schemas/ids{part}/versions", self._uses),
            ("POST", f"/compatibility/subjects{part}/versions{part}", self._check),
            ("GET", f"/config(?:{part})?", self._level),
            ("PUT", f"/config(?:{part})?", self._set_level),
            ("GET", f"/mode(?:{part})?", self._mode),
            ("PUT", f"/mode(?:{part})?", self._set_mode),
            ("DELETE", f"/mode{part}", self._reset_mode),
        ]

    def _there(self, subject: str, *, deleted: bool) -> list[int]:
        """The versions of a subject."""
        numbers = range(1, len(self.subjects.get(subject, ())) + 1)
        hidden = self.gone if deleted else self.deleted
        return [number for number in numbers if (subject, number) not in hidden]

    def _resolve(self, subject: str, version: str, *, deleted: bool) -> int:
        if not self._there(subject, deleted=deleted):
            raise _missing(subject)
        if version != "latest" and not (version.isdigit() and int(version)):
            raise Refused(422, 42202, f"The specified version '{version}' is not a valid version id.")
        number = self._there(subject, deleted=deleted)[-1] if version == "latest" else int(version)
        if number not in self._there(subject, deleted=deleted):
            raise Refused(404, 40402, f"Version {number} not found.")
        return number

    def _answer(self, subject: str, number: int) -> dict[str, Any]:
        schema_id = self.subjects[subject][number - 1]
        return {"subject": subject, "version": number, "id": schema_id} | self.schemas[schema_id - 1]

    def _subjects(self, *, flags: set[str], body: Any) -> Any:
        return [subject for subject in self.subjects if self._there(subject, deleted="deleted" in flags)]

    def _versions(self, subject: str, *, flags: set[str], body: Any) -> Any:
        found = self._there(subject, deleted="deleted" in flags)
        if not found:
            raise _missing(subject)
        return found

    def _version(self, subject: str, version: str, *, flags: set[str], body: Any) -> Any:
        return self._answer(subject, self._resolve(subject, version, deleted="deleted" in flags))

    def _schema(self, schema_id: str, *, flags: set[str], body: Any) -> Any:
        if not schema_id.isdigit() or not 0 < int(schema_id) <= len(self.schemas):
            raise Refused(404, 40403, f"Schema {schema_id} not found")
        return self.schemas[int(schema_id) - 1]

    def _uses(self, schema_id: str, *, flags: set[str], body: Any) -> Any:
        self._schema(schema_id, flags=flags, body=body)
        return [
            {"subject": subject, "version": number}
            for subject, ids in self.subjects.items()
            for number in self._there(subject, deleted="deleted" in flags)
            if ids[number - 1] == int(schema_id)
        ]

    def _register(self, subject: str, *, flags: set[str], body: Any) -> Any:
        if self.modes.get(subject, self.modes[""]) == "READONLY":
            raise Refused(422, 42205, f"Subject {subject} is in read-only mode")
        schema = self._canonical(body)
        ids = self.subjects.setdefault(subject, [])
        there = self._there(subject, deleted=False)
        if schema in self.schemas and any(ids[number - 1] == self.schemas.index(schema) + 1 for number in there):
            return {"id": self.schemas.index(schema) + 1}
        if there and (messages := self._against(subject, there[-1], schema)):
            raise Refused(409, 409, f"Schema being registered is incompatible with an earlier schema: {messages[0]}")
        if schema not in self.schemas:
            self.schemas.append(schema)
        ids.append(self.schemas.index(schema) + 1)
        return {"id": ids[-1]}

    def _lookup(self, subject: str, *, flags: set[str], body: Any) -> Any:
        schema = self._canonical(body)
        for number in self._versions(subject, flags=flags, body=body):
            if self.schemas[self.subjects[subject][number - 1] - 1] == schema:
                return self._answer(subject, number)
        raise Refused(404, 40403, "Schema not found")

    def _canonical(self, body: Any) -> dict[str, Any]:
        schema = {"schema": body["schema"]}
        if body.get("schemaType", "AVRO") != "AVRO":
            schema["schemaType"] = body["schemaType"]
        if body.get("references"):
            schema["references"] = body["references"]
        if body.get("schemaType") != "PROTOBUF":
            try:
                schema["schema"] = json.dumps(json.loads(body["schema"]), separators=(",", ":"))
            except ValueError:
                raise Refused(422, 42201, f"Invalid schema {body['schema']}") from None
        for reference in body.get("references", ()):
            if reference["version"] not in self._there(reference["subject"], deleted=False):
                raise Refused(422, 42201, f"No schema reference found for subject {reference['subject']!r}")
        return schema

    def _delete_subject(self, subject: str, *, flags: set[str], body: Any) -> Any:
        permanent = "permanent" in flags
        there = self._there(subject, deleted=permanent)
        if not there:
            if self._there(subject, deleted=True):
                message = f"Subject '{subject}' was soft deleted.Set permanent=true to delete permanently"
                raise Refused(404, 40404, message)
            raise _missing(subject)
        if permanent and self._there(subject, deleted=False):
            message = f"Subject '{subject}' was not deleted first before being permanently deleted"
            raise Refused(404, 40405, message)
        for number in there:
            self._unused(subject, number)
            (self.gone if permanent else self.deleted).add((subject, number))
        return there

    def _delete_version(self, subject: str, version: str, *, flags: set[str], body: Any) -> Any:
        permanent = "permanent" in flags
        number = self._resolve(subject, version, deleted=True)
        if permanent and (subject, number) not in self.deleted:
            message = f"Subject '{subject}' Version {number} was not deleted first before being permanently deleted"
            raise Refused(404, 40407, message)
        if not permanent and (subject, number) in self.deleted:
            message = f"Subject '{subject}' Version {number} was soft deleted.Set permanent=true to delete permanently"
            raise Refused(404, 40406, message)
        self._unused(subject, number)
        (self.gone if permanent else self.deleted).add((subject, number))
        return number

    def _unused(self, subject: str, number: int) -> None:
        if self._referenced_by(subject, str(number), flags={"deleted"}, body=None):
            key = f"{{magic=1,keytype=SCHEMA,subject={subject},version={number}}}"
            raise Refused(422, 42206, f"One or more references exist to the schema {key}")

    def _referenced_by(self, subject: str, version: str, *, flags: set[str], body: Any) -> Any:
        number = self._resolve(subject, version, deleted="deleted" in flags)
        return [
            schema_id
            for schema_id, schema in enumerate(self.schemas, 1)
            if any((each["subject"], each["version"]) == (subject, number) for each in schema.get("references", ()))
        ]

    def _check(self, subject: str, version: str, *, flags: set[str], body: Any) -> Any:
        number = self._resolve(subject, version, deleted=False)
        messages = self._against(subject, number, self._canonical(body))
        answer: dict[str, Any] = {"is_compatible": not messages}
        return answer | ({"messages": messages} if "verbose" in flags else {})

    def _against(self, subject: str, number: int, schema: dict[str, Any]) -> list[str]:
        if self.levels.get(subject, self.levels[""]) == "NONE" or schema.get("schemaType"):
            return []
        old, new = (json.loads(text) for text in (self._answer(subject, number)["schema"], schema["schema"]))
        known, fields = ({each["name"]: each for each in _fields(schema)} for schema in (old, new))
        added = [name for name, each in fields.items() if name not in known and "default" not in each]
        return [f"READER_FIELD_MISSING_DEFAULT_VALUE: {name}" for name in added]

    def _level(self, subject: str = "", *, flags: set[str], body: Any) -> Any:
        if subject not in self.levels and "defaultToGlobal" not in flags:
            message = f"Subject '{subject}' does not have subject-level compatibility configured"
            raise Refused(404, 40408, message)
        return {"compatibilityLevel": self.levels.get(subject, self.levels[""])}

    def _set_level(self, subject: str = "", *, flags: set[str], body: Any) -> Any:
        self.levels[subject] = body["compatibility"]
        return body

    def _mode(self, subject: str = "", *, flags: set[str], body: Any) -> Any:
        if subject not in self.modes and "defaultToGlobal" not in flags:
            raise Refused(404, 40409, f"Subject '{subject}' does not have subject-level mode configured")
        return {"mode": self.modes.get(subject, self.modes[""])}

    def _set_mode(self, subject: str = "", *, flags: set[str], body: Any) -> Any:
        there = self._there(subject, deleted=True) if subject else self.schemas
        if body["mode"] == "IMPORT" and there and "force" not in flags:
            raise Refused(422, 42205, f"Cannot import since found existing subjects {subject}")
        self.modes[subject] = body["mode"]
        return body

    def _reset_mode(self, subject: str, *, flags: set[str], body: Any) -> Any:
        if subject not in self.modes:
            raise Refused(404, 40409, f"Subject '{subject}' does not have subject-level mode configured")
        return {"mode": self.modes.pop(subject)}
