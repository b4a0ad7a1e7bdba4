"""The Admin API on a real socket: statuses, bodies, texts, bounds."""

import http.client
import json
import socket
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx  # noqa: TID253
import pytest

from rpkpy.host.controller import CommittedOffset, Controller
from rpkpy.version import __version__
from rpkpy.wasm.limits import BROKER
from tests.host import guests
from tests.host.harness import Api
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def record_path() -> str:
    """Nothing here depends on the way of records."""
    return "auto"


EMPTY_MODULE = b"\0asm\x01\0\0\0"


@pytest.fixture(scope="module")
def topics(kafka: TestKafka) -> tuple[str, str]:
    return kafka.topic(), kafka.topic()


def deploy_body(document: Any, wasm: bytes) -> bytes:
    return json.dumps(document).encode() + wasm


def assert_refused(response: httpx.Response, status: int, message: str) -> None:
    assert (response.status_code, response.json()) == (status, {"message": message, "code": status})


def test_deploy_as_rpk_sends_it(api: Api, topics: tuple[str, str]) -> None:
    document = {"name": "n", "input_topic": topics[0], "output_topics": [topics[1]], "compression": "none"}
    body = deploy_body(document, guests.wasm())
    headers = {"content-type": "application/json", "accept": "application/json", "user-agent": "Go-http-client/1.1"}
    chunked = (body[at : at + 100] for at in range(0, len(body), 100))
    response = api.http.post("/v1/transform/deploy", content=chunked, headers=headers)
    assert response.request.headers["transfer-encoding"] == "chunked"
    assert (response.status_code, response.content) == (200, b"")
    declared = {"content-type": "application/json+wasm"}
    assert api.http.post("/v1/transform/deploy", content=body, headers=declared).status_code == 200


def test_list_has_what_was_deployed(api: Api, topics: tuple[str, str]) -> None:
    environment = [{"key": "B", "value": "2"}, {"key": "A", "value": "1"}]
    assert api.deploy("n", topics[0], [topics[1]], guests.wasm(), environment=environment).status_code == 200
    for path in ("/v1/transform", "/v1/transform/"):
        answer = api.http.get(path)
        assert answer.headers["content-type"] == "application/json"
        (entry,) = answer.json()
        keys = ["name", "input_topic", "output_topics", "status", "environment", "compression", "rpkpy"]
        assert list(entry) == keys
        assert (entry["name"], entry["input_topic"], entry["output_topics"]) == ("n", topics[0], [topics[1]])
        assert (entry["environment"], entry["compression"]) == (environment, "none")
        (status,) = entry["status"]
        assert (status["partition"], status["node_id"]) == (0, 0)
        assert status["status"] in ("unknown", "inactive", "running")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (b"", "JSON parse error: 1"),
        (b"nope", "JSON parse error: 3"),
        (b'{"name":"n"', "JSON parse error: 6"),
    ],
)
def test_deploy_bodies_that_do_not_parse(api: Api, document: bytes, message: str) -> None:
    assert_refused(api.http.post("/v1/transform/deploy", content=document), 400, message)


def test_the_order_of_checks(api: Api, topics: tuple[str, str]) -> None:
    """Each request breaks everything that is checked later, too."""
    bad_rules = {"name": "", "input_topic": "missing", "output_topics": [], "environment": [{"key": "", "value": ""}]}
    bad_offset = bad_rules | {"offset": {"format": "from_end", "value": -5}}

    def answer(document: Any, wasm: bytes) -> httpx.Response:
        return api.http.post("/v1/transform/deploy", content=deploy_body(document, wasm))

    response = answer(bad_offset | {"compression": "producer"}, b"no module")
    assert response.status_code == 400
    assert response.json()["message"].startswith("invalid JSON request body: {")
    assert_refused(answer(bad_offset, b"no module"), 400, "Bad offset: expected value >= 0, got -5")
    assert_refused(answer(bad_rules, b"no module"), 400, "invalid WebAssembly module")
    assert_refused(answer(bad_rules, b""), 400, "invalid WebAssembly module")
    assert_refused(answer(bad_rules, b" " + guests.wasm()), 400, "invalid WebAssembly module")
    no_wasi = "invalid WebAssembly - missing required WASI functions"
    assert_refused(answer(bad_rules, EMPTY_MODULE), 400, no_wasi)
    assert_refused(answer(bad_rules, guests.wasm()), 400, "Invalid transform environment")
    del bad_rules["environment"]
    assert_refused(answer(bad_rules, guests.wasm()), 400, "Invalid create transform configuration")
    assert_refused(answer(bad_rules | {"name": "n"}, guests.wasm()), 400, "Topic does not exists")
    one_way = bad_rules | {"name": "n", "input_topic": topics[0]}
    assert_refused(answer(one_way, guests.wasm()), 400, "Invalid create transform configuration")
    nowhere = one_way | {"output_topics": ["missing"]}
    assert_refused(answer(nowhere, guests.wasm()), 400, "Topic does not exists")
    assert api.listing() == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '(module (memory (export "memory") 1) (func (export "_start")))',
            "Invalid WebAssembly - the binary is missing required transform functions. "
            "Check the broker support for the version of the Data Transforms SDK being used.",
        ),
        (
            '(module (import "redpanda_transform" "check_abi_version_1" (func))'
            '(import "redpanda_schema_registry" "check_abi_version_9" (func))'
            '(memory (export "memory") 1) (func (export "_start")))',
            "Invalid WebAssembly - the binary is using an unsupported Schema Registry client. "
            "Does the broker support this version of the Data Transforms Schema Registry SDK?",
        ),
        (
            '(module (import "redpanda_transform" "check_abi_version_1" (func)) (func (export "_start")))',
            "invalid WebAssembly - missing required WASI functions",
        ),
    ],
)
def test_modules_that_a_broker_refuses(api: Api, topics: tuple[str, str], text: str, message: str) -> None:
    import wasmtime

    wasm = bytes(wasmtime.wat2wasm(text))
    assert_refused(api.deploy("n", topics[0], [topics[1]], wasm), 400, message)


@pytest.mark.parametrize("extra", [0, 3 * 1024 * 1024, 20 * 1024 * 1024])
def test_a_module_over_the_limit_is_refused_before_the_topics_are_looked_at(api: Api, extra: int) -> None:
    padding = BROKER.binary_bytes - len(guests.wasm()) + extra
    size = padding.to_bytes(4, "little")
    leb = bytes([size[0] & 0x7F | 0x80, (padding >> 7) & 0x7F | 0x80, (padding >> 14) & 0x7F | 0x80, padding >> 21])
    wasm = guests.wasm() + b"\0" + leb + b"\x01x" + bytes(padding - 2)  # a custom section
    response = api.deploy("n", "missing", ["missing"], wasm)
    assert_refused(response, 500, "Unexpected cluster error: Invalid request")


def test_redeploys(api: Api, topics: tuple[str, str], kafka: TestKafka) -> None:
    source, target = topics
    assert api.deploy("n", source, [target], guests.wasm(), compression="lz4").status_code == 200
    assert api.patch("n", is_paused=True).status_code == 200
    assert api.states("n") == ["inactive"]
    other = api.deploy("n", source, [kafka.topic()], guests.wasm())
    assert_refused(other, 400, "Invalid update to transform, topic configuration cannot change")
    variables = [{"key": "A", "value": "1"}]
    assert api.deploy("n", source, [target], guests.wasm(guests.LOG), environment=variables).status_code == 200
    (entry,) = api.listing()
    assert (entry["compression"], entry["environment"]) == ("none", variables)


def test_patches(api: Api, topics: tuple[str, str]) -> None:
    variables = [{"key": "A", "value": "1"}]
    assert api.deploy("n", topics[0], [topics[1]], guests.wasm(), environment=variables).status_code == 200
    path = "/v1/transform/n/meta"
    assert api.http.put(path, content=b"{}").status_code == 200
    assert api.listing()[0]["environment"] == variables
    changed = api.patch("n", env=[{"key": "B", "value": "2"}], compression="zstd")
    assert (changed.status_code, changed.content) == (200, b"")
    (entry,) = api.listing()
    assert (entry["environment"], entry["compression"]) == ([{"key": "B", "value": "2"}], "zstd")
    assert_refused(api.patch("n", env=[{"key": "REDPANDA_X", "value": "1"}]), 400, "Invalid transform environment")
    assert_refused(api.patch("other", is_paused=True), 400, "Transform does not exist")
    assert_refused(api.http.put(path, content=b"[]"), 400, "Request body is not a JSON object")
    assert_refused(api.http.put(path, content=b"{"), 400, "JSON parse error: 4")
    assert_refused(api.http.put("/v1/transform//meta", content=b"{}"), 400, "invalid transform name")
    violation = api.http.put(path, content=b'{"environment":[]}')
    assert violation.status_code == 400
    assert violation.json()["message"].startswith('invalid JSON request body: {"additionalProperties":')


def test_deletes(api: Api, topics: tuple[str, str]) -> None:
    assert api.deploy("n", topics[0], [topics[1]], guests.wasm()).status_code == 200
    for _ in range(2):
        answer = api.http.delete("/v1/transform/n")
        assert (answer.status_code, answer.content) == (200, b"")
    assert api.listing() == []
    assert_refused(api.http.delete("/v1/transform/"), 400, "invalid transform name")


@pytest.mark.parametrize(
    ("name", "segment"),
    [
        ("my xf/é?&#%+x", "my%20xf%2F%C3%A9%3F&%23%25+x"),  # as rpk was seen to send it
        ("deploy", "deploy"),
        ("meta", "meta"),
        ("debug", "debug"),
        ("a/meta", "a%2Fmeta"),
        ("..", "%2E%2E"),
    ],
)
def test_any_name_reaches_its_transform(api: Api, topics: tuple[str, str], name: str, segment: str) -> None:
    assert api.deploy(name, topics[0], [topics[1]], guests.wasm()).status_code == 200
    # httpx normalises paths; this client sends what it is given
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=20)
    patch, delete = ("PUT", f"/v1/transform/{segment}/meta"), ("DELETE", f"/v1/transform/{segment}")
    for (method, path), body in ((patch, b'{"is_paused":true}'), (delete, b"")):
        connection.request(method, path, body)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
    connection.close()
    assert api.listing() == []


def test_the_limit_of_transforms(api: Api, topics: tuple[str, str]) -> None:
    source, target = topics
    for index in range(10):
        assert api.deploy(f"n{index}", source, [target], guests.wasm()).status_code == 200
    message = (
        "The limit of transforms has been reached (10), more memory must be configured via "
        "data_transforms_per_core_memory_reservation"
    )
    assert_refused(api.deploy("n10", source, [target], guests.wasm()), 400, message)
    assert api.deploy("n9", source, [target], guests.wasm()).status_code == 200


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/status/ready", {"status": "ready"}),
        ("/v1/features/license", {"loaded": False}),
        ("/v1/features/enterprise", {"license_status": "not_present", "violation": False, "features": []}),
        (
            "/v1/node_config",
            {
                "node_id": 0,
                "rpkpy": {
                    "version": __version__,
                    "options": ["on_error", "dead_letter_topic", "guarantee", "partitioner", "timestamps"],
                },
            },
        ),
    ],
)
def test_what_rpk_probes(api: Api, path: str, answer: dict[str, Any]) -> None:
    response = api.http.get(path)
    assert (response.status_code, response.json()) == (200, answer)


def test_who_leads_and_what_is_set(api: Api) -> None:
    leader = api.http.get("/v1/partitions/redpanda/controller/0").json()
    assert (leader["leader_id"], leader["replicas"]) == (0, [{"node_id": 0, "core": 0}])
    assert api.http.get("/v1/cluster/health_overview").json()["is_healthy"] is True
    assert api.http.get("/v1/cluster_config").json()["data_transforms_per_function_memory_limit"] == 2 * 1024**2


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/transform/n"),
        ("GET", "/v1/transform/deploy"),
        ("POST", "/v1/transform"),
        ("PUT", "/v1/transform/n"),
        ("PUT", "/v1/transform/n/other"),
        ("DELETE", "/v1/transform/n/meta"),
        ("DELETE", "/v1/transform"),
    ],
)
def test_other_routes_are_not_found(api: Api, method: str, path: str) -> None:
    assert_refused(api.http.request(method, path, content=b"{}"), 404, "Not found")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"host": "evil.example:9644"},
        {"origin": "null"},
        {"host": "127.evil.example"},
    ],
)
def test_requests_of_web_pages_elsewhere_are_refused(api: Api, headers: dict[str, str]) -> None:
    assert api.http.get("/v1/transform", headers=headers).status_code == 403
    assert api.http.delete("/v1/transform/n", headers=headers).status_code == 403


def test_an_answer_that_waits_for_kafka_holds_up_no_other(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kafka's answer to committed offsets comes only after another request was answered."""
    asked, answered = threading.Event(), threading.Event()
    waited: list[bool] = []
    ask = Controller.committed_offsets

    def slow(controller: Controller, show_unknown: bool) -> list[CommittedOffset]:
        asked.set()
        waited.append(answered.wait(10))
        return ask(controller, show_unknown)

    monkeypatch.setattr(Controller, "committed_offsets", slow)
    with ThreadPoolExecutor(1) as pool:
        offsets = pool.submit(api.http.get, "/v1/transform/debug/committed_offsets")
        assert asked.wait(10)
        assert api.http.get("/v1/status/ready").json() == {"status": "ready"}
        answered.set()
        assert offsets.result(20).status_code == 200
    assert waited == [True]


def test_a_body_that_is_cut_short_deploys_nothing(api: Api, topics: tuple[str, str]) -> None:
    document = {"name": "n", "input_topic": topics[0], "output_topics": [topics[1]]}
    body = deploy_body(document, guests.wasm())
    netloc = urlsplit(api.url)
    with socket.create_connection((netloc.hostname, netloc.port), timeout=20) as connection:
        head = f"POST /v1/transform/deploy HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:-1])
        # a reset, not a close: the last byte will never come
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert api.listing() == []
    assert api.http.get("/v1/status/ready").status_code == 200
