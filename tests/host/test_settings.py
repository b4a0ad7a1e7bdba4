"""Cluster properties by the broker's names, and the address to listen on."""

import pytest

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import ConfigError
from rpkpy.host.settings import HostSettings, listen_address, properties, with_property
from rpkpy.redpanda import transform_logs

DEFAULTS = HostSettings(KafkaSettings())


def test_the_defaults_are_the_brokers() -> None:
    assert properties(DEFAULTS) == {
        "data_transforms_enabled": True,
        "data_transforms_per_core_memory_reservation": 20 * 1024**2,
        "data_transforms_per_function_memory_limit": 2 * 1024**2,
        "data_transforms_runtime_limit_ms": 3000,
        "data_transforms_binary_max_size": 10 * 1024**2,
        "data_transforms_logging_line_max_bytes": transform_logs.LINE_MAX_BYTES,
        "data_transforms_commit_interval_ms": 3000,
        "data_transforms_logging_flush_interval_ms": 500,
        "data_transforms_logging_buffer_capacity_bytes": 500 * 1024,
        "kafka_batch_max_bytes": 1024**2,
    }
    assert DEFAULTS.max_transforms == 10


def test_every_property_can_be_set() -> None:
    wanted = {name: value for name, value in properties(DEFAULTS).items() if value is not True}
    settings = DEFAULTS
    for name in wanted:
        settings = with_property(settings, name, "131072")
    assert {properties(settings)[name] for name in wanted} == {131_072}
    assert settings.max_transforms == 1
    assert settings.timing.commit_s == 131.072


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_transforms_per_function_memory_limit", "65535"),
        ("data_transforms_per_function_memory_limit", str(4 * 1024**3 + 1)),
        ("data_transforms_binary_max_size", str(128 * 1024**2 + 1)),
        ("data_transforms_logging_buffer_capacity_bytes", "1"),
        ("data_transforms_commit_interval_ms", "0"),
        ("data_transforms_commit_interval_ms", "three"),
        ("data_transforms_enabled", "true"),
        ("", ""),
    ],
)
def test_other_values_and_names_are_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigError) as error:
        with_property(DEFAULTS, name, value)
    assert error.value.fix


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:9644", ("127.0.0.1", 9644)), ("localhost:0", ("localhost", 0)), ("[::1]:80", ("::1", 80))],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert listen_address(text) == address


@pytest.mark.parametrize("text", ["", "9644", ":9644", "host", "host:", "host:x", "host:65536", "host:-1"])
def test_no_addresses(text: str) -> None:
    with pytest.raises(ConfigError):
        listen_address(text)
