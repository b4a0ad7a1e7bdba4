"""Which limits apply, and who said so."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rpkpy.errors import ProjectError, UsageError
from rpkpy.project.limits import UNLIMITED, Choice, Resolved, resolve
from rpkpy.project.manifest import parse
from rpkpy.wasm.limits import BROKER, Limits

STATED = parse("name: t\ncluster: {data_transforms_per_function_memory_limit: 16777216}\n")
SILENT = parse("name: t\n")
MIB = 1 << 20


def of_cluster(properties: Mapping[str, Any]) -> Resolved:
    return resolve(Choice("cluster"), STATED, cluster=lambda: (properties, "h:9644"))


@pytest.mark.parametrize(
    ("choice", "manifest", "memory", "source"),
    [
        (Choice(), None, 2 * MIB, "the broker's defaults"),
        (Choice(), SILENT, 2 * MIB, "the broker's defaults"),
        (Choice(), STATED, 16 * MIB, "cluster: in transform.yaml"),
        (Choice("broker"), STATED, 2 * MIB, "the broker's defaults, --limits broker"),
        (Choice("none"), STATED, 4096 * MIB, "--limits none"),
        (Choice(None, "8MiB"), STATED, 8 * MIB, "cluster: in transform.yaml; --memory-limit 8MiB"),
        (Choice("none", "1MiB"), STATED, MIB, "--limits none; --memory-limit 1MiB"),
        (Choice("broker", "3M"), None, 3 * MIB, "the broker's defaults, --limits broker; --memory-limit 3M"),
    ],
)
def test_the_order_of_what_is_said(choice: Choice, manifest: Any, memory: int, source: str) -> None:
    found = resolve(choice, manifest)
    assert (found.limits.memory_bytes, found.source, found.warnings) == (memory, source, ())
    assert found.properties["data_transforms_per_function_memory_limit"] == memory


def test_a_file_goes_over_the_project(tmp_path: Path) -> None:
    (tmp_path / "prod.yaml").write_text(
        "data_transforms_runtime_limit_ms: 500\nkafka_batch_max_bytes: 1000\ndata_transforms_per_core_memory: 5\n"
    )
    found = resolve(Choice("prod.yaml"), STATED, cwd=tmp_path)
    assert found.limits == Limits(runtime_ms=500, batch_bytes=1000)
    assert found.source == "prod.yaml"
    (warning,) = found.warnings
    assert warning.startswith("prod.yaml:3:1: `data_transforms_per_core_memory` is not a property")
    assert "Did you mean `data_transforms_per_core_memory_reservation`?" in warning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "prod.yaml:1:1: the file is empty"),
        ("- 1\n", "prod.yaml:1:1: a file of limits is a mapping"),
        ("data_transforms_runtime_limit_ms: soon\n", "must be a positive whole number, not 'soon'"),
        ("data_transforms_runtime_limit_ms: 0\n", "must be a positive whole number"),
        ("a: [\n", "this is not YAML"),
    ],
)
def test_files_that_are_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "prod.yaml").write_text(text)
    with pytest.raises(ProjectError) as caught:
        resolve(Choice("prod.yaml"), cwd=tmp_path)
    assert words in caught.value.message


@pytest.mark.parametrize("choice", [Choice("prod.yaml"), Choice("."), Choice("Broker"), Choice(None, "x"), Choice("")])
def test_choices_that_are_none(tmp_path: Path, choice: Choice) -> None:
    with pytest.raises(UsageError):
        resolve(choice, cwd=tmp_path)


def test_the_clusters_own() -> None:
    found = of_cluster({"data_transforms_enabled": True, "data_transforms_runtime_limit_ms": 77, "other": "x"})
    assert found.limits == Limits(runtime_ms=77)
    assert (found.source, found.warnings) == ("the cluster at h:9644", ())


def test_clusters_that_answer_oddly() -> None:
    odd = {"data_transforms_runtime_limit_ms": "77", "kafka_batch_max_bytes": True, "data_transforms_enabled": False}
    found = of_cluster(odd)
    assert found.limits == BROKER
    assert [warning.split(":")[-1].strip() for warning in found.warnings] == [
        "the broker's defaults are applied.",
        "data_transforms_enabled is false.",
    ]


def test_nobody_is_asked_unless_it_is_wanted() -> None:
    def cluster() -> tuple[Mapping[str, Any], str]:
        raise AssertionError("asked")

    assert resolve(Choice("none"), STATED, cluster=cluster).limits == UNLIMITED
    with pytest.raises(UsageError, match="no cluster is known"):
        resolve(Choice("cluster"))


def test_fuel_fits_the_engine_however_long_the_time() -> None:
    assert 0 < UNLIMITED.fuel < 1 << 63
    assert Limits(runtime_ms=10**18).fuel == (1 << 63) - 1


def test_limits_in_words() -> None:
    assert str(resolve()) == "2 MiB of memory, 3,000 ms a record (the broker's defaults)"
    assert str(resolve(Choice("none"))) == "4 GiB of memory, no time limit (--limits none)"
