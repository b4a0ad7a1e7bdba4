"""Real git repositories for tests, and a real server of them: git's own http-backend behind loopback HTTP."""

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.redpanda.loopback import Asked, Reply

_ENV = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": f"a@{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


class Repository:
    """A repository in the new folder `root`, on the branch `main`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")

    @property
    def url(self) -> str:
        """Where it is, for git on this machine."""
        return f"file://{self.root}"

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        """Run git in it."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=_ENV, input=stdin, stdout=subprocess.PIPE, check=True
        )
        return done.stdout.decode().strip()

    def commit(self, tag: str = "") -> str:
        """Commit all there is, with a tag where one is named; the commit."""
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message=x")
        if tag:
            self.git("tag", "--annotate", "--message=x", tag)
        return self.git("rev-parse", "HEAD")

    def commit_tree(self, entries: Mapping[str, str], tag: str) -> None:
        """Tag a commit of one folder, whatever its entries are called: name → mode, kind and object."""
        tree = b"".join(
            f"{fields.split()[0].lstrip('0')} {name}".encode() + b"\0" + bytes.fromhex(fields.split()[1])
            for name, fields in sorted(entries.items())
        )
        made = self.git("hash-object", "-t", "tree", "-w", "--stdin", "--literally", stdin=tree)
        self.git("tag", tag, self.git("commit-tree", "-m", "x", made))

    def blob(self, content: bytes) -> str:
        """A blob's name."""
        return self.git("hash-object", "-w", "--stdin", stdin=content)


def smart(root: Path) -> Callable[[Asked], Reply]:
    """Answers as a git host does, for the repositories below `root`."""

    def answer(asked: Asked) -> Reply:
        path, _, query = asked.path.partition("?")
        environ = {
            **_ENV,
            "GIT_PROJECT_ROOT": str(root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": asked.headers.get("content-type", ""),
            "CONTENT_LENGTH": str(len(asked.body)),
            "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": asked.headers.get("git-protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], env=environ, input=asked.body, capture_output=True, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        return Reply(int(headers.pop("Status", "200").split()[0]), body, headers)

    return answer


def dumb(root: Path) -> Callable[[Asked], Reply]:
    """Answers with the files below `root`, as a host that knows nothing of git does."""

    def answer(asked: Asked) -> Reply:
        file = root / asked.path.partition("?")[0].lstrip("/")
        return Reply(200, file.read_bytes()) if file.is_file() else Reply(404)

    return answer
