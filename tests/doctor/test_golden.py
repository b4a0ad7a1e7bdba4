"""Doctor's text and JSON for a healthy setup and several sick ones, against files in golden/.

RPKPY_UPDATE_GOLDEN=1 writes them anew; look at the difference before keeping it.
"""

import json
import os
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import Cli, Outcome
from tests.doctor import setups
from tests.doctor.setups import MIB, NOWHERE, deployed, redpanda
from tests.kafka.fixture import TestKafka
from tests.redpanda.loopback import serving

GOLDEN = Path(__file__).parent / "golden"
UPDATE = os.environ.get("RPKPY_UPDATE_GOLDEN") == "1"
CLUSTER = ("-X", f"brokers={NOWHERE}", "-X", f"admin.hosts={NOWHERE}", "-X", f"registry.hosts={NOWHERE}")

# What differs from machine to machine and from day to day, each of one shape.
_MASKS = (
    (re.compile(r"127\.0\.0\.1:\d{4,5}"), "ADDRESS"),
    (re.compile(r"test-\d+-\d+"), "TOPIC"),
    (re.compile(r"\b\d+ topics"), "N topics"),
    (re.compile(r"(?<![\d.])(?!127\.0\.0\.1)\d+\.\d+\.\d+(?:\.\d+)*\b"), "N.N.N"),
    (re.compile(r"Java \d+"), "Java N"),
)
# What rpkpy has and was installed with: other tests are about these.
_ELSEWHERE = ("runtimes", "extras")


def masked(text: str) -> str:
    """`text` without what differs between machines."""
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text


def check(name: str, text: Outcome, data: Outcome) -> dict[str, Any]:
    """Compare both forms with the golden files; returns the JSON."""
    found: dict[str, Any] = json.loads(data.stdout)
    assert max(map(len, text.stdout.splitlines())) <= 80
    lines = _without(text.stdout.splitlines(keepends=True), _ELSEWHERE)
    checks = [entry for entry in found["checks"] if entry["id"] not in _ELSEWHERE]
    forms = {
        f"{name}.txt": masked("".join(lines)) + masked(text.err.split("...\n")[-1]),
        f"{name}.json": masked(json.dumps({**found, "checks": checks}, indent=1, ensure_ascii=False)) + "\n",
    }
    for file, content in forms.items():
        if UPDATE:
            (GOLDEN / file).write_text(content, encoding="utf-8")
        assert content == (GOLDEN / file).read_text(encoding="utf-8"), file
    return found


def _without(lines: list[str], ids: Collection[str]) -> list[str]:
    """The lines but those of some checks."""
    kept, inside = [], False
    for line in lines:
        inside = line[8:22].strip() in ids if line[2:6].strip() else inside and line.startswith(" " * 22)
        kept += [] if inside else [line]
    return kept


@pytest.fixture(autouse=True)
def plain(cli: Cli) -> Iterator[None]:
    """Every setup begins without this machine's compilers."""
    setups.bare(cli)
    yield


def both(cli: Cli, *args: str) -> tuple[Outcome, Outcome]:
    """The run in text and in JSON."""
    return cli("doctor", *args), cli("doctor", *args, "--format", "json")


def test_nothing_is_here(cli: Cli) -> None:
    text, data = both(cli, *CLUSTER)
    assert (text.code, data.code) == (0, 0)
    check("nothing", text, data)


@pytest.mark.kafka
@pytest.mark.toolchain("c")
def test_all_is_well(cli: Cli, kafka: TestKafka) -> None:
    setups.with_project(cli, topics=(kafka.topic(), kafka.topic()))
    setups.with_runtimes(cli)
    with serving(redpanda([deployed("copy", "running", "inactive")])) as server:
        setups.with_profile(cli, kafka.bootstrap, server.address)
        text, data = both(cli)
    assert (text.code, data.code) == (0, 0), text
    found = check("healthy", text, data)
    assert (found["ok"], found["problems"], found["warnings"]) == (True, 0, 0)
    assert all(entry["status"] == "ok" for entry in found["checks"] if entry["id"] in _ELSEWHERE)


@pytest.mark.toolchain("c")
def test_a_sick_machine_and_its_treatment(cli: Cli) -> None:
    folder = setups.with_project(cli, built=False)
    (folder / "transform.yaml").write_text("name: copy\nlanguage: c\n# mine\ninput_topic: in\noutput-topic: out\n")
    (folder / "copy.wasm").write_bytes(b"int main() {}\n")
    damaged = [*setups.with_damage(cli), setups.with_runtimes(cli)[-1]]
    damaged[-1].write_bytes(b"")
    rpk_yaml = setups.with_profile(cli, NOWHERE, NOWHERE, mode=0o644)

    text, data = both(cli, "--dry-run")
    assert (text.code, data.code) == (1, 1)
    before = check("sick", text, data)
    assert all(path.exists() for path in damaged)  # nothing was done
    assert rpk_yaml.stat().st_mode & 0o777 == 0o644
    assert all(not entry["applied"] for entry in before["checks"])

    fixed = json.loads(cli("doctor", "--fix", "--format", "json").stdout)
    assert not any(path.exists() for path in damaged)
    assert rpk_yaml.stat().st_mode & 0o777 == 0o600
    assert (folder / "transform.yaml").read_text().splitlines()[2:4] == ["# mine", "input-topic: in"]
    by_id = {entry["id"]: entry for entry in fixed["checks"]}
    assert {id for id, entry in by_id.items() if entry["applied"]} == {
        "module-cache", "manifest", "runtimes", "permissions", "jars", "processes",
    }  # fmt: skip
    assert sum(len(entry["fixes"]) for entry in before["checks"]) == sum(len(e["applied"]) for e in fixed["checks"])
    assert {by_id[id]["status"] for id in ("module-cache", "manifest", "permissions", "processes")} == {"ok"}
    assert by_id["verdict"]["status"] == "problem"  # it takes a person
    again = json.loads(cli("doctor", "--fix", "--format", "json").stdout)
    assert not any(entry["applied"] for entry in again["checks"])


def test_a_cluster_that_runs_no_transforms(cli: Cli) -> None:
    with serving(redpanda(data_transforms_enabled=False)) as server:
        text, data = both(cli, *CLUSTER, "-X", f"admin.hosts={server.address}")
    assert text.code == 1
    check("disabled", text, data)


@pytest.mark.toolchain("c")
def test_a_cluster_that_is_full_and_too_small(cli: Cli) -> None:
    setups.with_project(cli, extra=f"cluster:\n  data_transforms_per_function_memory_limit: {16 * MIB}\n")
    entries = [deployed("a", "running"), deployed("b", "errored", "unknown"), deployed("c", "running")]
    small = {"data_transforms_per_core_memory_reservation": 6 * MIB}
    with serving(redpanda(entries, release="24.1.9", **small)) as server:
        text, data = both(cli, *CLUSTER, "-X", f"admin.hosts={server.address}")
    assert text.code == 1
    check("full", text, data)


def test_a_cluster_that_says_nothing_is_given_up(cli: Cli) -> None:
    """Something takes connections and never answers: as dear as an unreachable cluster can be."""
    import socket

    with socket.create_server(("127.0.0.1", 0), backlog=50) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        outcome = cli("doctor", "-X", f"brokers={address}", "-X", f"admin.hosts={address}", "--format", "json")
        took_s = time.monotonic() - began
    by_id = {entry["id"]: entry for entry in json.loads(outcome.stdout)["checks"]}
    assert (by_id["kafka"]["status"], by_id["admin"]["status"]) == ("warning", "warning")
    assert took_s < 8  # under 3 on a machine that has nothing else to do


def test_every_treatment_is_said(cli: Cli) -> None:
    """A check that is not well says what helps, whatever the setup."""
    setups.with_damage(cli)
    setups.with_profile(cli, NOWHERE, NOWHERE, mode=0o644)
    for entry in json.loads(cli("doctor", "--format", "json").stdout)["checks"]:
        assert (entry["status"] in ("warning", "problem")) == ("treatment" in entry), entry
