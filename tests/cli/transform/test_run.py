"""`rpkpy transform run`."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.harness import Cli
from tests.engine.guest import ECHO, wasm

_LOG_VALUE = """(i32.store (i32.const 200) (i32.const 1026)) (i32.store (i32.const 204)
  (i32.sub (local.get $length) (i32.const 3)))
  (drop (call $fd_write (i32.const 2) (i32.const 200) (i32.const 1) (i32.const 208)))"""
# Fails on a record without a key whose value begins with "b".
_FAIL_ON_B = f"(if (i32.eq (i32.load8_u (i32.const 1026)) (i32.const 98)) (then (unreachable))) {ECHO}"

_RECORDS: list[dict[str, Any]] = [
    {"key": "k", "value": "v", "headers": [{"key": "h", "value": None}], "timestamp": 5},
    {"key": None, "value": None, "headers": [], "timestamp": 6},
    {"key": {"base64": "/w=="}, "value": "é\n\t", "headers": [], "timestamp": 7},
]
_SAMPLES = b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in _RECORDS)


@pytest.fixture
def module(cli: Cli) -> str:
    """An identity module in the current folder."""
    (cli.cwd / "echo.wasm").write_bytes(wasm(ECHO))
    return "echo.wasm"


def _lines(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_json_lines_come_back(cli: Cli, module: str) -> None:
    outcome = cli("transform", "run", module, stdin=_SAMPLES)
    assert (outcome.code, outcome.err) == (0, "")
    got = _lines(outcome.out)
    assert [list(record) for record in got] == [["topic", "key", "value", "headers", "timestamp"]] * 3
    now_ms = time.time() * 1000
    for record, sent in zip(got, _lines(_SAMPLES), strict=True):
        assert record.pop("topic") == "output"
        assert abs(record.pop("timestamp") - now_ms) < 60_000  # the broker's time, not the record's
        del sent["timestamp"]
        assert record == sent


def test_raw_lines_come_back(cli: Cli, module: str) -> None:
    outcome = cli("transform", "run", module, "--input-format", "raw", "--format", "raw", stdin=b"a\n\n\xff\nlast")
    assert outcome.out == b"a\n\n\xff\nlast\n"


def test_verbs_of_rpk(cli: Cli, module: str) -> None:
    outcome = cli(
        "transform", "run", module, "--input-format", "%k\\t%v\\n", "-f", "%t:%k=%v\\n", stdin=b"a\t1\nb\t2\n"
    )
    assert outcome.out == b"output:a=1\noutput:b=2\n"


def test_input_file_and_num(cli: Cli, module: str) -> None:
    (cli.cwd / "in.jsonl").write_bytes(_SAMPLES)
    outcome = cli("transform", "run", module, "--input", "in.jsonl", "-n", "2", "-f", "%v,")
    assert outcome.out == b"v,,"


def test_an_input_that_is_not_there_is_said_before_the_guest_starts(cli: Cli) -> None:
    (cli.cwd / "m.wasm").write_bytes(wasm(ECHO, on_start="(unreachable)"))
    outcome = cli("transform", "run", "m.wasm", "--input", "none.jsonl")
    assert (outcome.code, outcome.err.splitlines()[0]) == (2, "Error: none.jsonl cannot be read.")


def test_many_records_keep_their_order(cli: Cli, module: str) -> None:
    lines = b"".join(b"%d\n" % number for number in range(5_000))
    outcome = cli("transform", "run", module, "--input-format", "raw", "--format", "raw", stdin=lines)
    assert outcome.out == lines


def test_project_gives_module_name_topics_variables_and_limits(cli: Cli) -> None:
    strings = """
      (drop (call $args_get (i32.const 8192) (i32.const 8448)))
      (call $reply_bytes (i32.const 8448) (i32.const 8))
      (drop (call $environ_get (i32.const 8192) (i32.const 8448)))
      (call $reply_bytes (i32.const 8448) (i32.const 60))"""
    (cli.cwd / "mask.wasm").write_bytes(wasm(strings, pages="40"))
    (cli.cwd / "transform.yaml").write_text(
        "name: mask\ninput-topic: customer\noutput-topics: [masked]\nlanguage: c\n"
        "env:\n  FIELDS: <required>\ncluster:\n  data_transforms_per_function_memory_limit: 4194304\n"
    )
    refused = cli("transform", "run", stdin=_SAMPLES)
    assert refused.code == 2
    assert "--var FIELDS=VALUE" in refused.err
    outcome = cli("transform", "run", "--var", "FIELDS=email", "-n", "1", "-f", "%t %v\\n", stdin=_SAMPLES)
    assert outcome.out.startswith(b"masked mask\0\0\0\0\nmasked FIELDS=email\0REDPANDA_INPUT_TOPIC=customer\0")
    limited = cli("transform", "run", "--env", "FIELDS=x", "--memory-limit", "2MiB", stdin=_SAMPLES)
    assert limited.code == 3
    assert "data_transforms_per_function_memory_limit" in limited.err


def test_topics_may_be_named(cli: Cli) -> None:
    to_second = """
      (i32.store (i32.const 200) (i32.const 0x6f770601)) (i32.store8 (i32.const 203) (i32.const 119))
      (i32.store8 (i32.const 202) (i32.const 116)) (i32.store8 (i32.const 204) (i32.const 111))
      (drop (call $write_record_with_options (i32.const 1024) (local.get $length) (i32.const 200) (i32.const 5)))"""
    (cli.cwd / "route.wasm").write_bytes(wasm(to_second))
    outcome = cli(
        "transform", "run", "route.wasm", "-o", "one", "-o", "two", "-f", "%t %v\\n", "--input-format", "raw",
        stdin=b"x\n",
    )  # fmt: skip
    assert outcome.out == b"two x\n"


def test_trap_shows_the_record_and_keeps_earlier_output(cli: Cli) -> None:
    (cli.cwd / "fails.wasm").write_bytes(wasm(_FAIL_ON_B))
    outcome = cli(
        "transform", "run", "fails.wasm", "--input-format", "raw", "--format", "raw", stdin=b"a1\na2\nb\x1b[1m\nc\n"
    )
    assert outcome.code == 1
    assert outcome.out == b"a1\na2\n"
    assert '"value":"b\\u001b[1m"' in outcome.err
    assert "at the record with offset 2" in outcome.err
    assert "on_record+0xd ← main" in outcome.err
    assert "\x1b[1m" not in outcome.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"not json\n", "Record 2: A record is not JSON"),
        (b'{"value": 5}\n', "Record 2: value is neither a string nor null"),
        (b'{"value": "v", "timestamp": 99999999999999999}\n', "Record 2: timestamp"),
    ],
)
def test_bad_line_is_named_after_the_good_ones_were_answered(cli: Cli, module: str, line: bytes, says: str) -> None:
    outcome = cli("transform", "run", module, "-f", "raw", stdin=_SAMPLES.splitlines(keepends=True)[0] + line)
    assert outcome.code == 3
    assert outcome.out == b"v\n"
    assert says in outcome.err


def test_guest_log_goes_to_stderr_made_printable(cli: Cli) -> None:
    (cli.cwd / "logs.wasm").write_bytes(wasm(_LOG_VALUE))
    outcome = cli(
        "transform", "run", "logs.wasm", "--input-format", "raw", stdin="héllo\u009b31m\n\x1b[31mred\n".encode()
    )
    assert (outcome.code, outcome.out) == (0, b"")
    first, warning = outcome.err.splitlines()
    assert first == "logs: héllo\\x9b31m"
    assert "A broker drops 1 of these writes" in warning  # the second has an escape character


def test_stats(cli: Cli, module: str) -> None:
    outcome = cli("transform", "run", module, "--stats", "-f", "raw", stdin=_SAMPLES)
    assert "records: 3 in, 3 out" in outcome.err
    assert "of its budget" in outcome.err
    assert "memory:  1,179,648 bytes" in outcome.err


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["nothing.wasm"], 2, "nothing.wasm"),
        (["echo.wasm", "--input", "nothing.jsonl"], 2, "nothing.jsonl"),
        (["echo.wasm", "--input", "x", "--from-topic", "y"], 2, "do not go together"),
        (["echo.wasm", "-p", "0"], 2, "--from-topic"),
        (["echo.wasm", "--format", "%Z"], 2, "%Z"),
        (["echo.wasm", "--input-format", ""], 2, "empty"),
        (["echo.wasm", "--var", "x"], 2, "--var"),
        (["echo.wasm", "--memory-limit", "much"], 2, "--memory-limit"),
        ([], 2, "transform.yaml"),
    ],
)
def test_arguments_that_cannot_be_meant(cli: Cli, module: str, args: list[str], code: int, says: str) -> None:
    outcome = cli("transform", "run", *args, stdin=_SAMPLES)
    assert outcome.code == code
    assert says in outcome.err
    assert "Traceback" not in outcome.err


def test_no_input_is_no_output(cli: Cli, module: str) -> None:
    outcome = cli("transform", "run", module)
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")


def test_output_streams_while_input_is_open(cli: Cli, module: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rpkpy", "transform", "run", module, "--input-format", "raw", "--format", "raw"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=cli.cwd,
        env={**os.environ, **cli.env},
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        for line in (b"first\n", b"second\n"):
            process.stdin.write(line)
            process.stdin.flush()
            assert process.stdout.readline() == line  # the test's own timeout ends a wait
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.kafka
def test_records_of_a_topic(cli: Cli, module: str, kafka: Any) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    topic = "run-from-topic"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap})
    admin.create_topics([NewTopic(topic, 2, 1)])[topic].result(30)
    producer = Producer({"bootstrap.servers": kafka.bootstrap})
    for number in range(6):
        producer.produce(topic, key=b"k", value=b"%d" % number, partition=number % 2, timestamp=1_000 + number)
    assert producer.flush(30) == 0
    brokers = ["-X", f"brokers={kafka.bootstrap}"]
    outcome = cli("transform", "run", module, "--from-topic", topic, "-f", "%v\\n", *brokers)
    assert outcome.code == 0, outcome.err
    assert sorted(outcome.out.split()) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    one = cli("transform", "run", module, "--from-topic", topic, "-p", "1", "--offset", "1:3", "-f", "%v\\n", *brokers)
    assert one.out == b"3\n5\n"
    missing = cli("transform", "run", module, "--from-topic", "no-such-topic", *brokers)
    assert missing.code == 6
