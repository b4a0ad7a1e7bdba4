"""Writing rpk.yaml: what others wrote in it stays, and nobody else may read it."""

import multiprocessing
import stat
from pathlib import Path

import pytest

from rpkpy.config import profiles, rpk_yaml, yaml_file
from rpkpy.errors import ConfigError

WRITTEN_BY_HAND = """\
# my clusters
version: 6
current_profile: prod   # careful
unknown_to_us: {a: 1}
profiles:
    - name: prod
      # the big one
      description: production
      kafka_api:
          brokers:
              - h1:9092
          sasl:
              user: admin
              password: 'hush'
      license_check: {last_update: 12}
cloud_auth:
    - name: x
      auth_token: t0ken
"""


def written(config_dir: Path, text: str) -> Path:
    path = rpk_yaml.path(config_dir)
    path.parent.mkdir(parents=True)
    path.write_text(text)
    path.chmod(0o644)
    return path


def test_a_first_profile(tmp_path: Path) -> None:
    path = profiles.upsert(tmp_path, "local", brokers=["127.0.0.1:9"], admin=["127.0.0.1:8"], select=True)
    assert path == tmp_path / "rpk" / "rpk.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert profiles.entries(path) == [profiles.Entry("local", "", True)]
    assert path.read_text() == (
        "version: 6\ncurrent_profile: local\nprofiles:\n    - name: local\n      description: ''\n      kafka_api:\n"
        "          brokers:\n              - 127.0.0.1:9\n      admin_api:\n          addresses:\n"
        "              - 127.0.0.1:8\n"
    )
    assert {entry.name for entry in path.parent.iterdir()} == {"rpk.yaml", "rpk.yaml.lock"}


def test_what_others_wrote_stays(tmp_path: Path) -> None:
    path = written(tmp_path, WRITTEN_BY_HAND)
    profiles.upsert(tmp_path, "local", brokers=["127.0.0.1:9"], admin=[], description="mine")
    text = path.read_text()
    added = text.replace(
        "    - name: local\n      description: mine\n      kafka_api:\n          brokers:\n"
        "              - 127.0.0.1:9\n",
        "",
    )
    assert added == WRITTEN_BY_HAND
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    profiles.upsert(tmp_path, "prod", brokers=["h2:1"], admin=["a:1"], select=True)
    assert "# the big one" in path.read_text()
    assert profiles.shown(path, "prod", secrets=True)["kafka_api"]["sasl"]["password"] == "hush"
    assert profiles.shown(path, "prod")["kafka_api"]["brokers"] == ["h2:1"]
    profiles.remove(tmp_path, "local")
    assert [entry.name for entry in profiles.entries(path)] == ["prod"]


def test_removing_the_current_profile_selects_none(tmp_path: Path) -> None:
    path = written(tmp_path, WRITTEN_BY_HAND)
    assert profiles.remove(tmp_path, "prod")
    assert profiles.current(path) == ""
    assert not profiles.remove(tmp_path, "prod")
    assert not profiles.remove(tmp_path / "elsewhere", "prod")
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_written_where_nothing_changes(tmp_path: Path) -> None:
    path = written(tmp_path, WRITTEN_BY_HAND)
    before = path.stat()
    profiles.use(path, "prod")
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_a_newer_file_is_not_touched(tmp_path: Path) -> None:
    path = written(tmp_path, "version: 7\n")
    for change in (
        lambda: profiles.upsert(tmp_path, "x", brokers=["h:1"], admin=[]),
        lambda: profiles.remove(tmp_path, "x"),
        lambda: profiles.use(path, "x"),
    ):
        with pytest.raises(ConfigError, match="newer"):
            change()
    assert path.read_text() == "version: 7\n"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    dotfiles = tmp_path / "dotfiles.yaml"
    dotfiles.write_text("version: 6\n")
    path = rpk_yaml.path(tmp_path)
    path.parent.mkdir()
    path.symlink_to(dotfiles)
    profiles.upsert(tmp_path, "x", brokers=["h:1"], admin=[])
    assert path.is_symlink()
    assert "name: x" in dotfiles.read_text()


def test_secrets_are_masked(tmp_path: Path) -> None:
    path = written(tmp_path, WRITTEN_BY_HAND)
    assert "hush" not in yaml_file.dump(profiles.shown(path))
    assert rpk_yaml.MASK in yaml_file.dump(profiles.shown(path))
    assert rpk_yaml.masked({"password": "", "cloud_auth": [{"auth_token": "t"}]}) == {
        "password": "",
        "cloud_auth": [{"auth_token": rpk_yaml.MASK}],
    }


def test_a_failed_change_leaves_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, WRITTEN_BY_HAND)
    with pytest.raises(RuntimeError), yaml_file.edit(path) as document:
        document.data["profiles"] = []
        raise RuntimeError
    assert path.read_text() == WRITTEN_BY_HAND


def test_a_folder_that_takes_no_file(tmp_path: Path) -> None:
    (tmp_path / "rpk").write_text("in the way")
    with pytest.raises(ConfigError, match="cannot be written"):
        profiles.upsert(tmp_path, "x", brokers=["h:1"], admin=[])


def test_a_cloud_profile_brings_its_login(tmp_path: Path) -> None:
    path = written(tmp_path, WRITTEN_BY_HAND)
    cluster = {"auth_org_id": "org-1", "auth_kind": "sso"}
    profiles.create(path, "c", lambda data: data.update(from_cloud=True, cloud_cluster=cluster))
    assert "current_cloud_auth_org_id: org-1\ncurrent_cloud_auth_kind: sso\n" in path.read_text()


def _add(config_dir: Path, number: int) -> None:
    profiles.upsert(config_dir, f"p{number}", brokers=[f"h:{number + 1}"], admin=[])


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.starmap(_add, [(tmp_path, number) for number in range(12)])
    names = {entry.name for entry in profiles.entries(rpk_yaml.path(tmp_path))}
    assert names == {f"p{number}" for number in range(12)}


def test_a_lock_that_is_never_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_file, "_LOCK_WAIT_S", 0.1)
    path = written(tmp_path, WRITTEN_BY_HAND)
    with yaml_file.edit(path), pytest.raises(ConfigError, match="locked"):
        profiles.upsert(tmp_path, "x", brokers=["h:1"], admin=[])
