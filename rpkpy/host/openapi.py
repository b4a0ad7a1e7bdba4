"""The Admin API in OpenAPI 3.1, as a host serves it at /openapi.json. What requests may hold is taken from `schema`."""

from typing import Any

from rpkpy.host import schema
from rpkpy.version import __version__

Json = dict[str, Any]

DEPLOY_TYPE = "application/json+wasm"
"""The media type that the broker's own description has for a deploy; neither reads what a client declares."""

_STRING, _INTEGER, _BOOLEAN = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_REFUSALS = {
    400: "the request cannot be met as it is",
    401: "users are asked for, and none was named rightly",
    403: "a superuser is asked for, or the request comes from a page elsewhere",
    404: "no such endpoint",
    429: "too many wrong credentials",
    431: "the head is too large",
    500: "Kafka refused, or the module is too large",
    503: "Kafka does not answer, or the host stops",
    504: "Kafka or the request's body took too long",
}


def document() -> Json:
    """The description, as JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Admin API of rpkpy's transform host",
            "version": __version__,
            "description": "The transform endpoints are a Redpanda broker's; objects called rpkpy are the host's own.",
        },
        "paths": _paths(),
        "components": {
            "schemas": {
                "Deploy": schema.DEPLOY,
                "Patch": schema.PATCH,
                "Error": _object({"message": _STRING, "code": _INTEGER}),
                "Transform": _transform(),
            },
            "responses": {str(code): _answer(_ref("Error"), words) for code, words in _REFUSALS.items()},
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
        "security": [{}, {"basic": []}, {"bearer": []}],
    }


def _paths() -> Json:
    name = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    unknown = {"name": "show_unknown", "in": "query", "schema": _STRING, "description": "true or 1: orphans, too"}
    offset = _object({"transform_name": _STRING, "partition": _INTEGER, "offset": _INTEGER})
    deploy = {
        "required": True,
        "description": "The JSON object of the schema Deploy, and from its closing brace on the module's bytes.",
        "content": {DEPLOY_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    }
    patch = {"required": True, "content": {"application/json": {"schema": _ref("Patch")}}}
    return {
        "/v1/transform": {"get": _operation("list transforms", _list(_ref("Transform")))},
        "/v1/transform/deploy": {"post": _operation("deploy, or deploy anew", body=deploy)},
        "/v1/transform/{name}": {"delete": _operation("delete", parameters=[name])},
        "/v1/transform/{name}/meta": {"put": _operation("pause, resume, change", parameters=[name], body=patch)},
        "/v1/transform/debug/committed_offsets": {
            "get": _operation("committed offsets", _list(offset), parameters=[unknown])
        },
        "/v1/transform/debug/committed_offsets/garbage_collect": {
            "post": _operation("remove committed offsets of what is not deployed")
        },
        "/v1/status/ready": {"get": _operation("whether it takes work", _object({"status": _STRING}))},
        "/v1/features/license": {"get": _operation("no license", _object({"loaded": _BOOLEAN}))},
        "/v1/features/enterprise": {"get": _operation("no enterprise features", {"type": "object"})},
        "/v1/partitions/redpanda/controller/0": {"get": _operation("the host as controller", {"type": "object"})},
        "/v1/node_config": {"get": _operation("the host's number and options", {"type": "object"})},
        "/v1/cluster_config": {"get": _operation("the properties that it takes", {"type": "object"})},
        "/v1/cluster/health_overview": {"get": _operation("a healthy cluster", {"type": "object"})},
        "/health/live": {"get": _operation("whether it runs", {"type": "object"})},
        "/health/ready": {"get": _operation("whether it and Kafka do", {"type": "object"})},
        "/public_metrics": {"get": _operation("metrics", _STRING, media="text/plain")},
        "/openapi.json": {"get": _operation("this description", {"type": "object"})},
    }


def _operation(summary: str, answer: Json | None = None, *, media: str = "application/json", **more: Any) -> Json:
    """`answer` is the schema of what comes back; nothing comes where it is None."""
    found = {"summary": summary, "operationId": summary.replace(" ", "-").replace(",", "")}
    if "parameters" in more:
        found["parameters"] = more["parameters"]
    if "body" in more:
        found["requestBody"] = more["body"]
    done = {"description": "done"} if answer is None else _answer(answer, "the answer", media)
    refusals = {str(code): {"$ref": f"#/components/responses/{code}"} for code in _REFUSALS}
    return {**found, "responses": {"200": done, **refusals}}


def _transform() -> Json:
    status = _object({"node_id": _INTEGER, "partition": _INTEGER, "status": _STATES, "lag": _INTEGER})
    options = {name: {"type": ["string", "null"]} for name in schema.DEPLOY["properties"]["rpkpy"]["properties"]}
    return _object(
        {
            "name": _STRING,
            "input_topic": _STRING,
            "output_topics": _list(_STRING),
            "status": _list(status),
            "environment": _list(_object({"key": _STRING, "value": _STRING})),
            "compression": schema.DEPLOY["properties"]["compression"],
            "rpkpy": _object(options),
        }
    )


_STATES = {"type": "string", "enum": ["running", "inactive", "errored", "unknown"]}


def _object(properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(content: Json, words: str, media: str = "application/json") -> Json:
    return {"description": words, "content": {media: {"schema": content}}}
