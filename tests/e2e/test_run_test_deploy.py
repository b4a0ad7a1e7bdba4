"""From an empty folder to records on a cluster: init, build, validate, run, test, deploy, and the log of what fails."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.harness import Cli, Outcome
from tests.host.harness import eventually, produce, running_host, values_of
from tests.kafka.fixture import TestKafka
from tests.toolchains import npm

PROGRAM = """import { onRecordWritten } from "@redpanda-data/transform-sdk";

onRecordWritten((event, writer) => {
  const bytes = %s;
  if (bytes === "115,116,111,112") {
    throw new Error("told to stop");
  }
  writer.write(event.record);
});
"""
PYTHON = """from redpanda_transform import on_record_written


@on_record_written
def transform(event, writer):
    if event.record.value == b"stop":
        raise ValueError("told to stop")
    writer.write(event.record)
"""
RUBY = """require "redpanda_transform"

Redpanda.on_record_written do |event, writer|
  raise ArgumentError, "told to stop" if event.record.value == "stop"
  writer.write(event.record)
end
"""
PROGRAMS = {
    "python": ("transform.py", PYTHON, '"transform.py", line 7'),
    "ruby": ("transform.rb", RUBY, "transform.rb:4: "),
    "javascript": ("index.js", PROGRAM % "String(event.record.value?.array())", "index.js:6:"),
    "typescript": ("src/index.ts", PROGRAM % "event.record.value?.array().join() as string", "src/index.ts:6)"),
}


@pytest.mark.kafka
@pytest.mark.parametrize(
    "language", [pytest.param(language, marks=pytest.mark.toolchain(language)) for language in PROGRAMS]
)
def test_run_test_deploy(cli: Cli, kafka: TestKafka, runtimes: Path, language: str) -> None:
    cli.env |= {"RPKPY_RUNTIMES_DIR": str(runtimes), "PATH": os.environ["PATH"]}

    def do(*args: str, stdin: bytes = b"") -> Outcome:
        outcome = cli("transform", *args, stdin=stdin)
        assert outcome.code == 0, outcome.err
        return outcome

    file, text, place = PROGRAMS[language]
    do("init", "pass", "--language", language)
    cli.cwd = cli.cwd / "pass"
    if language == "typescript":
        npm.link(cli.cwd)
    (cli.cwd / file).write_text(text)
    do("build")
    do("validate")
    ran = do("run", stdin=b'{"value": "a"}\n')
    assert [json.loads(line)["value"] for line in ran.stdout.splitlines()] == ["a"]
    do("test")
    name, source, target = f"pass-{language}", kafka.topic(), kafka.topic()
    with running_host(kafka.settings) as api:
        cluster = ("-X", f"admin.hosts={api.url.removeprefix('http://')}", "-X", f"brokers={kafka.bootstrap}")
        do("deploy", "--name", name, "-i", source, "-o", target, *cluster)
        produce(kafka.settings, source, ["one", "two", "stop"])
        assert values_of(kafka.settings, target, 2) == ["one", "two"]
        eventually(lambda: place in do("logs", name, *cluster).stdout)
        logged = do("logs", name, *cluster).stdout
        assert ("told to stop (ArgumentError)" if language == "ruby" else "Error: told to stop") in logged
        assert place in logged
        assert f"record at offset 2 of topic {source}" in logged
        do("delete", name, "--no-confirm", *cluster)
