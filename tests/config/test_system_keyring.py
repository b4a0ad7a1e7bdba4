"""Secrets in the system's keyring, wherever rpk.yaml, a variable or -X may hold one."""

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring  # noqa: TID253  # the tests need it, with the extra
import pytest
from keyring.backend import KeyringBackend  # noqa: TID253
from keyring.backends import fail  # noqa: TID253
from keyring.errors import KeyringLocked  # noqa: TID253

from rpkpy.config import rpk_yaml, system_keyring
from rpkpy.errors import ConfigError, MissingExtraError
from tests.cli.cloud.account import Account
from tests.cli.harness import Cli
from tests.fakes.cloud import FakeCloud
from tests.redpanda.loopback import always, serving

PROFILE = """\
current_profile: p
profiles:
    - name: p
      kafka_api: {brokers: ['127.0.0.1:1'], sasl: {user: me, password: 'keyring:rpkpy/prod'}}
      admin_api: {addresses: ['%s']}
"""


class Memory(KeyringBackend):
    """A keyring of this process alone."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.secrets: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("it is locked")
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password


@pytest.fixture
def memory() -> Iterator[Memory]:
    before = keyring.get_keyring()
    memory = Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_what_is_no_reference_is_the_secret() -> None:
    assert system_keyring.resolved("hush") == "hush"
    assert system_keyring.resolved("") == ""


def test_a_password_of_a_profile(cli: Cli, memory: Memory) -> None:
    keyring.set_password("rpkpy", "prod", "s3cret")
    file = cli.home / ".config" / "rpk" / "rpk.yaml"
    file.parent.mkdir(parents=True)
    with serving(always(200, [])) as server:
        file.write_text(PROFILE % server.address)
        outcome = cli("transform", "list")
        assert (outcome.code, outcome.err) == (0, "")  # nor is the file warned about: it holds no secret
        assert server.asked[0].headers["authorization"] == "Basic bWU6czNjcmV0"
    assert "password: 'keyring:rpkpy/prod'" in cli("profile", "print").stdout


def test_a_client_secret(tmp_path: Path, cli: Cli, memory: Memory) -> None:
    keyring.set_password("my/service", "ci", "sec-456")
    fake = FakeCloud()
    with serving(fake) as server:
        account = Account(cli, fake, server)
        args = ["--client-id", "cid-123", "--client-secret", "keyring:my/service/ci", "--save", "--no-profile"]
        assert account("cloud", "login", *args).code == 0
        assert account.kept["cloud_auth"][0]["client_secret"] == "keyring:my/service/ci"
        assert account("cloud", "login", "--no-profile").code == 0
        fake.clients.clear()
        assert account("cloud", "login").code == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("keyring:rpkpy/none", "holds nothing of that name"),
        ("keyring:rpkpy", "names no secret"),
        ("keyring:/x", "names no secret"),
        ("keyring:x/", "names no secret"),
    ],
)
def test_names_of_nothing(memory: Memory, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        system_keyring.resolved(text)


def test_a_keyring_that_is_locked(memory: Memory) -> None:
    memory.locked = True
    with pytest.raises(ConfigError) as caught:
        system_keyring.resolved("keyring:rpkpy/prod")
    assert (caught.value.cause, caught.value.fix) == ("it is locked.", "Is it locked?")


def test_a_machine_without_one(memory: Memory) -> None:
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # what the library takes where it finds none
    with pytest.raises(ConfigError, match="this machine has no keyring"):
        system_keyring.resolved("keyring:rpkpy/prod")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "keyring":
            raise ImportError(name)
        return found(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(MissingExtraError) as caught:
        system_keyring.resolved("keyring:rpkpy/prod")
    assert caught.value.fix == 'pip install "rpkpy[keyring]"'


def test_a_name_is_no_secret() -> None:
    assert rpk_yaml.masked({"password": "keyring:a/b"}) == {"password": "keyring:a/b"}
