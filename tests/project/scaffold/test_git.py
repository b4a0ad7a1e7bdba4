"""Templates in repositories: real ones, by file:// and by HTTP on loopback; the hostile ones come to nothing."""

import os
import tomllib
from pathlib import Path

import pytest

from rpkpy.errors import AuthError, ProjectError, RpkpyError, ToolchainError, UnreachableError, UsageError
from rpkpy.project.scaffold import foreign, git
from tests.project.scaffold.repository import Repository, dumb, smart
from tests.project.scaffold.written import content, create, everything, nothing_written, template
from tests.redpanda.loopback import Asked, Reply, serving


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose folder `mine` is a template: tag v1, then another commit on main."""
    made = Repository(tmp_path / "repository")
    template(made.root / "mine", {"project/run.sh": "#!/bin/sh\n", "project/of.txt": "v1"})
    (made.root / "mine/project/run.sh").chmod(0o755)
    made.commit("v1")
    (made.root / "mine/project/of.txt").write_text("main")
    made.commit()
    return made


def test_a_tag_a_branch_and_a_commit(repository: Repository, tmp_path: Path) -> None:
    first, last = repository.git("rev-parse", "v1^{commit}"), repository.git("rev-parse", "main")
    expected = {"@v1": (first, "v1", "v1"), f"@{first}": (first, first, "v1"), "": (last, "main", "main")}
    expected["@main"] = expected[""]
    for at, (commit, ref, text) in expected.items():
        target = tmp_path / f"made{at}"
        made, source = create(f"{repository.url}{at}#mine", target)
        assert made.origin is not None
        assert (made.origin.commit, made.origin.ref) == (commit, ref)
        assert made.origin.template == f"{repository.url}@{commit}#mine"
        assert (target / "of.txt").read_text() == text
        assert (target / "run.sh").stat().st_mode & 0o777 == 0o755
        said = "".join(source.remarks)
        assert (f"{ref} is a branch, which moves on; it is at {commit} now" in said) == (text == "main")
        record = tomllib.loads((target / ".rpkpy-template.toml").read_text())
        assert (record["template"], record["ref"], record["commit"]) == (made.origin.template, ref, commit)


def test_what_is_recorded_of_a_branch_does_not_move_on(repository: Repository, tmp_path: Path) -> None:
    create(f"{repository.url}#mine", tmp_path / "one")
    (repository.root / "mine/project/of.txt").write_text("later")
    repository.commit()
    record = tomllib.loads((tmp_path / "one/.rpkpy-template.toml").read_text())
    create(record["template"], tmp_path / "two")
    assert (tmp_path / "two/of.txt").read_text() == "main"


def test_the_top_of_a_repository(tmp_path: Path) -> None:
    top = Repository(tmp_path / "top")
    template(top.root, {"README.md": "of the repository"})
    top.commit("v1")
    create(f"{top.url}@v1", tmp_path / "made")
    assert content(tmp_path / "made")["README.md"].startswith("# demo")


@pytest.mark.parametrize(("serve", "asks_for_packs"), [(smart, True), (dumb, False)])
def test_by_http(repository: Repository, tmp_path: Path, serve: type, asks_for_packs: bool) -> None:
    repository.git("update-server-info")
    commit = repository.git("rev-parse", "v1^{commit}")
    with serving(serve(tmp_path)) as server:
        for at in ("v1", commit, "main"):
            _, source = create(f"http://{server.address}/repository/.git@{at}#mine", tmp_path / f"made-{at}")
            assert "plain HTTP" in source.remarks[-1]
        assert any(asked.method == "POST" for asked in server.asked) == asks_for_packs
    assert (tmp_path / "made-v1/of.txt").read_text() == (tmp_path / f"made-{commit}/of.txt").read_text() == "v1"


@pytest.mark.parametrize("form", ["git@host:{}@v1#mine", "ssh://git@host{}@v1#mine"])
def test_by_ssh(repository: Repository, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh = tmp_path / "ssh"  # what a host does with it: run the last argument in a shell
    ssh.write_text(f'#!/bin/sh\nfor last; do :; done\necho "$*" >> {tmp_path}/asked\nexec sh -c "$last"\n')
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    made, source = create(form.format(repository.root), tmp_path / "made")
    assert "git@host git-upload-pack" in (tmp_path / "asked").read_text()
    assert made.origin is not None and made.origin.template.startswith(form.partition("{")[0])
    assert source.remarks == ()


def test_a_host_that_wants_a_password_is_not_prompted_for(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(401, "", {"WWW-Authenticate": 'Basic realm="x"'})

    with serving(answer) as server:
        with pytest.raises(AuthError) as caught:
            create(f"http://{server.address}/r.git", tmp_path / "made")
        assert "sign" in (caught.value.fix or "").lower()
        with pytest.raises(AuthError) as caught:
            create(f"http://me:hunter2@{server.address}/r.git", tmp_path / "made")
        assert "hunter2" not in f"{caught.value.message}{caught.value.cause}{caught.value.fix}"


def test_the_persons_credential_helper_is_asked(repository: Repository, tmp_path: Path) -> None:
    inner = smart(tmp_path)

    def answer(asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Basic bWU6aHVudGVyMg==":
            return Reply(401, "", {"WWW-Authenticate": 'Basic realm="x"'})
        return inner(asked)

    helper = "!f() { test $1 = get && echo username=me && echo password=hunter2; }; f"
    (tmp_path / ".gitconfig").write_text(f'[credential]\n\thelper = "{helper}"\n')
    with serving(answer) as server:
        create(f"http://{server.address}/repository/.git@v1#mine", tmp_path / "made")
        (tmp_path / ".gitconfig").unlink()
        made, _ = create(f"http://me:hunter2@{server.address}/repository/.git@v1#mine", tmp_path / "by-url")
        with pytest.raises(ProjectError, match=r"There is no template\.toml") as caught:
            create(f"http://me:hunter2@{server.address}/repository/.git@v1#mine/project", tmp_path / "none")
        assert "hunter2" not in caught.value.message
    assert made.origin is not None and made.origin.template.startswith(f"http://{server.address}/repository")
    for folder in ("made", "by-url"):
        assert "hunter2" not in "".join(content(tmp_path / folder).values())


def test_hosts_that_do_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "TIME_LIMIT_S", 1.0)
    with (
        serving(lambda asked: Reply(hung=True)) as server,
        nothing_written(tmp_path, monkeypatch),
        pytest.raises(UnreachableError, match="took too long"),
    ):
        create(f"http://{server.address}/r.git", tmp_path / "made")
    with pytest.raises(UnreachableError, match="cannot be fetched"):
        create(f"http://{server.address}/r.git", tmp_path / "made")


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ("@v2#mine", "no tag or branch 'v2'"),
        ("@0123456#mine", "no tag or branch '0123456'"),
        (f"@{'0' * 40}#mine", "no such commit"),
        ("@v1#other", "no folder 'other'"),
        ("@v1#mine/template.toml", "no folder 'mine/template.toml'"),
        ("x@v1", "cannot be fetched"),
    ],
)
def test_what_is_not_there(repository: Repository, tmp_path: Path, rest: str, words: str) -> None:
    with pytest.raises(RpkpyError, match=words) as caught:
        create(f"{repository.url}{rest}", tmp_path / "made")
    assert caught.value.exit_code == 2


def test_without_git(tmp_path: Path) -> None:
    with (
        pytest.raises(ToolchainError, match="git is not installed"),
        foreign.opened("gh:a/b", cwd=tmp_path, environ={"PATH": str(tmp_path)}),
    ):
        pass


def test_an_empty_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is empty"):
        create(Repository(tmp_path / "empty").url, tmp_path / "made")


TREES = {
    "a link": "link: 120000 {blob}",
    "a submodule": "module: 160000 {commit}",
    "up": "..: 40000 {tree}",
    "git's own": ".git: 40000 {tree}",
    "git's own, other case": ".GIT: 40000 {tree}",
    "a slash": "../x: 100644 {blob}",
    "absolute": "/etc/x: 100644 {blob}",
    "a backslash": "..\\x: 100644 {blob}",
    "a newline": "a\nb: 100644 {blob}",
    "a device": "nul: 100644 {blob}",
    "an object that is not there": "x: 100644 0123456789abcdef0123456789abcdef01234567",
}


@pytest.mark.parametrize("entry", TREES.values(), ids=TREES)
def test_trees_that_no_checkout_should_see(
    repository: Repository, tmp_path: Path, entry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blob, tree = repository.blob(b"x"), repository.git("rev-parse", "v1:mine")
    name, _, fields = entry.rpartition(": ")
    toml = repository.git("rev-parse", "v1:mine/template.toml")
    fields = fields.format(blob=blob, tree=tree, commit=repository.git("rev-parse", "main"))
    repository.commit_tree({"template.toml": f"100644 {toml}", name: fields}, "bad")
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError):
        create(f"{repository.url}@bad", tmp_path / "made")


def test_a_tree_that_unfolds_without_end(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = f"100644 {repository.blob(b'x')}"
    for level in range(10):  # ten of ten of ten ...
        repository.commit_tree({str(number): entry for number in range(10)}, f"level{level}")
        entry = f"40000 {repository.git('rev-parse', f'level{level}^{{tree}}')}"
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="the most is 2,000"):
        create(f"{repository.url}@level9", tmp_path / "made")


def test_more_than_a_template_can_need(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository.root / "large").write_bytes(b"\0" * (17 << 20))  # small on the way
    (repository.root / "noise").write_bytes(os.urandom(300_000))
    repository.commit("large")
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="the most is 16 MiB"):
        create(f"{repository.url}@large", tmp_path / "made")
    monkeypatch.setattr(git, "MAX_PACK_BYTES", 200_000)
    (tmp_path / "temporary").rmdir()
    with nothing_written(tmp_path, monkeypatch), pytest.raises(ProjectError, match="holds more than a template can"):
        create(f"{repository.url}@large", tmp_path / "made")


def test_an_object_that_is_large_when_it_is_unpacked(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "MAX_ALLOCATION_BYTES", 8 << 20)
    head = f"tree {repository.git('rev-parse', 'v1^{tree}')}\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\n"
    bomb = head.encode() + b"x" * (9 << 20)
    repository.git("tag", "bomb", repository.git("hash-object", "-t", "commit", "-w", "--stdin", stdin=bomb))
    with (
        serving(smart(tmp_path)) as server,  # which packs it, whatever our limits
        nothing_written(tmp_path, monkeypatch),
        pytest.raises(ProjectError, match="holds more than a template can"),
    ):
        create(f"http://{server.address}/repository/.git@bomb#mine", tmp_path / "made")


def test_no_hook_filter_or_attribute_of_anyone_is_run(repository: Repository, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    hook = f"#!/bin/sh\necho $0 >> {ran}\ncat\n"
    for folder in (tmp_path / "hooks", repository.root / ".git/hooks", tmp_path / "skeleton/hooks"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("post-checkout", "post-merge", "reference-transaction", "fsmonitor", "smudge", "pre-auto-gc"):
            (folder / name).write_text(hook)
            (folder / name).chmod(0o755)
    (tmp_path / ".gitconfig").write_text(
        f"[core]\n\thooksPath = {tmp_path}/hooks\n\tfsmonitor = {tmp_path}/hooks/fsmonitor\n\tautocrlf = true\n"
        f"[init]\n\ttemplateDir = {tmp_path}/skeleton\n[protocol]\n\tallow = always\n"
        f'[filter "lfs"]\n\tsmudge = {tmp_path}/hooks/smudge\n\trequired = true\n'
    )
    pointer = "version https://git-lfs.github.com/spec/v1\n"
    (repository.root / "mine/.gitattributes").write_text("project/*.bin filter=lfs\n*.txt text eol=crlf ident\n")
    (repository.root / "mine/project/x.bin").write_text(pointer)
    (repository.root / "mine/project/x.txt").write_text("$Id$\n")
    (repository.root / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ext::touch ran\n')
    repository.commit("v3")
    ran.unlink()  # by the commit, which is git's right
    create(f"{repository.url}@v3#mine", tmp_path / "made")
    assert not ran.exists()
    files = content(tmp_path / "made")
    assert (files["x.bin"], files["x.txt"]) == (pointer, "$Id$\n")


def test_settings_cannot_lead_to_a_command(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (tmp_path / ".gitconfig").write_text(
        f'[url "ext::touch {ran} "]\n\tinsteadOf = https://mapped/\n[protocol "ext"]\n\tallow = always\n'
    )
    with pytest.raises(ProjectError, match="cannot be fetched"):
        create("https://mapped/x.git", tmp_path / "made")
    assert not ran.exists()


def test_started_from_a_hook_of_another_repository(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Repository(tmp_path / "other")
    other.commit()
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    before = everything(other.root)
    create(f"{repository.url}@v1#mine", tmp_path / "made")
    assert everything(other.root) == before
