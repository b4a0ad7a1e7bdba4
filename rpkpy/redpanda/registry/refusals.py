"""What to do about a schema registry's answers that are no success.

Codes and texts: Confluent's "Schema Registry API Reference" and Redpanda's (src/v/pandaproxy/error.cc).
"""

import json

from rpkpy.redpanda.refusals import Api

_SUBJECTS = "rpkpy registry subject list shows the subjects; with --deleted also those deleted, not for good."
_VERSIONS = "rpkpy registry schema list SUBJECT shows its versions; with --deleted also those deleted, not for good."
_FIRST = "Delete it without --permanent first."
_FIXES = {
    409: "rpkpy registry schema check-compatibility says what is incompatible; rpkpy registry compatibility-level get "
    "SUBJECT which rule it breaks.",
    40401: _SUBJECTS,
    40402: _VERSIONS,
    40403: _VERSIONS,
    40404: _SUBJECTS,
    40405: _FIRST,
    40406: _VERSIONS,
    40407: _FIRST,
    42201: "Check the schema's text, its type (--type) and that its references are there.",
    42202: "A version is a number of 1 or more, or latest.",
    42203: "A level is NONE, or BACKWARD, FORWARD or FULL, each also with _TRANSITIVE.",
    42204: "A mode is READWRITE, READONLY or IMPORT.",
    42205: "rpkpy registry mode get SUBJECT shows the mode that forbids it; IMPORT needs an empty subject, or --force.",
    413: "Make the schema smaller.",
    42206: "Other schemas use it: rpkpy registry schema references SUBJECT --schema-version VERSION names them.",
}
"""By the registry's error code, or the status."""


def _fix(status: int, body: bytes) -> str | None:
    return _FIXES.get(_code(body)) or _FIXES.get(status)


def _code(body: bytes) -> int:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return 0
    code = data.get("error_code") if isinstance(data, dict) else None
    return code if isinstance(code, int) else 0


REGISTRY = Api("schema registry", "registry", _fix)
