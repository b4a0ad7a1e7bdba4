"""Older versions of rpk.yaml."""

from pathlib import Path

import pytest

from rpkpy.config import profiles, rpk_yaml, upgrade

VERSION_1 = """\
version: 1
current_profile: c
current_cloud_auth: me   # by name
profiles:
    - name: c
      from_cloud: true
      cloud_cluster:
          namespace: default
          cluster: big
          auth: me
      kafka_api:
          brokers:
              - h:1
cloud_auth:
    - name: me
      org_id: org-1
      organization: Org
      client_id: id
      client_secret: hush
    - name: other
      client_id: id
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rpk.yaml"
    path.write_text(VERSION_1)
    return path


def test_in_memory_alone(file: Path) -> None:
    document = rpk_yaml.read(file)
    assert document is not None
    data = document.data
    assert data["version"] == 6
    assert (data["current_cloud_auth_org_id"], data["current_cloud_auth_kind"]) == ("org-1", "client-credentials")
    cluster = data["profiles"][0]["cloud_cluster"]
    assert (cluster["resource_group"], cluster["cluster_name"]) == ("default", "big")
    assert (cluster["auth_org_id"], cluster["auth_kind"]) == ("org-1", "client-credentials")
    assert data["cloud_auth"][1]["kind"] == "sso"
    assert [entry.name for entry in profiles.entries(file)] == ["c"]
    profiles.use(file, "c")  # writes the login of the profile, which an upgrade alone would not
    assert file.read_text() == VERSION_1


def test_written_with_the_next_change(file: Path) -> None:
    profiles.rename(file, "d")
    text = file.read_text()
    assert text.startswith("version: 6\ncurrent_profile: d\ncurrent_cloud_auth: me   # by name\n")
    assert "auth_org_id: org-1" in text
    assert "namespace: default" in text  # nothing is taken away


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"profiles": 3, "cloud_auth": "x", "version": 2},
        {"profiles": [{"cloud_cluster": 1}, 5], "cloud_auth": [None], "current_cloud_auth": ["x"]},
        {"version": "six", "current_cloud_auth": "x"},
    ],
)
def test_other_shapes_are_left_alone(data: dict[str, object]) -> None:
    before = {key: value for key, value in data.items() if key != "version"}
    upgrade.upgrade(data, 6)
    assert {key: value for key, value in data.items() if key != "version"} == before
