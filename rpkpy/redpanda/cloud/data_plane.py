"""Transforms on a cluster of Redpanda Cloud, through the Data Plane API of that cluster (the Cluster protocol).

Paths, fields and rules are those of TransformService (dataplane v1, v1alpha2, v1alpha1: the same in all three) and
of the deployment over HTTP, which is multipart/form-data and no RPC. What the API cannot do is refused before anything
is sent. Pausing is not in it: rpk asks the Admin API behind the cluster's console, and so does this where its address
is known.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from rpkpy.config.host_options import HostOptions, spelled
from rpkpy.config.settings import OAUTHBEARER, SERVERLESS, CloudCluster, HttpSettings, Sasl, Settings, Tls
from rpkpy.errors import ConfigError, RefusedError, UnreachableError, UsageError
from rpkpy.redpanda.admin import AdminCluster, segment
from rpkpy.redpanda.cloud.endpoints import secure
from rpkpy.redpanda.cloud.http import Answer
from rpkpy.redpanda.cloud.session import Session
from rpkpy.redpanda.cloud.versions import VersionedApi
from rpkpy.redpanda.cluster import DeploySpec, PartitionStatus, TransformMetadata
from rpkpy.redpanda.module import Framed, Module
from rpkpy.redpanda.refusals import message_of

VERSIONS = ("v1", "v1alpha2", "v1alpha1")
"""Newest first."""
_NAME = re.compile(r"[a-zA-Z0-9._-]{1,128}")
_SLOWEST_UPLOAD_BYTES_PER_S = 256 * 1024
_STATUS_PREFIX = "PARTITION_STATUS_"
_MAX_OUTPUTS = 1


class DataPlaneCluster:
    """The cluster that the settings' profile names, asked with the token of `session`."""

    def __init__(self, settings: Settings, cluster: CloudCluster, session: Session) -> None:
        if not cluster.url and cluster.kind != SERVERLESS:
            raise ConfigError(
                f"profile {settings.profile!r} does not say where its cloud cluster is reached (cluster_url).",
                fix=f"rpkpy cloud cluster select {cluster.id or 'ID'} writes it anew.",
            )
        url = secure(cluster.url, f"profile {settings.profile!r}, cluster_url") if cluster.url else ""
        self._settings, self._cluster, self._session = settings, cluster, session
        self._api = VersionedApi(session, session.api(url, f"the cluster {cluster.name or cluster.id!r}"), VERSIONS)

    def fit(self, spec: DeploySpec, *, ignore_unsupported: bool = False) -> tuple[DeploySpec, list[str]]:
        """What of `spec` the API can do; see Cluster."""
        self._require_transforms()
        if len(spec.output_topics) > _MAX_OUTPUTS:
            raise UsageError(
                f"{len(spec.output_topics)} output topics; Redpanda Cloud deploys a transform with one.",
                fix="Pass --output-topic once, and deploy another transform for each further topic.",
            )
        if not _NAME.fullmatch(spec.name):
            raise UsageError(
                f"{spec.name!r} cannot be a transform's name on Redpanda Cloud: 1 to 128 letters, digits, dots, "
                "underscores and dashes.",
                fix="Pass another --name.",
            )
        dropped = []
        if spec.compression != "none":
            dropped.append(f"compression {spec.compression}")
        if spec.offset is not None:
            dropped.append(f"from-offset {spec.offset}")
        dropped += [f"{spelled(name)} {value}" for name, value in spec.options.changes().items()]
        if dropped and not ignore_unsupported:
            raise UsageError(
                f"Redpanda Cloud cannot deploy with {' and '.join(dropped)}.",
                cause="Its Data Plane API has no field for it; rpk leaves it out and says nothing.",
                fix="Take it out (flag or transform.yaml), or pass --ignore-unsupported to deploy without it.",
            )
        return replace(spec, compression="none", offset=None, options=HostOptions()), dropped

    def deploy(self, spec: DeploySpec, module: Module) -> None:
        """Deploy or redeploy; see Cluster."""
        spec, _ = self.fit(spec)
        metadata: dict[str, Any] = {
            "name": spec.name,
            "input_topic_name": spec.input_topic,
            "output_topic_names": list(spec.output_topics),
        }
        if spec.environment:
            metadata["environment_variables"] = [
                {"key": key, "value": value} for key, value in spec.environment.items()
            ]
        content, content_type = multipart(metadata, spec.name, module)
        seconds = self._session.request_timeout_s + content.size / _SLOWEST_UPLOAD_BYTES_PER_S
        action = f'deploy transform "{spec.name}"'
        fix = "Are data transforms enabled on this cluster? rpkpy cloud cluster select writes the profile anew."
        answer = self._api.ask(
            "PUT", "/transforms", action=action, content=content, content_type=content_type, seconds=seconds
        )
        self._require(answer, action, fix)

    def list(self) -> list[TransformMetadata]:
        """All deployed transforms; see Cluster."""
        self._require_transforms()
        action = "list transforms"
        found: list[TransformMetadata] = []
        for answer in self._api.pages("/transforms", action):
            self._require(answer, action, "rpkpy cloud cluster select writes the profile anew.")
            try:
                found += [metadata_of(entry) for entry in answer.json(action).get("transforms") or ()]
            except (KeyError, TypeError, AttributeError, ValueError, OverflowError):
                raise self._not_a_list(action, answer) from None
        return found

    def update(
        self,
        name: str,
        environment: Mapping[str, str] | None,
        compression: str | None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """None of it; see Cluster."""
        self.require_updates(name)

    def require_updates(self, name: str) -> None:
        """It cannot; see Cluster. A redeployment changes the environment, and nothing the compression."""
        self._require_transforms()
        raise UsageError(
            f'unable to update transform "{name}": Redpanda Cloud cannot change what is deployed.',
            cause="Its Data Plane API has no such call.",
            fix="Deploy it again with --var: it keeps its place. Compression cannot be set on Redpanda Cloud.",
        )

    def pause(self, name: str) -> None:
        """Stop processing; see Cluster. UsageError where no Admin API address is known."""
        self._admin(f'pause transform "{name}"').pause(name)

    def resume(self, name: str) -> None:
        """Go on; see Cluster. UsageError where no Admin API address is known."""
        self._admin(f'resume transform "{name}"').resume(name)

    def delete(self, name: str) -> None:
        """Remove; see Cluster. RefusedError for an unknown name, which a self-hosted broker takes."""
        self._require_transforms()
        action = f'delete transform "{name}"'
        answer = self._api.ask("DELETE", f"/transforms/{segment(name)}", action=action)
        self._require(answer, action, "rpkpy transform list names what is deployed.")

    def _require_transforms(self) -> None:
        if self._cluster.kind == SERVERLESS:
            raise UsageError(
                "Serverless clusters of Redpanda Cloud run no transforms.",
                cause=f"Profile {self._settings.profile!r} is for the serverless cluster {self._cluster.name!r}.",
                fix="Take a dedicated or BYOC cluster: rpkpy cloud cluster select; or a local one: rpkpy local start.",
            )

    def _admin(self, action: str) -> AdminCluster:
        """The Admin API behind the cluster's console, at the address that was given; it takes the same token."""
        self._require_transforms()
        if not self._settings.admin_known:
            raise UsageError(
                f"unable to {action}: Redpanda Cloud's Data Plane API cannot pause or resume transforms.",
                cause="The Admin API can, but its address is not in the profile.",
                fix="Pass -X admin.hosts=HOST:PORT where the cluster's Admin API is reached; or delete the transform "
                "and deploy it again later (it then begins anew).",
            )
        settings = self._settings
        named = (address if "://" in address else f"https://{address}" for address in settings.admin.addresses)
        addresses = tuple(f"{secure(address, 'admin.hosts')}/api" for address in named)
        return AdminCluster(
            replace(
                settings,
                admin=HttpSettings(addresses, settings.admin.tls or Tls()),
                kafka=replace(settings.kafka, sasl=Sasl(OAUTHBEARER, password=self._session.token())),
            ),
            say=self._session.say,
        )

    def _require(self, answer: Answer, action: str, fix: str) -> None:
        """RefusedError with `fix` where no version has what was asked for."""
        if answer.status == HTTPStatus.NOT_FOUND:
            raise RefusedError(
                f"unable to {action}: {message_of(answer.body).rstrip('.') or 'not found'}.",
                cause=f"{answer.method} {answer.url} answered 404 Not Found, and so did the older versions of the API.",
                fix=fix,
            )

    def _not_a_list(self, action: str, answer: Answer) -> UnreachableError:
        return UnreachableError(
            f"unable to {action}: the answer is not the Data Plane API's: {message_of(answer.body)}",
            cause=f"{answer.method} {answer.url} answered with success, but not with transforms.",
            fix="Does the profile's cluster_url name the cluster's data plane?",
        )


def multipart(metadata: dict[str, Any], name: str, module: Module) -> tuple[Framed, str]:
    """The body of a deployment and its content type (RFC 7578): the metadata as a JSON line, then the module's file."""
    boundary = secrets.token_hex(30)
    line = json.dumps(metadata, separators=(",", ":"))
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n{line}\n\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="wasm_binary"; filename="{name}.wasm"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return (
        Framed(head.encode(), module, f"\r\n--{boundary}--\r\n".encode()),
        f"multipart/form-data; boundary={boundary}",
    )


def metadata_of(entry: dict[str, Any]) -> TransformMetadata:
    """A transform as the Data Plane API's JSON has it; raises KeyError, TypeError, ValueError for anything else."""
    return TransformMetadata(
        name=str(entry["name"]),
        input_topic=str(entry.get("input_topic_name", "")),
        output_topics=tuple(map(str, entry.get("output_topic_names") or ())),
        environment={str(item["key"]): str(item["value"]) for item in entry.get("environment_variables") or ()},
        status=tuple(map(_status, entry.get("statuses") or ())),
    )


def _status(entry: dict[str, Any]) -> PartitionStatus:
    """One partition; what is zero is left out of the JSON."""
    status = str(entry.get("status", "UNKNOWN")).removeprefix(_STATUS_PREFIX).lower()
    return PartitionStatus(
        node_id=int(entry.get("broker_id", 0)),
        partition=int(entry.get("partition_id", 0)),
        status="unknown" if status == "unspecified" else status,
        lag=int(entry.get("lag", 0)),
    )
