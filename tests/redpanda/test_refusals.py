"""The broker's own texts: each leads to the right kind of error, and to what to do."""

import json

import pytest

from rpkpy.config.settings import Sasl
from rpkpy.errors import AuthError, RefusedError, RpkpyError, UnreachableError
from rpkpy.redpanda.refusals import error_of, message_of

URL = "http://127.0.0.1:9644/v1/transform/deploy"


@pytest.mark.parametrize(
    ("status", "message", "kind", "advice"),
    [
        (
            400,
            "data transforms disabled - use `rpk cluster config set data_transforms_enabled true` to enable",
            RefusedError,
            "cluster config set data_transforms_enabled true",
        ),
        (400, "Topic does not exists", RefusedError, "--create-topics"),
        (400, "Invalid create transform configuration", RefusedError, "cycle"),
        (400, "Invalid transform environment", RefusedError, "REDPANDA_"),
        (400, "Invalid update to transform, topic configuration cannot change", RefusedError, "delete it first"),
        (
            400,
            "The limit of transforms has been reached (10), more memory must be configured via "
            "data_transforms_per_core_memory_reservation",
            RefusedError,
            "transform delete",
        ),
        (400, "Transform does not exist", RefusedError, "transform list"),
        (400, "invalid WebAssembly module", RefusedError, "validate"),
        (400, "invalid WebAssembly - missing required WASI functions", RefusedError, "validate"),
        (
            400,
            "Invalid WebAssembly - the binary is using an unsupported Schema Registry client. Does the broker support "
            "this version of the Data Transforms Schema Registry SDK?",
            RefusedError,
            "schema registry SDK",
        ),
        (400, "Bad offset: expected value >= 0, got -3", RefusedError, "@T"),
        (400, "invalid JSON request body: {}", RefusedError, "older"),
        (413, "too big", RefusedError, "data_transforms_binary_max_size"),
        (404, "Not found", RefusedError, "admin.hosts"),
        (429, "Too many requests: x", RefusedError, "later"),
        (500, "Unexpected cluster error: Invalid request", RefusedError, "data_transforms_binary_max_size"),
        (500, "Unexpected cluster error: Requested feature is disabled", RefusedError, "upgrade"),
        (500, "boom", RefusedError, "logs"),
        (503, "Leader not available", RefusedError, "Try again"),
        (504, "Timeout: x", UnreachableError, "Try again"),
        (401, "Unauthorized", AuthError, "password of 'admin'"),
        (403, "Forbidden (superuser role required)", AuthError, "superusers"),
    ],
)
def test_the_brokers_texts(status: int, message: str, kind: type[RpkpyError], advice: str) -> None:
    body = json.dumps({"message": message, "code": status}).encode()
    error = error_of('deploy transform "up"', "POST", URL, status, body, sasl=Sasl(user="admin", password="x"))
    assert type(error) is kind
    assert error.message.startswith(f'unable to deploy transform "up": {message}')
    assert advice in str(error.fix)
    assert f"answered {status}" in str(error.cause)


def test_nobody_is_told_to_log_in() -> None:
    for status in (401, 403):
        error = error_of("list transforms", "GET", URL, status, b"", sasl=None)
        assert type(error) is AuthError
        assert "-X user=" in str(error.fix)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"message": "x", "code": 1}', "x"),
        (b'{"foo": 1}', '{"foo": 1}'),
        (b'"text"', "text"),
        (b"", ""),
        (b"  two\n lines ", "two lines"),
        (b"<html><head><TITLE>Bad\nday</TITLE>", "a web page, 'Bad day'"),
        (b"<!DOCTYPE html><p>", "a web page"),
        (b"\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        (b'{"message": "\\ud800"}', "\\ud800"),
        (b"x" * 1000, "x" * 299 + "…"),
        (b'{"message": 5}', '{"message": 5}'),
    ],
)
def test_what_a_body_says(body: bytes, said: str) -> None:
    assert message_of(body) == said
