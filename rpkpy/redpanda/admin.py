"""The Admin API of a self-hosted cluster, or of rpkpy's own transform host, which speaks the same."""

import asyncio
import json
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import httpx  # noqa: TID253  # imported by commands inside their function alone

from rpkpy.config.host_options import NAMES, HostOptions, spelled
from rpkpy.config.settings import Settings
from rpkpy.errors import AuthError, RefusedError, UnreachableError, UsageError
from rpkpy.redpanda import event_loop, refusals
from rpkpy.redpanda.cluster import DeploySpec, PartitionStatus, TransformMetadata
from rpkpy.redpanda.http import ATTEMPTS, Answer, Content, Deadline, HttpApi
from rpkpy.redpanda.module import Framed, Module

# A module is given this much more time, so that a slow line is no timeout.
_SLOWEST_UPLOAD_BYTES_PER_S = 256 * 1024
_NO_LEADER_PAUSE_S = 0.5
_CONTROLLER = "/v1/partitions/redpanda/controller/0"
_NODE_CONFIG = "/v1/node_config"


class AdminCluster:
    """Transforms through the Admin API (the Cluster protocol).

    With several hosts, deploy and delete go to the controller's leader; everything else to any host that answers.
    `say` is told of every request.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None] = lambda text: None) -> None:
        self._api = HttpApi(
            settings.admin, settings.kafka.sasl, settings.dial_timeout_s, settings.request_timeout_s, say
        )

    def fit(self, spec: DeploySpec, *, ignore_unsupported: bool = False) -> tuple[DeploySpec, Sequence[str]]:
        """All of `spec` on rpkpy's own host, and on a broker all but that host's options; see Cluster."""
        wanted = spec.options.changes()
        known = self._known_options() if wanted else ()
        left_out = [f"{spelled(name)} {value}" for name, value in wanted.items() if name not in known]
        if not left_out:
            return spec, ()
        if not ignore_unsupported:
            raise UsageError(
                f"This cluster cannot deploy with {' and '.join(left_out)}.",
                cause="It is for rpkpy's own transform host, and this is a Redpanda broker, or an older host.",
                fix="Take it out (flag, or `host:` in transform.yaml), or deploy to a host: rpkpy host run.\n"
                "--ignore-unsupported deploys without it.",
            )
        options = HostOptions.of({name: value for name, value in wanted.items() if name in known})
        return replace(spec, options=options), left_out

    def deploy(self, spec: DeploySpec, module: Module) -> None:
        """Deploy or redeploy; see Cluster."""
        action = f'deploy transform "{spec.name}"'
        # time for two: to a leader that hangs, and to another host
        seconds = self._api.request_timeout_s + 2 * module.size / _SLOWEST_UPLOAD_BYTES_PER_S
        body = Framed(deploy_head(spec), module)
        event_loop.run(self._to_leader("POST", "/v1/transform/deploy", action, body, seconds))

    def list(self) -> list[TransformMetadata]:
        """All deployed transforms; see Cluster."""
        action = "list transforms"
        answer = event_loop.run(self._to_any("GET", "/v1/transform/", action))
        try:
            return [*listing(answer.json(action))]
        except ValueError:
            raise refusals.not_an_admin_api(action, answer.method, answer.url, answer.body) from None

    def require_updates(self, name: str) -> None:
        """It can; see Cluster."""

    def update(
        self,
        name: str,
        environment: Mapping[str, str] | None,
        compression: str | None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Change environment, compression or options; see Cluster. The key is `env`, and in a deploy `environment`."""
        patch: dict[str, Any] = {}
        if environment is not None:
            patch["env"] = [{"key": key, "value": value} for key, value in environment.items()]
        if compression is not None:
            patch["compression"] = compression
        if options:
            patch["rpkpy"] = dict(options)
        self._patch(name, f'update transform "{name}"', patch)

    def pause(self, name: str) -> None:
        """Stop processing; see Cluster."""
        self._patch(name, f'pause transform "{name}"', {"is_paused": True})

    def resume(self, name: str) -> None:
        """Go on; see Cluster."""
        self._patch(name, f'resume transform "{name}"', {"is_paused": False})

    def delete(self, name: str) -> None:
        """Remove; see Cluster. The broker answers success for an unknown name too."""
        event_loop.run(self._to_leader("DELETE", f"/v1/transform/{segment(name)}", f'delete transform "{name}"', None))

    def properties(self) -> dict[str, Any]:
        """The cluster's properties (rpk cluster config), defaults included."""
        action = "read the cluster's properties"
        answer = event_loop.run(self._to_any("GET", "/v1/cluster_config?include_defaults=true", action))
        found = answer.json(action)
        if not isinstance(found, dict):
            raise refusals.not_an_admin_api(action, answer.method, answer.url, answer.body)
        return found

    def _known_options(self) -> Collection[str]:
        """The options of rpkpy's host that the cluster takes, as its node says; none on a broker."""
        try:
            node = event_loop.run(self._to_any("GET", _NODE_CONFIG, "ask the cluster what it is")).json(
                "ask the cluster"
            )
        except RefusedError:
            return ()
        host = node.get("rpkpy") if isinstance(node, dict) else None
        options = host.get("options") if isinstance(host, dict) else None
        return [str(name) for name in options] if isinstance(options, list) else ()

    def _patch(self, name: str, action: str, patch: dict[str, Any]) -> None:
        content = json.dumps(patch, separators=(",", ":")).encode()
        event_loop.run(self._to_any("PUT", f"/v1/transform/{segment(name)}/meta", action, content))

    async def _to_any(self, method: str, path: str, action: str, content: bytes | None = None) -> Answer:
        deadline = Deadline.after(self._api.request_timeout_s)
        async with self._api.client() as client:
            return await self._api.request(client, method, path, action=action, deadline=deadline, content=content)

    async def _to_leader(
        self, method: str, path: str, action: str, content: bytes | Content | None, seconds: float | None = None
    ) -> Answer:
        deadline = Deadline.after(seconds or self._api.request_timeout_s)
        async with self._api.client() as client:
            order = _Order(self._api.hosts, leader_known=True)
            if len(order.hosts) > 1:
                order = await self._leader_first(client, action, deadline)
            return await self._api.request(
                client,
                method,
                path,
                action=action,
                deadline=deadline,
                hosts=order.hosts,
                content=content,
                stay=order.leader_known,
                # A deployment is known by its name: sent twice, it replaces itself by the same. Deleting what is
                # gone is a success.
                repeatable=True,
            )

    async def _leader_first(self, client: httpx.AsyncClient, action: str, deadline: Deadline) -> "_Order":
        """The hosts, the controller's leader at the head.

        Where the leader is none of them, or the cluster does not say, any order will do: a broker hands a transform's
        change on to the leader itself.
        """
        hosts = tuple(random.sample(self._api.hosts, len(self._api.hosts)))
        for attempt in range(ATTEMPTS):
            try:
                answer = await self._api.request(
                    client, "GET", _CONTROLLER, action=action, deadline=deadline, hosts=hosts
                )
            except RefusedError:
                return _Order(hosts, leader_known=False)
            leader = answer.json(action)
            leader_id = leader.get("leader_id") if isinstance(leader, dict) else None
            if leader_id != -1:
                break
            hosts = hosts[1:] + hosts[:1]  # another broker may know already
            if attempt + 1 < ATTEMPTS:
                await asyncio.sleep(min(_NO_LEADER_PAUSE_S, deadline.left_s))
        else:
            raise RefusedError(
                f"unable to {action}: the cluster has no controller leader.",
                cause=f"GET {answer.url} answered leader_id -1, {ATTEMPTS} times.",
                fix="Try again once the brokers have elected one; a majority of them must be up.",
            )
        return await self._found(client, hosts, leader_id, action, deadline)

    async def _found(
        self, client: httpx.AsyncClient, hosts: tuple[str, ...], leader_id: Any, action: str, deadline: Deadline
    ) -> "_Order":
        """`hosts` with broker `leader_id` at the head, those that do not answer at the end.

        All are asked at once, for a third of the time: a host that hangs must leave some for the request itself.
        """
        asked = {asyncio.create_task(self._node_id(client, host, action, deadline)): host for host in hosts}
        until = Deadline.after(deadline.left_s / 3)
        others: list[str] = []
        try:
            while asked and until.left_s > 0:
                done, _ = await asyncio.wait(asked, timeout=until.left_s, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    host = asked.pop(task)
                    node_id = task.result()
                    if node_id is not None and node_id == leader_id:
                        return _Order((host, *(each for each in hosts if each != host)), leader_known=True)
                    if node_id is not None:
                        others.append(host)
            return _Order((*others, *(host for host in hosts if host not in others)), leader_known=False)
        finally:
            for task in asked:
                task.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _node_id(self, client: httpx.AsyncClient, host: str, action: str, deadline: Deadline) -> int | None:
        """The broker behind `host`; None where it does not say."""
        try:
            answer = await self._api.request(
                client, "GET", _NODE_CONFIG, action=action, deadline=deadline, hosts=[host], attempts=1
            )
            node = answer.json(action)
        except AuthError:
            raise
        except (RefusedError, UnreachableError):
            return None
        node_id = node.get("node_id") if isinstance(node, dict) else None
        return node_id if isinstance(node_id, int) else None


@dataclass(frozen=True, slots=True)
class _Order:
    """In which order hosts are asked; whether the first of them is the leader."""

    hosts: tuple[str, ...]
    leader_known: bool


def deploy_head(spec: DeploySpec) -> bytes:
    """The JSON object of a deploy request; the module follows its closing brace at once."""
    body: dict[str, Any] = {
        "name": spec.name,
        "input_topic": spec.input_topic,
        "output_topics": list(spec.output_topics),
    }
    if spec.environment:
        body["environment"] = [{"key": key, "value": value} for key, value in spec.environment.items()]
    body["compression"] = spec.compression
    if spec.offset is not None:
        body["offset"] = {"format": spec.offset.format, "value": spec.offset.value}
    if options := spec.options.changes():
        body["rpkpy"] = options
    return json.dumps(body, separators=(",", ":")).encode()


def segment(name: str) -> str:
    """`name` as one segment of a URL path, as Go's url.PathEscape writes it; a UsageError for an empty one."""
    if not name:
        raise UsageError("A transform's name cannot be empty.")
    if set(name) == {"."} and len(name) <= 2:  # "." and ".." would climb
        return "%2E" * len(name)
    return quote(name, safe="$&+=:@", errors="surrogateescape")


def listing(entries: Any) -> Sequence[TransformMetadata]:
    """The transforms of a list answer; ValueError where it is none. Unknown keys are ignored, null is no entries."""
    try:
        return [_metadata(entry) for entry in _items(entries) or ()]
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _metadata(entry: dict[str, Any]) -> TransformMetadata:
    outputs, statuses = _items(entry.get("output_topics")), _items(entry.get("status"))
    return TransformMetadata(
        name=str(entry["name"]),
        input_topic=str(entry.get("input_topic", "")),
        output_topics=None if outputs is None else tuple(map(str, outputs)),
        environment={str(item["key"]): str(item["value"]) for item in _items(entry.get("environment")) or ()},
        status=None if statuses is None else tuple(map(_status, statuses)),
        compression=str(entry.get("compression", "")),
        options=_options(entry.get("rpkpy")),
    )


def _options(found: Any) -> HostOptions | None:
    """What a host tells; what a newer one tells beyond that is not known here."""
    if not isinstance(found, dict):
        return None
    return HostOptions.of({name: str(found[name]) for name in NAMES if found.get(name) is not None})


def _status(entry: dict[str, Any]) -> PartitionStatus:
    return PartitionStatus(
        node_id=int(entry.get("node_id", 0)),
        partition=int(entry["partition"]),
        status=str(entry["status"]),
        lag=int(entry.get("lag", 0)),
    )


def _items(value: Any) -> Sequence[Any] | None:
    if value is None or (isinstance(value, Sequence) and not isinstance(value, str)):
        return value
    raise ValueError("not a list")
