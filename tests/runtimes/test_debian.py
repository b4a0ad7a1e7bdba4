"""Sources from mirrors of Debian's archive: which are asked, for what, and what is said when none has the file."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from rpkpy.errors import InvalidError, UnreachableError
from rpkpy.runtimes import sources
from rpkpy.runtimes.debian import MIRROR
from rpkpy.runtimes.sources import Run, Source
from rpkpy.toolchains import process
from tests.redpanda.loopback import Asked, Reply, serving
from tests.toolchains.workbench import FakeTools

CONTENT = b"the sources"
FILE = "engine_1.0+ds.orig.tar.xz"
WANTED = Source("", FILE, hashlib.sha256(CONTENT).hexdigest(), "engine-1.0", "engine=1.0+ds-1", "trixie")


class Mirror:
    """Has `content` at `path` alone; keeps what it is asked for."""

    def __init__(self, path: str, content: bytes = CONTENT) -> None:
        self.path, self.content = path, content
        self.asked: list[str] = []

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked.path)
        return Reply(200, self.content) if asked.path == self.path else Reply(404, b"")


@pytest.fixture
def tools(tmp_path: Path) -> FakeTools:
    """A machine without apt."""
    made = FakeTools(tmp_path / "machine")
    made.put("true", "exit 0")
    return made


def running(tools: FakeTools, **environ: str) -> Run:
    def run(command: Sequence[str], folder: Path) -> None:
        command = ("/bin/sh", *command[1:]) if command[0] == "sh" else command
        process.build(command, cwd=folder, env=tools.environ(**environ), say=print)

    return run


def test_a_mirror_that_is_named(tools: FakeTools, tmp_path: Path) -> None:
    mirror = Mirror(f"/any/where/pool/main/e/engine/{FILE}")
    with serving(mirror) as server:
        run = running(tools, **{MIRROR: f"http://{server.address}/any/where/"})
        for _ in range(2):
            kept = sources.fetch(WANTED, tmp_path / "cache", run)
    assert kept.read_bytes() == CONTENT
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [FILE]
    assert mirror.asked == [mirror.path]


def test_the_mirrors_that_apt_uses(tools: FakeTools, tmp_path: Path) -> None:
    mirror = Mirror(f"/ubuntu/pool/universe/e/engine/{FILE}")
    with serving(mirror) as server:
        names = ("debian", "debian", "debian-security", "vendor", "ubuntu")
        sites = " ".join(f"http://{server.address}/{name}" for name in names)
        tools.put("apt-get", f'test "$1" = indextargets && for site in {sites}; do echo $site; done')
        kept = sources.fetch(WANTED, tmp_path / "cache", running(tools))
    assert kept.read_bytes() == CONTENT
    assert mirror.asked == [f"/debian/pool/main/e/engine/{FILE}", mirror.path]


def test_another_file_is_refused(tools: FakeTools, tmp_path: Path) -> None:
    with (
        serving(Mirror(f"/pool/main/e/engine/{FILE}", b"evil")) as server,
        pytest.raises(InvalidError) as caught,
    ):
        sources.fetch(WANTED, tmp_path / "cache", running(tools, **{MIRROR: f"http://{server.address}"}))
    assert hashlib.sha256(b"evil").hexdigest() in (caught.value.cause or "")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize(
    ("mirror", "cause"),
    [
        ("http://{address}/elsewhere", "404"),
        ("http://127.0.0.1:9", "127.0.0.1:9"),
        ("", "No mirror of Debian's archive is known here."),
        ("ftp://127.0.0.1", "No mirror"),
    ],
)
def test_without_the_file_it_is_said_what_to_do(tools: FakeTools, tmp_path: Path, mirror: str, cause: str) -> None:
    with serving(Mirror("/")) as server, pytest.raises(UnreachableError) as caught:
        run = running(tools, **{MIRROR: mirror.format(address=server.address)})
        sources.fetch(WANTED, tmp_path / "cache", run)
    assert caught.value.message == "The sources of engine=1.0+ds-1 (Debian trixie) could not be fetched."
    assert cause in (caught.value.cause or "")
    assert MIRROR in (caught.value.fix or "") and WANTED.sha256 in (caught.value.fix or "")
    assert list((tmp_path / "cache").iterdir()) == []
