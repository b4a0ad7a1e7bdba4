"""Redpanda Cloud on loopback: its login, its control plane, a cluster's data plane; no real one may be asked by tests.

Sources of truth: RFC 6749 and RFC 8628 for tokens, with the statuses that Auth0 gives (recorded from rpk: 403 for a
pending login, 401 for a wrong secret); RFC 7517 for the published keys; Redpanda's OpenAPI descriptions of the Control
Plane and Data Plane APIs (2026, versions v1 and before) for paths, fields and the form of errors;
redpanda/api/dataplane/v1/transform.proto for what a deployment may say. `/api/v1/organization` is as recorded from rpk.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt  # noqa: TID253  # the tests need it, with the extra
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from tests.redpanda.loopback import Asked, Reply

AUDIENCE = "cloudv2-production.redpanda.cloud"
SSO_CLIENT_ID = "ehNhbNUwjPIWUinE2b7njFyE4VBrxXZm"
_NAME = re.compile(r"[a-zA-Z0-9._-]*")
_TRANSFORMS = re.compile(r"/(v1|v1alpha1|v1alpha2)/transforms(?:/([^/]+))?")
_PLANE = re.compile(r"/(v1|v1beta2)/(serverless/clusters|clusters|resource-groups)(?:/([^/]+))?")
_WRAPPED = {
    "clusters": ("clusters", "cluster"),
    "serverless/clusters": ("serverless_clusters", "serverless_cluster"),
    "resource-groups": ("resource_groups", "resource_group"),
}


@cache
def signing_key(name: str) -> RSAPrivateKey:
    """The issuer's key called `name`; made once, for that takes a while."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def dedicated(id: str = "cjb61bsg5m0q7c7h1a10", name: str = "mycluster", url: str = "", **more: Any) -> dict[str, Any]:
    """A cluster as the control plane shows it."""
    return {
        "id": id,
        "name": name,
        "resource_group_id": "ns-1",
        "type": "TYPE_DEDICATED",
        "state": "STATE_READY",
        "kafka_api": {"seed_brokers": ["seed-1.example:9092"], "mtls": {"enabled": False}},
        "schema_registry": {"url": "https://sr.example:30081"},
        "dataplane_api": {"url": url},
        "redpanda_console": {"url": "https://console.example/api"},
    } | more


def serverless(id: str = "cserverless0000000001", name: str = "tiny", **more: Any) -> dict[str, Any]:
    """A serverless cluster as the control plane shows it."""
    return {
        "id": id,
        "name": name,
        "resource_group_id": "ns-1",
        "state": "STATE_READY",
        "kafka_api": {"seed_brokers": ["tiny.example:9092"]},
        "schema_registry": {"url": "https://tiny-sr.example:30081"},
        "console_url": "https://console.tiny.example/api",
    } | more


@dataclass
class FakeCloud:
    """Answers a Loopback's requests.

    `clients` are secrets by client id. `device` are the errors with which a login in a browser is answered, in turn;
    after them it is confirmed, or stays at the last where `device_ends` is false. `versions` are those the planes
    know. `token` makes the tokens that logins give; `keys` are the published ones. `page` is how many items a list's
    page holds.
    """

    clients: dict[str, str] = field(default_factory=lambda: {"cid-123": "sec-456"})
    organization: dict[str, str] = field(default_factory=lambda: {"id": "org-1", "name": "My Org"})
    device: list[str] = field(default_factory=list)
    device_ends: bool = True
    device_answer: dict[str, Any] = field(default_factory=dict)
    refresh_tokens: list[str] = field(default_factory=list)
    keys: tuple[str, ...] | None = ("one",)
    clusters: list[dict[str, Any]] = field(default_factory=lambda: [dedicated()])
    serverless: list[dict[str, Any]] = field(default_factory=list)
    resource_groups: list[dict[str, Any]] = field(default_factory=lambda: [{"id": "ns-1", "name": "default"}])
    transforms: dict[str, dict[str, Any]] = field(default_factory=dict)
    modules: dict[str, bytes] = field(default_factory=dict)
    versions: tuple[str, ...] = ("v1", "v1alpha2", "v1alpha1", "v1beta2")
    page: int = 100
    token: Callable[["FakeCloud", str], str] = lambda cloud, client_id: cloud.issue(client_id)
    _refused: set[str] = field(default_factory=set)
    _faults: list[tuple[str, Reply]] = field(default_factory=list)
    _issued: int = 0

    def issue(
        self,
        client_id: str,
        *,
        ends_in_s: float = 3600.0,
        audience: Any = AUDIENCE,
        key: str = "one",
        kid: str | None = None,
        **more: Any,
    ) -> str:
        """A token, signed."""
        self._issued += 1
        claims = {"iss": "https://issuer.example/", "azp": client_id, "aud": audience, "jti": str(self._issued)}
        ends = {"exp": int(time.time() + ends_in_s)}
        return jwt.encode(claims | ends | more, signing_key(key), "RS256", {"kid": kid or key})

    def refuse(self, token: str) -> None:
        """Take this token no longer."""
        self._refused.add(token)

    def fail(self, path: str, *replies: Reply) -> None:
        """Answer the next requests whose path holds `path` with these, one after the other."""
        self._faults += [(path, reply) for reply in replies]

    def __call__(self, asked: Asked) -> Reply:
        for index, (path, reply) in enumerate(self._faults):
            if path in asked.path:
                del self._faults[index]
                return reply
        url = urlsplit(asked.path)
        if url.path == "/.well-known/jwks.json":
            return self._jwks()
        if url.path == "/oauth/device/code":
            return self._device_code(json.loads(asked.body))
        if url.path == "/oauth/token":
            return self._token_of(asked)
        token = asked.headers.get("authorization", "").removeprefix("Bearer ")
        if (why := self._why_not(token)) is not None:
            return _error(401, "UNAUTHENTICATED", why)
        if url.path == "/api/v1/organization":
            return Reply(200, self.organization)
        if match := _PLANE.fullmatch(url.path):
            return self._plane(match[1], match[2], match[3], url.query)
        if match := _TRANSFORMS.fullmatch(url.path):
            return self._transform(asked, match[1], match[2], url.query)
        return _error(404, "NOT_FOUND", "Not Found")

    def _jwks(self) -> Reply:
        if self.keys is None:
            return Reply(404, "")
        published = [
            {"kid": name, "use": "sig", "alg": "RS256"}
            | json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(signing_key(name).public_key()))
            for name in self.keys
        ]
        return Reply(200, {"keys": published})

    def _device_code(self, body: dict[str, Any]) -> Reply:
        if body != {"client_id": SSO_CLIENT_ID}:
            return Reply(403, {"error": "unauthorized_client", "error_description": "Unknown client"})
        answer = {
            "device_code": "dev-code",
            "user_code": "ABCD",
            "verification_uri": "https://login.example/v",
            "verification_uri_complete": "https://login.example/v?user_code=ABCD",
            "expires_in": 600,
            "interval": 5,
        }
        return Reply(200, {key: value for key, value in (answer | self.device_answer).items() if value is not None})

    def _token_of(self, asked: Asked) -> Reply:
        if asked.headers["content-type"] == "application/x-www-form-urlencoded":
            form = {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}
            assert set(form) == {"audience", "client_id", "client_secret", "grant_type"}
            assert form["grant_type"] == "client_credentials"
            if self.clients.get(form["client_id"]) != form["client_secret"]:
                return Reply(401, {"error": "access_denied", "error_description": "Unauthorized"})
            return self._granted(form["client_id"])
        body = json.loads(asked.body)
        if body["grant_type"] == "refresh_token":
            if body["refresh_token"] not in self.refresh_tokens:
                return Reply(403, {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."})
            return self._granted(body["client_id"])
        assert body["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code"
        assert (body["client_id"], body["device_code"]) == (SSO_CLIENT_ID, "dev-code")
        if self.device:
            error = self.device[0] if len(self.device) == 1 and not self.device_ends else self.device.pop(0)
            return Reply(429 if error == "slow_down" else 403, {"error": error, "error_description": f"({error})"})
        return self._granted(SSO_CLIENT_ID)

    def _granted(self, client_id: str) -> Reply:
        answer = {"access_token": self.token(self, client_id), "token_type": "Bearer", "expires_in": 3600}
        if self.refresh_tokens:
            answer["refresh_token"] = self.refresh_tokens[-1]
        return Reply(200, answer)

    def _why_not(self, token: str) -> str | None:
        if not token or token in self._refused:
            return "Bearer token is not present" if not token else "token is revoked"
        try:
            jwt.decode(token, signing_key("one").public_key(), ["RS256"], audience=AUDIENCE)
        except jwt.PyJWTError as error:
            return str(error)
        return None

    def _plane(self, version: str, kind: str, id: str | None, query: str) -> Reply:
        if version not in self.versions:
            return _error(404, "NOT_FOUND", "Not Found")
        many, one = _WRAPPED[kind]
        items: list[dict[str, Any]] = getattr(self, many.replace("serverless_clusters", "serverless"))
        if id is None:
            return self._paged(many, items, query)
        found = next((item for item in items if item["id"] == unquote(id)), None)
        return Reply(200, {one: found}) if found else _error(404, "NOT_FOUND", f"{one} not found")

    def _paged(self, key: str, items: list[dict[str, Any]], query: str) -> Reply:
        begin = int(parse_qs(query).get("page_token", ["0"])[0])
        end = begin + self.page
        return Reply(200, {key: items[begin:end], "next_page_token": str(end) if end < len(items) else ""})

    def _transform(self, asked: Asked, version: str, name: str | None, query: str) -> Reply:
        if version not in self.versions:
            return _error(404, "NOT_FOUND", "Not Found")
        if asked.method == "PUT" and name is None:
            return self._deploy(asked)
        if asked.method == "GET" and name is None:
            return self._paged("transforms", list(self.transforms.values()), query)
        if name is not None and unquote(name) not in self.transforms:
            return _error(404, "NOT_FOUND", "the transform was not found")
        if asked.method == "DELETE" and name is not None:
            del self.transforms[unquote(name)]
            return Reply(204)
        return _error(405, "UNIMPLEMENTED", "Method Not Allowed")

    def _deploy(self, asked: Asked) -> Reply:
        form: Any = message_from_bytes(f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode() + asked.body)
        parts = {part.get_param("name", header="content-disposition"): part for part in form.get_payload()}
        assert set(parts) == {"metadata", "wasm_binary"}
        metadata = json.loads(_content(parts["metadata"]))
        outputs = metadata.get("output_topic_names", [])
        names = [metadata["name"], metadata["input_topic_name"], *outputs]
        if len(outputs) != 1 or not all(_NAME.fullmatch(text) for text in names):
            return _error(400, "INVALID_ARGUMENT", "provided parameters are invalid")
        assert parts["wasm_binary"].get_filename() == f"{metadata['name']}.wasm"
        assert parts["wasm_binary"].get_content_type() == "application/octet-stream"
        self.modules[metadata["name"]] = _content(parts["wasm_binary"])
        running = {"broker_id": 1, "partition_id": 0, "status": "PARTITION_STATUS_RUNNING", "lag": 0}
        self.transforms[metadata["name"]] = metadata | {"statuses": [running]}
        return Reply(201, self.transforms[metadata["name"]])


def _content(part: Any) -> bytes:
    return bytes(part.get_payload(decode=True))


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"code": code, "message": message, "details": []})
