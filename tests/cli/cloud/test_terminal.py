"""`rpkpy cloud` with a person at a real terminal (a pty)."""

import os
from pathlib import Path

import pexpect
import pytest

from rpkpy.cli.cloud import browser
from tests.cli.cloud.account import Account
from tests.fakes.cloud import dedicated, serverless


def ended(shell: "pexpect.spawn[str]") -> object:
    shell.expect(pexpect.EOF)
    shell.close()
    return shell.exitstatus


def test_a_cluster_is_picked(account: Account) -> None:
    account.logged_in(profile=False)
    account.fake.clusters.append(dedicated("c2", "z\x1b[31mred"))
    account.fake.serverless = [serverless()]
    shell = account.cli.terminal("cloud", "cluster", "select")
    shell.expect_exact("   1  default/tiny")
    shell.expect_exact("   3  default/z\\x1b[31mred")
    shell.expect_exact("Which resource-group/cluster would you like to talk to? (1-3): ")
    shell.sendline("4")
    shell.expect_exact("'4' is none of them.")
    shell.sendline("default/mycluster")
    shell.expect_exact('to talk to cloud cluster "default/mycluster".')
    assert ended(shell) == 0


def test_a_secret_is_asked_for_and_not_shown(account: Account) -> None:
    shell = account.cli.terminal("cloud", "login", "--no-profile", "--client-id", "cid-123")
    shell.expect_exact("Client secret: ")
    shell.sendline("sec-456")
    shell.expect_exact("Successfully logged into")
    assert "sec-456" not in str(shell.before)
    assert ended(shell) == 0


@pytest.mark.parametrize("flag", [[], ["--no-browser"]])
def test_the_browser_opens_the_page(account: Account, tmp_path: Path, flag: list[str]) -> None:
    opened = tmp_path / "opened"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.new && mv {opened}.new {opened}\n')
    program.chmod(0o755)
    shell = account.cli.terminal("cloud", "login", "--no-profile", *flag, BROWSER=f"{program} %s &")
    shell.expect_exact("The page must show the code ABCD.")
    shell.expect_exact("Successfully logged into")
    assert ended(shell) == 0
    for _ in range(100):
        if flag or opened.exists():
            break
        os.sched_yield()
    assert opened.exists() == (not flag)
    if not flag:
        assert opened.read_text() == "https://login.example/v?user_code=ABCD"


def test_ctrl_c_while_the_login_is_waited_for(account: Account) -> None:
    account.fake.device, account.fake.device_ends = ["authorization_pending"], False
    shell = account.cli.terminal("cloud", "login", "--no-browser")
    shell.expect_exact("Ctrl-C ends it.")
    shell.sendintr()
    shell.expect_exact("Interrupted.")
    assert "Warning" not in str(shell.before)
    assert ended(shell) == 130
    assert not account.file.exists()


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("https://login.example/v?user_code=ABCD&x=1", True),
        ("http://login.example/v", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https:///v", False),
        ("https://user@login.example/", False),
        ("https://login.example/$(reboot)", False),
        ("https://login.example/\n", False),
        ("https://lögin.example/", False),
        ("https://[bad", False),
        ("--help", False),
    ],
)
def test_pages_that_may_be_opened(url: str, fine: bool) -> None:
    assert browser.may_open(url) is fine
