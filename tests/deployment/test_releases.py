"""The histories on this machine: what is kept, for how long, and who may read it."""

import hashlib
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from rpkpy.config.settings import CloudCluster, HttpSettings, Settings
from rpkpy.deployment import releases
from rpkpy.deployment.releases import Releases, of_cluster
from rpkpy.errors import RpkpyError
from rpkpy.redpanda.cluster import DeploySpec, StartOffset
from rpkpy.redpanda.module import Module

SPEC = DeploySpec("mask é/x", "in", ("out", "more"), {"K": "v"}, "gzip", StartOffset("from_end", 3))


def store(state: Path, cluster: str = "admin:a:9644") -> Releases:
    return Releases(state, cluster, lambda: 1_700_000_000.5)


def add(kept: Releases, data: bytes, how: releases.How = "deploy", spec: DeploySpec = SPEC) -> str:
    sha256 = hashlib.sha256(data).hexdigest()
    kept.add(spec, Module(data), sha256, how)
    return sha256


def modules(state: Path) -> set[str]:
    return {path.stem for path in (state / "releases" / "modules").iterdir()}


def test_a_release_comes_back_as_it_was(tmp_path: Path) -> None:
    sha256 = add(store(tmp_path), b"\0asm1")
    (release,) = store(tmp_path).all(SPEC.name)
    assert (release.number, release.deployed_ms, release.how) == (1, 1_700_000_000_500, "deploy")
    assert release.spec == SPEC
    assert (release.sha256, release.size) == (sha256, 5)
    assert store(tmp_path).module(release) == b"\0asm1"
    assert release.same_as(SPEC, sha256)
    assert not release.same_as(SPEC, "0" * 64)
    assert store(tmp_path, "admin:b:9644").all(SPEC.name) == []
    assert store(tmp_path).all("other") == []


def test_only_the_owner_reads_it(tmp_path: Path) -> None:
    add(store(tmp_path), b"\0asm1")
    for path in (tmp_path / "releases").rglob("*"):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == 0o700 if path.is_dir() else path.name == "lock" or mode == 0o600, path


def test_the_oldest_go_first_and_take_their_modules_along(tmp_path: Path) -> None:
    kept = store(tmp_path)
    hashes = [add(kept, b"\0asm%d" % number) for number in range(releases.MAX_RELEASES + 3)]
    assert [release.number for release in kept.all(SPEC.name)] == list(range(4, releases.MAX_RELEASES + 4))
    assert modules(tmp_path) == set(hashes[3:])


def test_a_module_stays_as_long_as_any_history_names_it(tmp_path: Path) -> None:
    shared = add(store(tmp_path, "other"), b"\0asm0")
    kept = store(tmp_path)
    for number in range(releases.MAX_RELEASES + 1):
        add(kept, b"\0asm%d" % number)
    assert shared not in {release.sha256 for release in kept.all(SPEC.name)}
    assert shared in modules(tmp_path)


def test_the_modules_together_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "MAX_MODULE_BYTES", 250)
    kept = store(tmp_path)
    for number in range(3):
        add(kept, bytes([number]) * 100)
    assert [release.number for release in kept.all(SPEC.name)] == [2, 3]
    add(kept, bytes(1000))
    assert [release.number for release in kept.all(SPEC.name)] == [4]


def test_what_dev_deploys_again_and_again_is_one_release(tmp_path: Path) -> None:
    kept = store(tmp_path)
    first = add(kept, b"1")
    for number in range(5):
        last = add(kept, b"dev%d" % number, "dev")
    assert [(release.number, release.sha256) for release in kept.all(SPEC.name)] == [(1, first), (2, last)]
    assert modules(tmp_path) == {first, last}


def test_a_deleted_transform_has_a_history_and_no_last_release(tmp_path: Path) -> None:
    kept = store(tmp_path)
    kept.mark_deleted(SPEC.name)  # never deployed
    assert not (tmp_path / "releases").exists()
    add(kept, b"1")
    kept.mark_deleted(SPEC.name)
    assert kept.last(SPEC.name) is None
    assert len(kept.all(SPEC.name)) == 1
    add(kept, b"2")
    assert kept.last(SPEC.name) is not None


def test_a_module_that_is_gone_or_damaged(tmp_path: Path) -> None:
    kept = store(tmp_path)
    sha256 = add(kept, b"1")
    (release,) = kept.all(SPEC.name)
    path = tmp_path / "releases" / "modules" / f"{sha256}.wasm"
    path.write_bytes(b"2")
    with pytest.raises(RpkpyError, match="damaged"):
        kept.module(release)
    path.unlink()
    with pytest.raises(RpkpyError, match="not kept any more"):
        kept.module(release)


def test_a_hash_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    kept = store(tmp_path)
    sha256 = add(kept, b"1")
    (path,) = (tmp_path / "releases").glob("*/*.json")
    path.write_text(path.read_text().replace(sha256, "../../../secret"))
    with pytest.raises(RpkpyError, match="cannot be used"):
        kept.all(SPEC.name)


def test_a_cluster_is_known_by_its_addresses_or_its_cloud_id(tmp_path: Path) -> None:
    one = of_cluster(tmp_path, Settings(admin=HttpSettings(("b:1", "a:1"))), lambda: 0)
    add(one, b"1")
    assert of_cluster(tmp_path, Settings(admin=HttpSettings(("a:1", "b:1"))), lambda: 0).last(SPEC.name)
    cloud = Settings(admin=HttpSettings(("a:1", "b:1")), cloud_cluster=CloudCluster(id="rp-1"))
    assert of_cluster(tmp_path, cloud, lambda: 0).last(SPEC.name) is None


def test_a_project_of_several_transforms_has_one_number_for_all(tmp_path: Path) -> None:
    kept = store(tmp_path)
    add(kept, b"\0asm0")
    assert (kept.of_project("p"), kept.group("p", ["p-a", "p-b"]).number) == ([], 1)
    for number, names in ((1, ["p-a", "p-b"]), (2, ["p-a", "p-c"])):
        group = kept.group("p", names)
        for name in names:
            kept.add(replace(SPEC, name=name), Module(b"\0asm1"), "1" * 64, "deploy", group=group)
            (release,) = kept.all(name)[-1:]
            assert (release.number, release.project, release.members) == (number, "p", tuple(names))
    kept.mark_deleted("p-b")
    again = store(tmp_path)
    assert again.of_project("p") == kept.of_project("p") == ["p-a", "p-c"]
    assert again.of_project("p", deleted=True) == ["p-a", "p-b", "p-c"]
    assert again.group("p", ["p-d"]).number == 3
    assert kept.add(SPEC, Module(b"\0asm2"), "2" * 64, "deploy").number == 2  # another transform counts for itself
