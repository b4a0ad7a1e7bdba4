"""Installing a release archive, from a real server on loopback: what is taken, what is refused, what is left behind."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rpkpy.archive import Bounds
from rpkpy.errors import InvalidError, RpkpyError, ToolchainError, UnreachableError, UsageError
from rpkpy.toolchains import install

Answer = Callable[[BaseHTTPRequestHandler], None]
PATH = "/v9/tinygo9.linux-amd64.tar.gz"
BOUNDS = Bounds(archive_bytes=1 << 20, unpacked_bytes=1 << 20, members=100, seconds=60)


class Server:
    """Answers GET requests by path; keeps the paths asked for."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        answers, asked = self.answers, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                if self.path in answers:
                    answers[self.path](self)
                else:
                    self.send_error(404)

            def log_message(self, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def body(data: bytes, length: int | None = None) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(data) if length is None else length))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def redirect(to: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b"x" * 65_536)
    except OSError:
        pass  # the client had enough


def archive(*members: tarfile.TarInfo | tuple[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as tar:  # type: ignore[call-overload]
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                tar.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size, info.mode = len(member[1]), 0o755
                tar.addfile(info, io.BytesIO(member[1]))
    return out.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


TOOL = ("tinygo/bin/tinygo", b"#!/bin/sh\necho tinygo version 9\n")
GOOD = archive(
    link("./", "", tarfile.DIRTYPE),
    TOOL,
    ("tinygo/lib/a", b"a"),
    link("tinygo/lib/b", "a"),
    link("tinygo/bin/a", "../lib/a"),
    link("tinygo/lib/c", "tinygo/lib/a", tarfile.LNKTYPE),
)


def run(server: Server, cache: Path, data: bytes = GOOD, **options: object) -> install.Installed:
    arguments = {"base_url": server.url, "version": "9", "sha256": hashlib.sha256(data).hexdigest(), "bounds": BOUNDS}
    return install.install_tinygo(cache, platform="linux-amd64", **{**arguments, **options})  # type: ignore[arg-type]


def left(cache: Path) -> list[str]:
    """What is in the toolchains' folder, temporary folders too."""
    return sorted(path.name for path in (cache / "toolchains" / "tinygo").glob("*"))


def test_installed_once(server: Server, tmp_path: Path) -> None:
    server.answers[PATH] = body(GOOD)
    seen: list[tuple[int, int | None]] = []
    made = run(server, tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert not made.already
    assert Path(made.path).read_bytes() == TOOL[1]
    assert Path(made.path).stat().st_mode & 0o100
    for link in ("lib/b", "lib/c", "bin/a"):
        assert (tmp_path / "toolchains/tinygo/9/tinygo" / link).read_bytes() == b"a"
    assert seen[-1] == (len(GOOD), len(GOOD))
    assert run(server, tmp_path).already
    assert server.asked == [PATH]
    assert left(tmp_path) == ["9"]


def test_a_half_made_one_is_replaced(server: Server, tmp_path: Path) -> None:
    server.answers[PATH] = body(GOOD)
    (tmp_path / "toolchains/tinygo/9/tinygo").mkdir(parents=True)
    assert not run(server, tmp_path).already


def test_redirects_are_followed_to_http_alone(server: Server, tmp_path: Path) -> None:
    server.answers[PATH] = redirect("/elsewhere")
    server.answers["/elsewhere"] = body(GOOD)
    assert not run(server, tmp_path).already


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (body(GOOD + b"x"), InvalidError, "not what it should be"),
        (body(b""), InvalidError, "not what it should be"),
        (body(GOOD[:-10], len(GOOD)), UnreachableError, "could not be fetched"),
        (lambda handler: handler.send_error(404), UnreachableError, "could not be fetched"),
        (lambda handler: handler.send_error(500), UnreachableError, "could not be fetched"),
        (lambda handler: handler.wfile.write(b"garbage\r\n\r\n"), UnreachableError, "could not be fetched"),
        (redirect("file:///etc/passwd"), InvalidError, "does not follow"),
        (redirect("ftp://127.0.0.1/x"), InvalidError, "does not follow"),
        (redirect(PATH), UnreachableError, "could not be fetched"),
        (endless, InvalidError, "larger than"),
    ],
    ids=["sum", "empty", "truncated", "404", "500", "no-http", "file", "ftp", "loop", "endless"],
)
def test_answers_that_are_refused(
    server: Server, tmp_path: Path, answer: Answer, error: type[RpkpyError], words: str
) -> None:
    server.answers[PATH] = answer
    with pytest.raises(error, match=words):
        run(server, tmp_path)
    assert left(tmp_path) == []


def test_an_answer_that_takes_too_long(server: Server, tmp_path: Path) -> None:
    server.answers[PATH] = endless
    bounds = Bounds(archive_bytes=1 << 40, seconds=0)
    with pytest.raises(UnreachableError, match="in time"):
        run(server, tmp_path, bounds=bounds)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "data",
    [
        archive(TOOL, ("../escaped", b"x")),
        archive(TOOL, ("/tmp/rpkpy-escaped", b"x")),
        archive(TOOL, ("tinygo/../../escaped", b"x")),
        archive(TOOL, link("tinygo/out", "../.."), ("tinygo/out/escaped", b"x")),
        archive(TOOL, link("tinygo/out", "/etc")),
        archive(TOOL, link("tinygo/out", "../../../escaped", tarfile.LNKTYPE)),
        archive(TOOL, link("tinygo/loop", "loop"), ("tinygo/loop/x", b"x")),
        archive(TOOL, link("tinygo/hard", "tinygo/nothing", tarfile.LNKTYPE)),
        archive(TOOL, link("tinygo/empty", ""), link(".", "/etc/passwd")),
        archive(TOOL, link("tinygo/a", "later/.."), link("tinygo/later", ".")),
        archive(TOOL, link("tinygo/pipe", "", tarfile.FIFOTYPE)),
        archive(TOOL, link("tinygo/device", "", tarfile.CHRTYPE)),
        archive(TOOL, ("tinygo/big", b"\0" * (2 << 20))),
        archive(TOOL, *[(f"tinygo/{at}", b"") for at in range(200)]),
        archive(("other/bin/tinygo", b"x")),
        GOOD[: len(GOOD) // 2],
        b"not an archive",
        archive(TOOL, mode="w"),
    ],
    ids=[
        "parent", "absolute", "inside-parent", "through-link", "absolute-link", "hard-link", "loop", "dangling",
        "empty", "later", "pipe", "device",
        "bomb", "members", "no-tool", "cut", "text", "not-compressed",
    ],
)  # fmt: skip
def test_archives_that_are_refused(server: Server, tmp_path: Path, data: bytes) -> None:
    server.answers[PATH] = body(data)
    cache = tmp_path / "a" / "b" / "c" / "cache"
    with pytest.raises(InvalidError):
        run(server, cache, data)
    assert left(cache) == []
    assert not list(tmp_path.rglob("escaped"))
    assert not Path("/tmp/rpkpy-escaped").exists()


def test_what_cannot_be_meant(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="does not know the sum of TinyGo 9 for linux-amd64"):
        run(server, tmp_path, sha256=None)
    with pytest.raises(ToolchainError, match="for windows-amd64"):
        install.install_tinygo(tmp_path, platform="windows-amd64")
    for version in ("../9", ".", "a/b"):
        with pytest.raises(UsageError, match="is no version"):
            run(server, tmp_path, version=version)
    for url in ("file:///tmp", "no scheme", "http://"):
        with pytest.raises(UsageError, match="is no"):
            run(server, tmp_path, base_url=url)
    server.close()
    with pytest.raises(UnreachableError):
        run(server, tmp_path)


def test_platforms() -> None:
    assert install.platform_key("Linux", "x86_64") == "linux-amd64"
    assert install.platform_key("Darwin", "arm64") == "darwin-arm64"
    assert {install.platform_key("Linux", "aarch64"), "darwin-amd64"} <= set(install.TINYGO_SHA256)
