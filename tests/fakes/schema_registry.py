"""A schema registry on loopback, for no real one can be installed from a package registry.

Source of truth: Confluent's "Schema Registry API Reference" (paths, fields, content type, error codes 40401, 40402,
40403, 42201), which Redpanda's registry follows; and of both, that an Avro schema's type is left out of answers, that
schemas get ids from 1 shared by all subjects, and that Avro and JSON texts come back without their white space.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.redpanda.loopback import Asked, Reply

_ID = re.compile(r"/schemas/ids/([^/]+)")
_VERSION = re.compile(r"/subjects/([^/]+)/versions/([^/]+)")
_VERSIONS = re.compile(r"/subjects/([^/]+)/versions")
_TYPE = {"Content-Type": "application/vnd.schemaregistry.v1+json"}


@dataclass
class FakeRegistry:
    """Answers a Loopback's requests; `schemas` by id from 1, `subjects` hold their versions' ids in order."""

    schemas: list[dict[str, Any]] = field(default_factory=list)
    subjects: dict[str, list[int]] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Reply:
        url = urlsplit(asked.path)
        if asked.method == "POST" and (match := _VERSIONS.fullmatch(url.path)):
            return self._register(unquote(match[1]), asked)
        if asked.method == "GET" and (match := _ID.fullmatch(url.path)):
            if not match[1].isdigit() or not 0 < int(match[1]) <= len(self.schemas):
                return _error(404, 40403, f"Schema {match[1]} not found")
            return Reply(200, self.schemas[int(match[1]) - 1], _TYPE)
        if asked.method == "GET" and (match := _VERSION.fullmatch(url.path)):
            assert set(parse_qs(url.query)) <= {"deleted", "format"}
            return self._version(unquote(match[1]), match[2])
        return _error(404, 404, "HTTP 404 Not Found")

    def _version(self, subject: str, version: str) -> Reply:
        ids = self.subjects.get(subject)
        if ids is None:
            return _error(404, 40401, f"Subject '{subject}' not found.")
        if version != "latest" and not version.isdigit():
            return _error(422, 42202, f"The specified version '{version}' is not a valid version id.")
        number = len(ids) if version == "latest" else int(version)
        if not 0 < number <= len(ids):
            return _error(404, 40402, f"Version {number} not found.")
        schema = self.schemas[ids[number - 1] - 1]
        return Reply(200, {"subject": subject, "version": number, "id": ids[number - 1]} | schema, _TYPE)

    def _register(self, subject: str, asked: Asked) -> Reply:
        body = json.loads(asked.body)
        assert asked.headers["content-type"] == _TYPE["Content-Type"]
        schema = {"schema": body["schema"]}
        if body.get("schemaType", "AVRO") != "AVRO":
            schema["schemaType"] = body["schemaType"]
        if body.get("references"):
            schema["references"] = body["references"]
        if body.get("schemaType") != "PROTOBUF":
            try:
                schema["schema"] = json.dumps(json.loads(body["schema"]), separators=(",", ":"))
            except ValueError:
                return _error(422, 42201, f"Invalid schema {body['schema']}")
        for reference in body.get("references", ()):
            if reference["version"] > len(self.subjects.get(reference["subject"], ())):
                return _error(422, 42201, f"No schema reference found for subject {reference['subject']!r}")
        if schema not in self.schemas:
            self.schemas.append(schema)
        id = self.schemas.index(schema) + 1
        ids = self.subjects.setdefault(subject, [])
        if id not in ids:
            ids.append(id)
        return Reply(200, {"id": id}, _TYPE)


def _error(status: int, code: int, message: str) -> Reply:
    return Reply(status, {"error_code": code, "message": message}, _TYPE)
