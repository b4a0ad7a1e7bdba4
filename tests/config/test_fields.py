"""Fields set by -X key or by path."""

from typing import Any

import pytest

from rpkpy.config import fields, keys
from rpkpy.errors import ConfigError


def after(*texts: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """A profile after `set TEXTS`."""
    profile = data if data is not None else {}
    fields.set_in_profile(profile, fields.pairs(texts))
    return profile


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        ("user=u", {"kafka_api": {"sasl": {"user": "u"}}}),
        ("kafka_api.sasl.user=u", {"kafka_api": {"sasl": {"user": "u"}}}),
        ("pass=a=b", {"kafka_api": {"sasl": {"password": "a=b"}}}),
        ("pass=", {"kafka_api": {"sasl": {"password": ""}}}),
        ("brokers=h1:1, h2", {"kafka_api": {"brokers": ["h1:1", "h2"]}}),
        ('kafka_api.brokers=[h1, "h2:2"]', {"kafka_api": {"brokers": ["h1", "h2:2"]}}),
        ("brokers=", {"kafka_api": {"brokers": []}}),
        ("kafka_api.brokers[0]=h", {"kafka_api": {"brokers": ["h"]}}),
        ("Admin.Hosts=https://h", {"admin_api": {"addresses": ["https://h"]}}),
        ("admin.tls.insecure_skip_verify=true", {"admin_api": {"tls": {"insecure_skip_verify": True}}}),
        ("registry.tls.enabled=true", {"schema_registry": {"tls": {}}}),
        ("schema_registry.tls={}", {"schema_registry": {"tls": {}}}),
        ("tls.enabled=false", {"kafka_api": {}}),
        ("description=x y", {"description": "x y"}),
        ("from_cloud=t", {"from_cloud": True}),
        ("cloud_cluster.cluster_url=https://h", {"cloud_cluster": {"cluster_url": "https://h"}}),
    ],
)
def test_one_field(text: str, profile: dict[str, Any]) -> None:
    assert after(text) == profile


def test_key_and_value_apart() -> None:
    assert after("user", "u=v") == {"kafka_api": {"sasl": {"user": "u=v"}}}


def test_tls_is_switched_by_its_presence() -> None:
    profile = after("tls.ca=/ca", "tls.enabled=true")
    assert profile == {"kafka_api": {"tls": {"ca_file": "/ca"}}}
    assert after("kafka_api.tls=null", data=profile) == {"kafka_api": {}}


def test_one_address_of_several() -> None:
    profile = after("brokers=h1,h2")
    after("kafka_api.brokers[1]=h3", "kafka_api.brokers[2]=h4", data=profile)
    assert profile == {"kafka_api": {"brokers": ["h1", "h3", "h4"]}}
    assert after("kafka_api.brokers[1]=h2", data={"kafka_api": {"brokers": "h1"}})["kafka_api"]["brokers"][1] == "h2"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nope=1", 'unable to find field "nope"'),
        ("kafka_api=1", 'unable to find field "kafka_api"'),
        ("cloud.client_id=1", 'unable to find field "cloud.client_id"'),
        ("globals.prompt=x", "unable to find field"),
        ("user[0]=x", "unable to find field"),
        ("admin.hosts=ftp://h", "http or https"),
        ("kafka_api.brokers[1]=h", "there are 0 addresses"),
        ("kafka_api.brokers[0]=h,i", "expected one address"),
        ("tls.enabled=maybe", "tls.enabled: 'maybe' is not true or false"),
        ("from_cloud=2", "not true or false"),
        ("name=x", "does not rename"),
        ("hunter2", "argument 1 is not a key=value"),
    ],
)
def test_what_cannot_be_set(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        after(text)
    assert said in caught.value.message
    assert "hunter2" not in f"{caught.value.message} {caught.value.fix}"


def test_a_section_that_is_none() -> None:
    with pytest.raises(ConfigError, match="kafka_api is no mapping"):
        after("user=u", data={"kafka_api": 5})


def test_globals() -> None:
    document: dict[str, Any] = {}
    fields.set_in_globals(document, [("globals.dial_timeout", "1m30s"), ("globals.no_default_cluster", "TRUE")])
    assert document == {"globals": {"dial_timeout": "1m30s", "no_default_cluster": True}}
    for name, value in (("prompt", "x"), ("user", "u"), ("globals.dial_timeout", "5")):
        with pytest.raises(ConfigError):
            fields.set_in_globals(document, [(name, value)])


@pytest.mark.parametrize("key", [key for key in keys.KEYS if key.path[0] != "cloud"], ids=lambda key: key.name)
def test_every_key_can_be_set(key: keys.Key) -> None:
    document: dict[str, Any] = {}
    setter = fields.set_in_globals if key.path[0] == "globals" else fields.set_in_profile
    setter(document, [(key.name, key.example)])
    value = document
    for name in key.path:
        value = value[name]
    assert value is not None
