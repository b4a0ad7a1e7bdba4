"""What a host runs with."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import ConfigError
from rpkpy.host.access.listening import Access
from rpkpy.wasm.limits import BROKER, Limits

if TYPE_CHECKING:
    from rpkpy.engine.schema_registry import SchemaRegistry


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals of the host, in seconds.

    `commit_s` is data_transforms_commit_interval_ms, `log_flush_s` data_transforms_logging_flush_interval_ms.
    Backoff doubles from `backoff_first_s` to `backoff_max_s` and begins anew after `backoff_reset_s` of running;
    a processor that cannot even be made is tried again after `creation_retry_s` (the broker's figures).
    `refresh_s` is how often topics are looked at, `kafka_s` how long one request to Kafka may take, `stop_s` how
    long a stopping processor is waited for. After `session_s` without a sign of life Kafka gives a worker's partitions
    to others; every `heartbeat_s` a worker tells the hosts that it is there.
    """

    commit_s: float = 3.0
    log_flush_s: float = 0.5
    backoff_first_s: float = 1.0
    backoff_max_s: float = 30.0
    backoff_reset_s: float = 10.0
    creation_retry_s: float = 30.0
    refresh_s: float = 3.0
    kafka_s: float = 8.0  # below the 10 s that rpk waits for an answer
    stop_s: float = 5.0
    session_s: float = 6.0  # the shortest that brokers allow by default
    heartbeat_s: float = 2.0


@dataclass(frozen=True, slots=True)
class HostSettings:
    """A host: its Kafka, its Admin API's address, its limits, and what answers its guests' questions for schemas.

    `node_id` is its number in lists; hosts of one Kafka that shall be told apart there have different ones.
    """

    kafka: KafkaSettings
    listen_host: str = "127.0.0.1"
    listen_port: int = 9644
    access: Access = field(default_factory=Access)
    limits: Limits = BROKER
    timing: Timing = field(default_factory=Timing)
    node_id: int = 0
    log_buffer_bytes: int = 500 * 1024  # data_transforms_logging_buffer_capacity_bytes
    cache_dir: Path | None = None  # compiled modules, for this user alone
    schema_registry: "SchemaRegistry | None" = None
    record_path: str = "auto"  # one of record_path.PATHS
    page_token: str | None = field(default=None, repr=False)  # signs in to the page; without one it only shows
    page_token_file: Path | None = None  # where the token is, to be named at the start
    workers: int = 1  # processes that work on partitions; 1: the host's own
    memory_bytes: int | None = None  # for the instances of one worker; None: a share of half the machine's

    @property
    def max_transforms(self) -> int:
        """How many transforms the reservation holds, as the broker counts."""
        return self.limits.reservation_bytes // self.limits.memory_bytes


# Cluster properties of the broker that a host takes: the lowest and highest value (src/v/config/configuration.cc;
# None where it names none), and what they set.
_KIB, _MIB, _GIB = 1024, 1024**2, 1024**3
_LIMITS = {
    "data_transforms_per_core_memory_reservation": ("reservation_bytes", 64 * _KIB, 100 * _GIB),
    "data_transforms_per_function_memory_limit": ("memory_bytes", 64 * _KIB, 4 * _GIB),
    "data_transforms_runtime_limit_ms": ("runtime_ms", 1, None),
    "data_transforms_binary_max_size": ("binary_bytes", 1, 128 * _MIB),
    "data_transforms_logging_line_max_bytes": ("log_line_bytes", 1, None),
    "kafka_batch_max_bytes": ("batch_bytes", 1, None),
}
_TIMING = {
    "data_transforms_commit_interval_ms": ("commit_s", 1, None),
    "data_transforms_logging_flush_interval_ms": ("log_flush_s", 1, None),
}
_BUFFER = "data_transforms_logging_buffer_capacity_bytes"
_BUFFER_RANGE = (100 * _KIB, 2 * _MIB)


def with_property(settings: HostSettings, name: str, value: str) -> HostSettings:
    """`settings` with a cluster property set, as `rpk cluster config set` names it; ConfigError where it cannot be."""
    if name in _LIMITS:
        attribute, low, high = _LIMITS[name]
        return replace(settings, limits=replace(settings.limits, **{attribute: _number(name, value, low, high)}))
    if name in _TIMING:
        attribute, low, high = _TIMING[name]
        seconds = _number(name, value, low, high) / 1_000
        return replace(settings, timing=replace(settings.timing, **{attribute: seconds}))
    if name == _BUFFER:
        return replace(settings, log_buffer_bytes=_number(name, value, *_BUFFER_RANGE))
    known = ", ".join(sorted([*_LIMITS, *_TIMING, _BUFFER]))
    raise ConfigError(f"{name!r} is not a property of the transform host.", fix=f"Use one of {known}.")


def with_properties(settings: HostSettings, given: Iterable[str]) -> HostSettings:
    """`settings` with each KEY=VALUE of `given`; ConfigError at the first that cannot be."""
    for item in given:
        name, _, value = item.partition("=")
        settings = with_property(settings, name.strip(), value.strip())
    return settings


def properties(settings: HostSettings) -> dict[str, int | bool]:
    """The cluster properties of a host, by the broker's names."""
    values: dict[str, int | bool] = {"data_transforms_enabled": True}
    values |= {name: getattr(settings.limits, attribute) for name, (attribute, _, _) in _LIMITS.items()}
    values |= {name: round(getattr(settings.timing, attribute) * 1_000) for name, (attribute, _, _) in _TIMING.items()}
    return values | {_BUFFER: settings.log_buffer_bytes}


def _number(name: str, value: str, low: int, high: int | None) -> int:
    try:
        number = int(value)
    except ValueError:
        number = low - 1
    if number < low or (high is not None and number > high):
        wanted = f"a number from {low} to {high}" if high is not None else f"a number, {low} or more"
        raise ConfigError(f"{name} cannot be {value!r}.", fix=f"Use {wanted}.")
    return number


def listen_address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` (or `[IPv6]:PORT`); ConfigError where it is neither."""
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("http://").strip("[]")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ConfigError(f"{text!r} is not an address to listen on.", fix="Use HOST:PORT, such as 127.0.0.1:9644.")
    return host, int(port)
