"""The Admin API over HTTP: routes, bodies within bounds, and answers as the broker gives them."""

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote_to_bytes

from rpkpy.config.host_options import HostOptions
from rpkpy.errors import AuthError, MissingExtraError, RpkpyError, UnreachableError
from rpkpy.host import framing, health, metrics, openapi, page, requests
from rpkpy.host.access.gate import Gate, Needs
from rpkpy.host.rejection import INVALID_NAME, TOO_LARGE, Rejected, bad_request, timeout, unavailable
from rpkpy.host.settings import HostSettings, properties
from rpkpy.host.watch import Watch
from rpkpy.version import __version__

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from rpkpy.host.controller import Controller
    from rpkpy.host.processor import Surroundings

T = TypeVar("T")
Endpoint = Callable[["Request"], Awaitable["Response"]]

logger = logging.getLogger("rpkpy.host")

_SLACK_BYTES = framing.MAX_JSON_BYTES + 64 * 1024
"""What a deploy body may hold beside the module: the JSON object; the rest is for what is refused as too large."""

_DRAIN_BYTES = 128 * 1024 * 1024
"""How much of a too large body is read (and dropped) so that its sender sees the answer: the largest module that
data_transforms_binary_max_size can allow."""

_PATCH_BYTES = framing.MAX_JSON_BYTES
_BODY_TIMEOUT_S = 60.0


def application(
    controller: "Controller",
    around: "Surroundings",
    ready: Callable[[], bool] = lambda: True,
    *,
    watch: Watch | None = None,
    gate: Gate | None = None,
) -> "Starlette":
    """The ASGI application; `ready` says whether the host takes work (it does not while it stops).

    `watch` gives metrics and the page their figures; without one nothing keeps their history. `gate` says who is
    let in; without one that is made of the host's settings.
    """
    try:
        from starlette.applications import Starlette
        from starlette.routing import Route
    except ImportError as error:
        raise MissingExtraError("The transform host", "host") from error

    watch = watch or Watch(controller, around)
    gate = gate or Gate(around.settings)
    api = _AdminApi(controller, around, ready, watch)
    routes = [
        Route(path, _guarded(endpoint, needs, gate), methods=[method])
        for needs, method, path, endpoint in (
            (Needs.SUPERUSER, "POST", "/v1/transform/deploy", api.deploy),
            (Needs.USER, "GET", "/v1/transform", api.list),
            (Needs.USER, "GET", "/v1/transform/", api.list),
            (Needs.SUPERUSER, "GET", "/v1/transform/debug/committed_offsets", api.committed_offsets),
            (Needs.SUPERUSER, "POST", "/v1/transform/debug/committed_offsets/garbage_collect", api.collect_offsets),
            # A name may hold anything, slashes too: it is taken from the path as sent, before any decoding.
            (Needs.SUPERUSER, "DELETE", "/v1/transform/{name:path}", api.delete),
            (Needs.SUPERUSER, "PUT", "/v1/transform/{name:path}", api.patch),
            (Needs.NOTHING, "GET", "/v1/status/ready", api.status),
            (Needs.USER, "GET", "/v1/features/license", _fixed(LICENSE)),
            (Needs.USER, "GET", "/v1/features/enterprise", _fixed(ENTERPRISE)),
            (Needs.USER, "GET", "/v1/partitions/redpanda/controller/0", _fixed(_controller_partition(around.settings))),
            (Needs.SUPERUSER, "GET", "/v1/node_config", _fixed(_node_config(around.settings))),
            (Needs.NOTHING, "GET", "/v1/cluster/health_overview", _fixed(_health(around.settings))),
            (Needs.SUPERUSER, "GET", "/v1/cluster_config", _fixed(properties(around.settings))),
            (Needs.USER, "GET", "/public_metrics", api.metrics),
            (Needs.USER, "GET", "/openapi.json", _fixed(openapi.document())),
            (Needs.NOTHING, "GET", "/health/live", _fixed(health.LIVE)),
            (Needs.NOTHING, "GET", "/health/ready", api.health),
        )
    ]
    routes += page.routes(
        controller, around, watch, lambda endpoint: _guarded(endpoint, Needs.PAGE, gate), gate.callers
    )
    return Starlette(routes=routes, exception_handlers={404: _not_found, 405: _not_found, Exception: _unexpected})


def server_config(app: "Starlette", tls: ssl.SSLContext | None = None) -> "uvicorn.Config":
    """How uvicorn serves `app`: within bounds, and believing no header about who the client is."""
    import uvicorn

    from rpkpy.host.access import connections

    config = uvicorn.Config(
        app,
        http=connections.Bounded,
        ws="none",
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=connections.MOST_HEAD_BYTES,
        limit_concurrency=connections.MOST_CONNECTIONS,
        timeout_graceful_shutdown=5,
    )
    config.load()
    config.ssl = tls
    return config


LICENSE = {"loaded": False}
ENTERPRISE: dict[str, Any] = {"license_status": "not_present", "violation": False, "features": []}


class _AdminApi:
    def __init__(
        self, controller: "Controller", around: "Surroundings", ready: Callable[[], bool], watch: Watch
    ) -> None:
        self._controller = controller
        self._around = around
        self._ready = ready
        self._watch = watch
        self._health = health.Health(around.topology, ready)

    async def deploy(self, request: "Request") -> "Response":
        limit = self._around.settings.limits.binary_bytes + _SLACK_BYTES
        body, whole = await _read_body(request, limit)
        document, wasm = framing.split(body)
        spec = requests.read_deploy(document)
        if not whole:
            raise Rejected(500, TOO_LARGE)
        await _in_thread(self._controller.deploy, spec, wasm)
        return _json(None)

    async def list(self, request: "Request") -> "Response":
        transforms = await _in_thread(self._controller.listing)
        return _json(
            [
                {
                    "name": item.name,
                    "input_topic": item.input_topic,
                    "output_topics": list(item.output_topics or ()),
                    "status": [
                        {
                            "node_id": status.node_id,
                            "partition": status.partition,
                            "status": status.status,
                            "lag": status.lag,
                        }
                        for status in item.status or ()
                    ],
                    "environment": [{"key": key, "value": value} for key, value in item.environment.items()],
                    "compression": item.compression,
                    "rpkpy": _options(item.options or HostOptions(), item.input_topic),
                }
                for item in transforms
            ]
        )

    async def delete(self, request: "Request") -> "Response":
        await _in_thread(self._controller.delete, _name(request, ()))
        return _json(None)

    async def patch(self, request: "Request") -> "Response":
        name = _name(request, ("meta",))
        body, whole = await _read_body(request, _PATCH_BYTES)
        if not whole:
            raise bad_request(f"Request body is larger than {_PATCH_BYTES} bytes")
        patch = requests.read_patch(framing.parse_all(bytes(body)))
        await _in_thread(self._controller.patch, name, patch)
        return _json(None)

    async def committed_offsets(self, request: "Request") -> "Response":
        show_unknown = request.query_params.get("show_unknown", "").lower() in ("true", "1")
        rows = await _in_thread(self._controller.committed_offsets, show_unknown)
        return _json(
            [{"transform_name": row.transform_name, "partition": row.partition, "offset": row.offset} for row in rows]
        )

    async def collect_offsets(self, request: "Request") -> "Response":
        await _in_thread(self._controller.collect_offsets)
        return _json(None)

    async def status(self, request: "Request") -> "Response":
        if self._ready():
            return _json({"status": "ready"})
        return _json({"status": "stopping"}, 503)

    async def health(self, request: "Request") -> "Response":
        ready, answer = await _in_thread(self._health.ready)
        return _json(answer, 200 if ready else 503)

    async def metrics(self, request: "Request") -> "Response":
        from starlette.responses import PlainTextResponse

        text = metrics.exposition(await _in_thread(self._watch.figures))
        return PlainTextResponse(text, media_type="text/plain; version=0.0.4")


def _guarded(endpoint: Endpoint, needs: Needs, gate: Gate) -> Endpoint:
    """`endpoint` with errors as answers, for those whom the gate lets in."""

    async def guarded(request: "Request") -> "Response":
        try:
            await gate.check(request, needs)
            return await endpoint(request)
        except Rejected as error:
            return _refusal(error)
        except UnreachableError as error:
            return _refusal(unavailable(_sentence(error)))
        except AuthError as error:
            return _refusal(unavailable(_sentence(error)))
        except RpkpyError as error:
            return _refusal(Rejected(500, f"Unexpected cluster error: {_sentence(error)}"))
        except TimeoutError:
            return _refusal(timeout(f"the request body did not arrive within {_BODY_TIMEOUT_S:g} s"))

    return guarded


async def _read_body(request: "Request", limit: int) -> tuple[bytearray, bool]:
    """Up to `limit` bytes of the body, and whether that is all of it. Raises TimeoutError, Rejected on a cut body."""
    from starlette.requests import ClientDisconnect

    body = bytearray()
    total = 0
    try:
        async with asyncio.timeout(_BODY_TIMEOUT_S):
            async for chunk in request.stream():
                total += len(chunk)
                if len(body) < limit:
                    body += chunk[: limit - len(body)]
                if total > max(limit, _DRAIN_BYTES):
                    break
    except ClientDisconnect as error:
        raise bad_request("the request body was cut short") from error
    return body, total <= limit


def _name(request: "Request", after: tuple[str, ...]) -> str:
    """The transform's name: the path's segment after /v1/transform/, followed by `after` and nothing else."""
    raw: bytes = request.scope["raw_path"]
    segments = raw.partition(b"?")[0].split(b"/")[3:]
    if [segment.decode("latin-1") for segment in segments[1:]] != list(after):
        raise Rejected(404, "Not found")
    name = unquote_to_bytes(segments[0]).decode("utf-8", "replace")
    if not name:
        raise bad_request(INVALID_NAME)
    return name


async def _in_thread(call: Callable[..., T], *args: Any) -> T:
    """Calls that wait for Kafka stay off the event loop."""
    from starlette.concurrency import run_in_threadpool

    return await run_in_threadpool(call, *args)


def _fixed(answer: dict[str, Any]) -> Endpoint:
    async def endpoint(request: "Request") -> "Response":
        return _json(answer)

    return endpoint


def _options(options: HostOptions, input_topic: str) -> dict[str, str | None]:
    return asdict(options) | {"dead_letter_topic": options.dead_letters(input_topic)}


def _controller_partition(settings: HostSettings) -> dict[str, Any]:
    return {
        "ns": "redpanda",
        "topic": "controller",
        "partition_id": 0,
        "status": "done",
        "leader_id": settings.node_id,
        "raft_group_id": 0,
        "replicas": [{"node_id": settings.node_id, "core": 0}],
    }


def _node_config(settings: HostSettings) -> dict[str, Any]:
    """A broker's answer has no `rpkpy`: by it a client knows which options it may send."""
    return {
        "node_id": settings.node_id,
        "rpkpy": {"version": __version__, "options": [item.name for item in fields(HostOptions)]},
    }


def _health(settings: HostSettings) -> dict[str, Any]:
    return {
        "is_healthy": True,
        "unhealthy_reasons": [],
        "controller_id": settings.node_id,
        "all_nodes": [settings.node_id],
        "nodes_down": [],
        "nodes_in_recovery_mode": [],
        "leaderless_partitions": [],
        "leaderless_count": 0,
        "under_replicated_partitions": [],
        "under_replicated_count": 0,
    }


def _json(data: Any, status: int = 200) -> "Response":
    from starlette.responses import Response

    if data is None:
        return Response(b"", status, media_type="application/json")
    content = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, media_type="application/json")


def _refusal(error: Rejected) -> "Response":
    answer = _json({"message": error.message, "code": error.status}, error.status)
    if error.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["www-authenticate"] = 'Basic realm="rpkpy host", Bearer'  # RFC 9110, 11.6.1
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["retry-after"] = "60"
    return answer


async def _not_found(request: "Request", error: Exception) -> "Response":
    return _refusal(Rejected(404, "Not found"))


async def _unexpected(request: "Request", error: Exception) -> "Response":
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _refusal(Rejected(500, f"Unexpected error: {type(error).__name__}"))


def _sentence(error: RpkpyError) -> str:
    return " ".join(filter(None, (error.message, error.cause)))
