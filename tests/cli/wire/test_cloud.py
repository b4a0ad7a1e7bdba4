"""Recorded runs of rpk against a cloud: the requests, the output, and what is in rpk.yaml afterwards.

Bodies of answers were not recorded, so a fake cloud answers (tests/fakes/cloud.py).
"""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML  # noqa: TID253  # a test may

from rpkpy.redpanda import http as admin_http
from rpkpy.redpanda.cloud import http, oauth
from tests.cli.harness import Cli
from tests.cli.wire import recorded
from tests.cli.wire.recorded import Exchange, Run
from tests.cli.wire.table import expected
from tests.fakes.cloud import FakeCloud, dedicated
from tests.redpanda.loopback import Asked, Loopback, Reply, serving

RUNS = recorded.load("cloud")
FILE = "~/.config/rpk/rpk.yaml"
TINY_WASM = b"\0asm\1\0\0\0"
TRANSFORM = {
    "name": "up",
    "input_topic_name": "in",
    "output_topic_names": ["out"],
    "statuses": [
        {"broker_id": 1, "partition_id": 0, "status": "PARTITION_STATUS_RUNNING", "lag": 5},
        {"broker_id": 2, "partition_id": 1, "status": "PARTITION_STATUS_INACTIVE", "lag": 7},
    ],
}
_LOGIN = "      auth_token: <JWT>\n      client_id: cid-123\n      client_secret: sec-456\n"
_NO_PROFILES = re.compile(r"^profiles:\n.*?(?=^cloud_auth:)", re.DOTALL | re.MULTILINE)


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr(admin_http, "_FIRST_PAUSE_S", 0.002)
    finish = oauth.finish
    monkeypatch.setattr(oauth, "finish", lambda *args: finish(*args, sleep=lambda seconds: None))


@pytest.fixture
def fake() -> FakeCloud:
    """A cloud that answers as the recorded one did."""
    return FakeCloud(
        clients={"cid-123": "sec-456", "flag-id": "flag-sec"},
        device_answer={"verification_uri_complete": "http://127.0.0.1/v?user_code=ABCD", "interval": 1},
    )


@pytest.fixture
def server(fake: FakeCloud) -> Iterator[Loopback]:
    with serving(fake) as server:
        fake.clusters = [dedicated(url=f"http://{server.address}")]
        yield server


def _before(run: Run) -> str | None:
    """rpk.yaml before the run; those of which none was recorded began without one, or with what they left alone."""
    after = run.after[FILE]
    if run.name in ("cloud_login_cc_denied", "cloud_login_cc_save", "cloud_login_device"):
        return None
    if run.name == "cloud_login_flag_over_env":
        return after.replace("client_id: flag-id", "client_id: cid-123")
    if run.name == "cloud_logout_clear_all":
        return after + _LOGIN
    if run.name == "cloud_select_by_id":
        return _NO_PROFILES.sub("profiles: []\n", after).replace("current_profile: rpk-cloud", 'current_profile: ""')
    return after


def _prepare(run: Run, fake: FakeCloud) -> None:
    if run.name == "cloud_login_device":
        fake.device = ["authorization_pending"]
    elif run.name == "cloud_login_cc_denied":
        fake.clients.clear()
    elif run.name == "cloud_deploy_err_401":
        fake.fail("/transforms", *[Reply(401, {"code": "UNAUTHENTICATED", "message": "unauth"})] * 2)
    elif run.name == "cloud_deploy_err_404":
        fake.versions = ()
    else:
        fake.transforms = {"up": TRANSFORM}


@pytest.mark.parametrize("name", RUNS)
def test_as_recorded(cli: Cli, name: str, fake: FakeCloud, server: Loopback) -> None:
    run, wanted = RUNS[name], expected(RUNS[name])
    _prepare(run, fake)
    (cli.cwd / "proj").mkdir()
    (cli.cwd / "proj" / "tiny.wasm").write_bytes(TINY_WASM)
    file = cli.home / FILE.removeprefix("~/")
    before = _before(run)
    if before is not None:
        file.parent.mkdir(parents=True, mode=0o700)
        file.write_text(_filled(before, fake, server))
        file.chmod(0o600)
    args = [*run.args, "--no-validate"] if "deploy" in run.args else run.args
    env = {key: value.replace("127.0.0.1:PORT", server.address) for key, value in run.env.items()}
    outcome = cli(*args, env=env)
    assert (outcome.code, outcome.stdout) == (wanted.exit, wanted.stdout), outcome.err
    for said in wanted.said:
        assert said in outcome.err
    if wanted.exit:
        assert outcome.err.startswith("Error: ")
        assert "Fix: " in outcome.err
    assert not re.search(r"eyJ|sec-456|flag-sec", outcome.stdout + outcome.err)
    assert [(each.method, each.path) for each in server.asked] == [
        (each.method, each.path) for each in wanted.exchanges
    ]
    for asked, exchange in zip(server.asked, wanted.exchanges, strict=True):
        _check_request(asked, exchange)
    _check_file(run, file, server)


def _filled(text: str, fake: FakeCloud, server: Loopback) -> str:
    token = fake.issue("cid-123")
    return text.replace("<JWT>", token).replace("127.0.0.1:PORT", server.address)


def _check_request(asked: Asked, exchange: Exchange) -> None:
    bearer = re.sub(r"^Bearer eyJ[\w.-]+$", "Bearer <JWT>", asked.headers.get("authorization", "")) or None
    assert bearer == exchange.authorization
    assert asked.headers["accept"] == "application/json"
    assert re.match(r"rpkpy/\d", asked.headers["user-agent"])
    if asked.method != "GET" and exchange.text is not None:
        assert asked.headers["content-type"] == exchange.content_type
        assert asked.body == exchange.text.encode()
    if exchange.json is not None:
        assert asked.headers["content-type"].startswith(exchange.content_type)
        head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
        form: Any = message_from_bytes(head + asked.body)
        metadata, module = form.get_payload()
        line = metadata.get_payload(decode=True)
        assert line.endswith(b"}\n"), "a line, as rpk sends it"
        assert list(json.loads(line).items()) == list(exchange.json.items()), "the same keys in the same order"
        assert (module.get_payload(decode=True), module.get_filename()) == (TINY_WASM, "up.wasm")


def _check_file(run: Run, file: Path, server: Loopback) -> None:
    """What rpk left in rpk.yaml, rpkpy leaves there too; rpk also writes every empty field."""
    if run.after[FILE] == "(no rpk.yaml)":
        assert not file.exists()
        return
    text = re.sub(r"eyJ[\w.-]+", "<JWT>", file.read_text()).replace(server.address, "127.0.0.1:PORT")
    recorded_after = run.after[FILE]
    if run.name == "cloud_login_flag_over_env":  # see cloud-stale-secret
        recorded_after = recorded_after.replace("      client_secret: sec-456\n", "")
    assert _content(text) == _content(recorded_after)


def _content(text: str) -> Any:
    return _without_empty(YAML(typ="safe").load(StringIO(text)))


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if key == "tls" or item not in ("", "0s", {}, [], False)}
    return [_without_empty(item) for item in value] if isinstance(value, list) else value
