"""The Admin API's transform requests, read from JSON in the broker's order of checks."""

from dataclasses import dataclass
from typing import Any

from rpkpy.config.host_options import HostOptions
from rpkpy.host import schema
from rpkpy.host.rejection import BODY_NOT_OBJECT, bad_request
from rpkpy.redpanda.cluster import DeploySpec, StartOffset

# The largest time the broker's clock holds: std::chrono::system_clock counts microseconds in 64 bits.
MAX_TIMESTAMP_MS = 9_223_372_036_854_775


@dataclass(frozen=True, slots=True)
class Patch:
    """What a patch changes; None leaves as it is. `environment` replaces the whole map, `options` those it names."""

    paused: bool | None = None
    environment: dict[str, str] | None = None
    compression: str | None = None
    options: dict[str, str] | None = None


def read_deploy(document: Any) -> DeploySpec:
    """The deploy request in `document`; Rejected (400) on a schema violation, then on a bad offset."""
    schema.check(document, schema.DEPLOY)
    return DeploySpec(
        name=document["name"],
        input_topic=document["input_topic"],
        output_topics=tuple(document["output_topics"]),
        environment=_variables(document.get("environment", [])),
        compression=document.get("compression", "none"),
        offset=_offset(document.get("offset")),
        options=HostOptions.of(document.get("rpkpy", {})),
    )


def read_patch(document: Any) -> Patch:
    """The patch in `document`; Rejected (400) where it is no object or violates the schema."""
    if not isinstance(document, dict):
        raise bad_request(BODY_NOT_OBJECT)
    schema.check(document, schema.PATCH)
    return Patch(
        paused=document.get("is_paused"),
        environment=_variables(document["env"]) if "env" in document else None,
        compression=document.get("compression"),
        options=document.get("rpkpy"),
    )


def _variables(pairs: list[dict[str, str]]) -> dict[str, str]:
    return {pair["key"]: pair["value"] for pair in pairs}  # the last of equal keys wins


def _offset(document: dict[str, Any] | None) -> StartOffset | None:
    if document is None:
        return None
    value: int = document["value"]
    if value < 0:
        raise bad_request(f"Bad offset: expected value >= 0, got {value}")
    if document["format"] == "timestamp" and value > MAX_TIMESTAMP_MS:
        raise bad_request(f"Bad offset: Timestamp value out of range ({value})")
    return StartOffset(document["format"], min(value, 2**63 - 1))
