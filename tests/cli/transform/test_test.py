"""`rpkpy transform test`, in process, in the real engine; `--watch` in a process of its own."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from xml.etree import ElementTree

import pytest

from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from tests.cli.harness import Cli
from tests.engine.guest import wasm
from tests.project.fixtures.guests import PICKY

GOOD = "tests:\n  - name: a copy\n    input_batch: [{value: a}]\n    outputs: [{content_equals: a}]\n"
BAD = 'tests:\n  - name: "\\e[1m not a copy"\n    input_batch: [{value: lé}]\n    outputs: [{content_equals: x}]\n'


@pytest.fixture
def project(cli: Cli) -> Path:
    """A project with a built module and one fixture."""
    cli.cwd = cli.home / "copy"
    (cli.cwd / "tests").mkdir(parents=True)
    (cli.cwd / "transform.yaml").write_text("name: copy\ninput-topic: in\noutput-topics: [out]\n")
    (cli.cwd / "copy.wasm").write_bytes(wasm(PICKY))
    (cli.cwd / "tests" / "good.yaml").write_text(GOOD)
    return cli.cwd


def test_all_is_well(cli: Cli, project: Path) -> None:
    outcome = cli("transform", "test")
    assert (outcome.code, outcome.stdout) == (0, "ok    tests/good.yaml:2  a copy  (1 in, 1 out)\n")
    assert "copy.wasm: 1 test passed." in outcome.err
    assert "2 MiB of memory, 3,000 ms a record" in outcome.err


def test_a_mismatch_is_exit_3_with_a_diff(cli: Cli, project: Path) -> None:
    (project / "tests" / "bad.yaml").write_text(BAD)
    outcome = cli("transform", "test")
    assert outcome.code == 3
    assert outcome.stdout.splitlines() == [
        "FAIL  tests/bad.yaml:2  \\x1b[1m not a copy  (1 in, 1 out)",
        "      tests/bad.yaml:4:32: out, record 1: content_equals",
        "        - x",
        "        + lé",
        "ok    tests/good.yaml:2  a copy  (1 in, 1 out)",
    ]
    assert "1 of 2 tests failed. If what came is right, --update takes it over." in outcome.err


def test_a_bad_fixture_is_exit_2_with_its_place(cli: Cli, project: Path) -> None:
    (project / "tests" / "zzz.yaml").write_text("tests:\n- name: a\n  outputs: [{content_equal: x}]\n")
    outcome = cli("transform", "test")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "Error: tests/zzz.yaml:3:14: an expected record has no `content_equal`." in outcome.err
    assert "Fix: Did you mean `content_equals`?" in outcome.err


def test_update(cli: Cli, project: Path) -> None:
    (project / "tests" / "bad.yaml").write_text(BAD)
    outcome = cli("transform", "test", "--update")
    assert outcome.code == 0, outcome
    assert "rewritten: tests/bad.yaml\n" in outcome.err
    assert "good.yaml" not in outcome.err
    assert "outputs: [{content_equals: 'lé'}]" in (project / "tests" / "bad.yaml").read_text()
    assert (project / "tests" / "good.yaml").read_text() == GOOD
    assert cli("transform", "test").code == 0


def test_only_some(cli: Cli, project: Path) -> None:
    (project / "tests" / "bad.yaml").write_text(BAD)
    assert cli("transform", "test", "--only", "A Copy").stdout.count("copy") == 2
    assert cli("transform", "test", "-k", "a*y").code == 0
    assert cli("transform", "test", "tests/good.yaml").code == 0
    nothing = cli("transform", "test", "--only", "nothing")
    assert nothing.code == 2
    assert "No test's name holds 'nothing'" in nothing.err


def test_json_and_its_shape(cli: Cli, project: Path) -> None:
    (project / "tests" / "bad.yaml").write_text(BAD)
    outcome = cli("transform", "test", "--format", "json", "--report", "out.json")
    result = json.loads(outcome.stdout)
    assert result == json.loads((project / "out.json").read_text())
    assert (result["ok"], result["passed"], result["failed"], result["module"]) == (False, 1, 1, "copy.wasm")
    test = result["tests"][0]
    assert (test["file"], test["line"], test["status"], test["logs"]) == ("tests/bad.yaml", 2, "failed", ["lé"])
    assert test["fuel"] > 0 and test["memory_bytes"] > 0
    failure = test["failures"][0]
    assert (failure["expected"], failure["actual"], failure["snapshot"]) == ("x", "lé", True)
    assert failure["diff"] == ["- x", "+ lé"]
    assert "tests: [" in cli("transform", "test", "--format", "help").stdout


def test_junit(cli: Cli, project: Path) -> None:
    (project / "tests" / "bad.yaml").write_text(BAD)
    assert cli("transform", "test", "--report", "junit.xml").code == 3
    root = ElementTree.fromstring((project / "junit.xml").read_text())  # noqa: S314
    assert root.attrib["tests"] == "2" and root.attrib["failures"] == "1"
    suites = {suite.attrib["name"]: suite for suite in root}
    assert set(suites) == {"tests/bad.yaml", "tests/good.yaml"}
    (case,) = suites["tests/bad.yaml"]
    assert case.attrib["name"] == "\\x1b[1m not a copy"
    failure = case.find("failure")
    assert failure is not None and failure.text is not None
    assert failure.text.splitlines() == ["tests/bad.yaml:4:32: out, record 1: content_equals", "- x", "+ lé"]
    assert case.findtext("system-out") == "lé"
    assert suites["tests/good.yaml"].attrib["failures"] == "0"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nothing.yaml"], "There is no fixture nothing.yaml."),
        (["--file", "nothing.wasm"], "There is no file nothing.wasm."),
        (["--update", "--watch"], "do not go together"),
        (["--report", "no/such/folder.xml"], "--report no/such/folder.xml: it cannot be written."),
        (["--format", "xml"], '--format "xml" is not supported.'),
        (["--limits", "nothing"], "--limits nothing: there is no such file."),
    ],
)
def test_what_cannot_be_meant(cli: Cli, project: Path, args: list[str], says: str) -> None:
    outcome = cli("transform", "test", *args)
    assert outcome.code == 2
    assert says in outcome.err
    assert "Traceback" not in outcome.err


def test_without_a_project_or_a_fixture_or_a_build(cli: Cli, project: Path) -> None:
    (project / "copy.wasm").rename(project / "other.wasm")
    missing = cli("transform", "test")
    assert missing.code == 2
    assert "There is no file copy.wasm." in missing.err and "rpkpy transform build" in missing.err
    assert cli("transform", "test", "--file", "other.wasm").code == 0
    (project / "tests" / "good.yaml").unlink()
    assert "There is no fixture in tests." in cli("transform", "test", "--file", "other.wasm").err
    cli.cwd = cli.home
    assert "There is no transform.yaml" in cli("transform", "test").err


def test_a_build_older_than_its_sources_is_told(cli: Cli, project: Path) -> None:
    stale = write_section(wasm(PICKY), ORIGIN_SECTION, b'{"source_sha256": "0"}')
    (project / "copy.wasm").write_bytes(stale)
    with (project / "transform.yaml").open("a") as file:
        file.write("language: c\n")
    outcome = cli("transform", "test")
    assert outcome.code == 0
    assert "Warning: copy.wasm was not built from the sources as they are now." in outcome.err


def test_limits(cli: Cli, project: Path) -> None:
    outcome = cli("transform", "test", "--memory-limit", "1MiB", "--format", "json")
    assert outcome.code == 3
    (failure,) = json.loads(outcome.stdout)["tests"][0]["failures"]
    assert failure["what"] == "the transform cannot run"
    assert "1048576" in failure["note"]


def test_watch_without_the_extra(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    outcome = cli("transform", "test", "--watch")
    assert outcome.code == 2
    assert 'Fix: pip install "rpkpy[watch]"' in outcome.err


@pytest.fixture
def watching(cli: Cli, project: Path) -> Iterator["Queue[str]"]:
    """The lines that `rpkpy transform test --watch` prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "rpkpy", "transform", "test", "--watch", "--report", "report.json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=project,
        env={**os.environ, **cli.env},
        text=True,
    )
    lines: Queue[str] = Queue()
    out = process.stdout
    assert out is not None
    reader = threading.Thread(target=lambda: list(map(lines.put, out)))
    reader.start()
    with process:
        yield lines
        process.send_signal(2)
        assert process.wait(30) == 130
        reader.join()


def _until(lines: "Queue[str]", text: str) -> list[str]:
    seen = []
    while True:
        seen.append(lines.get(timeout=60))
        if text in seen[-1]:
            return seen


def test_watch_goes_on_through_what_is_broken(project: Path, watching: "Queue[str]") -> None:
    _until(watching, "1 test passed")
    _until(watching, "Waiting for changes")
    fixture = project / "tests" / "good.yaml"
    fixture.write_text(GOOD.replace("content_equals: a", "content_equals: c"))
    assert "        - c\n" in _until(watching, "1 of 1 test failed")
    fixture.write_text("tests: [")
    _until(watching, "this is not YAML")
    fixture.write_text(GOOD)
    _until(watching, "1 test passed")
    (project / "copy.wasm.new").write_bytes(wasm(""))
    (project / "copy.wasm.new").replace(project / "copy.wasm")
    _until(watching, "1 of 1 test failed")
    _until(watching, "Waiting for changes")
    (project / "notes.txt").write_text("nobody's business")
    fixture.write_text(GOOD.replace("[{content_equals: a}]", "[]"))
    assert sum("tests" in line or "test " in line for line in _until(watching, "1 test passed")) == 2
