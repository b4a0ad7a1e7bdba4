"""`rpkpy topic` with a person at a real terminal (a pty)."""

import pexpect
import pytest

from rpkpy.kafka import client
from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_each_line_is_produced_as_it_is_typed(on_kafka: Cli, kafka: TestKafka) -> None:
    shell = on_kafka.terminal("topic", "produce", kafka.topic())
    shell.expect_exact("Reading records from the terminal; Ctrl-D ends them.")
    shell.sendline("first")
    shell.expect_exact("Produced to partition 0 at offset 0 with timestamp")
    shell.sendline("second")
    shell.expect_exact("Produced to partition 0 at offset 1 with timestamp")
    shell.sendeof()
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0


def test_ctrl_c_while_waiting_for_input(on_kafka: Cli, kafka: TestKafka) -> None:
    shell = on_kafka.terminal("topic", "produce", kafka.topic())
    shell.sendline("first")
    shell.expect_exact("Produced to")
    shell.sendintr()
    shell.expect_exact("Interrupted.")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 130


def test_record_bytes_do_not_act_on_the_terminal(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    producer = client.producer(kafka.settings)
    producer.produce(topic, value=b"\x1b]0;owned\x07 \xff text")
    assert producer.flush(20) == 0
    shell = on_kafka.terminal("topic", "consume", topic, "-o", ":end", "-f", "%v\\n")
    shell.expect(pexpect.EOF)
    assert shell.before is not None
    assert shell.before.strip() == r"\x1b]0;owned\x07 \xff text"
    shell.close()
    assert shell.exitstatus == 0
