"""`rpkpy toolchain install`: arguments and errors; tests/toolchains/test_install.py has the rest."""

import hashlib
import json
import platform

from rpkpy.toolchains.install import platform_key
from tests.cli.harness import Cli
from tests.toolchains.test_install import GOOD, Server, body


def test_from_a_server_of_ones_own(cli: Cli) -> None:
    server = Server()
    key = platform_key(platform.system(), platform.machine())
    server.answers[f"/v9/tinygo9.{key}.tar.gz"] = body(GOOD)
    arguments = ["toolchain", "install", "tinygo", "--url", server.url, "--version", "v9"]
    try:
        wrong = cli(*arguments, "--sha256", "0" * 64)
        assert wrong.code == 3
        assert "not what it should be" in wrong.err
        unknown = cli(*arguments)
        assert unknown.code == 7
        assert "--sha256" in unknown.err
        made = cli(*arguments, "--sha256", hashlib.sha256(GOOD).hexdigest().upper(), "--format", "json")
        assert made.code == 0, made.err
        assert json.loads(made.stdout)["path"].startswith(str(cli.home / "cache"))
    finally:
        server.close()
    again = cli(*arguments, "--sha256", "0" * 64)
    assert "was there already" in again.stdout


def test_another_toolchain(cli: Cli) -> None:
    outcome = cli("toolchain", "install", "rust")
    assert outcome.code == 2
    assert 'rpkpy does not install "rust".' in outcome.err
    assert cli("toolchain", "install", "tinygo", "--url", "file:///etc").code == 2
