"""`rpkpy transform sign` and `verify`, and deployments that insist on a signature."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.harness import Cli, Outcome
from tests.redpanda.loopback import Asked, Loopback, Reply, always, serving
from tests.wasm import modules

PROJECT = "name: mask\ninput-topic: in\noutput-topics: [out]\nlanguage: c\n"


@pytest.fixture
def project(cli: Cli) -> Cli:
    """A project with a module and a key pair."""
    (cli.cwd / "transform.yaml").write_text(PROJECT)
    (cli.cwd / "mask.wasm").write_bytes(modules.identity())
    assert cli("transform", "sign", "--new-key", "release.key").code == 0
    return cli


@pytest.fixture
def cluster() -> Iterator[Loopback]:
    with serving(always(200, [])) as server:
        yield server


def deploy(cli: Cli, cluster: Loopback, *args: str) -> Outcome:
    settings = ("-X", f"admin.hosts={cluster.address}", "-X", "brokers=127.0.0.1:1")
    return cli("transform", "deploy", "--force", *args, *settings)


def sent(cluster: Loopback) -> bool:
    return any(asked.path == "/v1/transform/deploy" for asked in cluster.asked)


def test_sign_and_verify(project: Cli) -> None:
    assert project("transform", "sign", "--key", "release.key").code == 0
    outcome = project("transform", "verify", "--key", "release.key.pub", "--format", "json")
    assert outcome.code == 0, outcome
    assert json.loads(outcome.stdout)["sha256"] == hashlib.sha256(modules.identity()).hexdigest()
    (project.cwd / "mask.wasm").write_bytes(modules.transform())
    outcome = project("transform", "verify", "--key", "release.key.pub")
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "does not hold" in outcome.err


def test_a_signature_elsewhere_and_a_key_with_a_password(project: Cli) -> None:
    secret = {"RPKPY_SIGN_PASSWORD": "hush"}
    assert project("transform", "sign", "--new-key", "locked", env=secret).code == 0
    assert project("transform", "sign", "mask.wasm", "--key", "locked").code == 2
    made = project("transform", "sign", "mask.wasm", "--key", "locked", "--signature", "a.sig", env=secret)
    assert made.code == 0, made
    assert project("transform", "verify", "mask.wasm", "--key", "locked.pub", "--signature", "a.sig").code == 0
    assert project("transform", "verify", "--key", "locked.pub").code == 3  # there is none beside it


@pytest.mark.parametrize(
    "args",
    [
        ("sign",),
        ("sign", "--key", "nothing"),
        ("sign", "--key", "release.key.pub"),
        ("sign", "--new-key", "release.key"),
        ("sign", "--new-key", "x", "--key", "release.key"),
        ("sign", "--key", "release.key", "--signature", "no/such/folder/x"),
        ("sign", "nothing.wasm", "--key", "release.key"),
        ("verify",),
        ("verify", "--key", "release.key"),
        ("deploy", "--signature", "x"),
        ("deploy", "--verify-key", "nothing"),
    ],
)
def test_what_cannot_be_meant(project: Cli, args: tuple[str, ...]) -> None:
    outcome = project("transform", *args)
    assert (outcome.code, outcome.stdout) == (2, ""), outcome
    assert "Fix:" in outcome.err or "cannot be" in outcome.err


def test_a_deployment_with_a_key_refuses_what_is_not_signed_with_it(project: Cli, cluster: Loopback) -> None:
    outcome = deploy(project, cluster, "--verify-key", "release.key.pub")
    assert outcome.code == 3, outcome
    assert "no signature mask.wasm.sig" in outcome.err
    project("transform", "sign", "--new-key", "other.key")
    project("transform", "sign", "--key", "other.key")
    assert deploy(project, cluster, "--verify-key", "release.key.pub").code == 3
    assert not sent(cluster)
    project("transform", "sign", "--key", "release.key")
    assert deploy(project, cluster, "--verify-key", "release.key.pub").code == 0
    assert sent(cluster)


def test_a_deployment_by_url_finds_the_signature_beside_it(project: Cli, cluster: Loopback, tmp_path: Path) -> None:
    project("transform", "sign", "--key", "release.key")
    files = {f"/{path.name}?v=1": path.read_bytes() for path in project.cwd.glob("mask.wasm*")}

    def answer(asked: Asked) -> Reply:
        return Reply(200, files[asked.path]) if asked.path in files else Reply(404, "gone")

    pinned = hashlib.sha256(modules.identity()).hexdigest()
    with serving(answer) as server:
        url = f"http://{server.address}/mask.wasm?v=1"
        verify = ("--verify-key", "release.key.pub")
        assert deploy(project, cluster, "--file", f"{url}#sha256={pinned}", *verify).code == 0
        del files["/mask.wasm.sig?v=1"]
        assert deploy(project, cluster, "--file", url, *verify).code == 3
        assert deploy(project, cluster, "--file", url, "--signature", "mask.wasm.sig", *verify).code == 0


def test_a_pinned_url_takes_no_other_file(project: Cli, cluster: Loopback) -> None:
    with serving(always(200, modules.identity())) as server:
        url = f"http://{server.address}/m.wasm#sha256="
        outcome = deploy(project, cluster, "--file", url + "0" * 64)
        assert outcome.code == 3 and "not the file that was named" in outcome.err
        assert deploy(project, cluster, "--file", url + "xyz").code == 2
    assert not sent(cluster)
