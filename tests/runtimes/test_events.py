"""The event of a JavaScript callback: objects that are used again, and records that are written as they came."""

from collections.abc import Sequence

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from tests.runtimes.runtime import Program

pytestmark = pytest.mark.toolchain("javascript")
SDK = 'import { onRecordWritten } from "@redpanda-data/transform-sdk";\n'

TOUCHES = (
    "kept = event",
    "kept = event.record.value",
    "kept = event.record.headers[0]",
    "kept = () => event.record.key",
    "event.record.value = 'changed'",
    "event.record.more = 1",
    "delete event.record.key",
    "Object.freeze(event.record)",
    "Object.preventExtensions(event)",
    "Object.setPrototypeOf(event.record, { x: 1 })",
    "Object.defineProperty(event.record, 'value', { get: () => 'got' })",
    "event.record.headers.pop()",
    "event.record.headers.push({ key: 'a', value: 'b' })",
    "event.record.headers[0].value = null",
    "event.record.headers.more = 1",
    "if (event.record.value) event.record.value.more = 1",
    "event.record = null",
    "kept = new WeakRef(event)",
)
LEAVES_IT = (
    "",
    "record.headers[0].more = 1",
    "record.more = 1",
    "Object.freeze(record)",
    "Object.setPrototypeOf(record, { x: 1 })",
    "kept = record.value; keptHeaders = record.headers",
)
CHANGES = (
    "record.value = 'changed'",
    "record.value = record.key",
    "[record.key, record.value] = [record.value, record.key]",
    "record.key = Object.create(Object.getPrototypeOf(record.key))",
    "delete record.key",
    "record.value = null",
    "record.headers = []",
    "record.headers = undefined",
    "record.headers.pop()",
    "record.headers.reverse()",
    "record.headers.push({ key: 'a', value: 'b' })",
    "record.headers[0] = { key: record.headers[0].key, value: 'x' }",
    "record.headers[1].value = null",
    "delete record.headers[0].key",
    "Object.defineProperty(record, 'value', { get: () => 'got' })",
    "record.value = kept",
    "record.headers = keptHeaders",
    "event.record = { value: 'another' }",
)


def program(touches: Sequence[str], text: str) -> Program:
    """A program of `text`, where `touch(event, record)` is that of `touches` which the variable TOUCH names."""
    functions = ",\n".join(f"(event, record) => {{ {touch}; }}" for touch in touches)
    return Program(f"""{SDK}
let kept = null;
let keptHeaders = [];
const touch = [{functions}][process.env.TOUCH];
onRecordWritten((event, writer) => {{
{text}
}});""")


@pytest.fixture(scope="module")
def touching() -> Program:
    return program(
        TOUCHES,
        """
  const keys = Object.keys(event.record).concat(Object.keys(event), Object.keys(event.record.value ?? {})).join();
  const plain = Object.isExtensible(event.record) && Object.getPrototypeOf(event.record) === Object.prototype;
  writer.write({ ...event.record, key: `${keys} ${plain} ${event.record.key.text()}` });
  if (event.record.key.text() === "touch" && event.record.headers.length) touch(event, event.record);
""",
    )


@pytest.mark.parametrize("touch", TOUCHES)
def test_what_a_program_does_to_an_event_the_next_one_does_not_show(touching: Program, touch: str) -> None:
    records = [
        Record(
            b"touch" if n % 3 == 1 else b"%d" % n, None if n % 5 == 4 else b"v%d" % n, ((b"h", b"%d" % n),) * (n % 4)
        )
        for n in range(40)
    ]
    with touching.start(TOUCH=str(TOUCHES.index(touch))) as running:
        made = running.process(codec.encode_batch(records)).records[0]
    assert [(record.value, record.headers) for record in made] == [(one.value, one.headers) for one in records]
    assert [record.key for record in made] == [b"key,value,headers,record true " + (one.key or b"") for one in records]


@pytest.fixture(scope="module")
def writing() -> Program:
    return program(
        (*LEAVES_IT, *CHANGES),
        """
  const { record } = event;
  try {
    touch(event, record);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  const written = event.record;
  const headers = written.headers?.map(({ key, value }) => ({ key, value }));
  const anew = { key: written.key, value: written.value, headers };
  for (const [topic, content] of Object.entries({ out: written, other: anew })) {
    try {
      writer.write(content, { topic });
    } catch (error) {
      writer.write({ value: error.message }, { topic });
    }
  }
  if (kept === null) [kept, keptHeaders] = [record.value, record.headers];
""",
    )


@pytest.mark.parametrize("touch", (*LEAVES_IT, *CHANGES))
def test_a_record_is_written_as_the_program_left_it(writing: Program, touch: str) -> None:
    """By the quick way for a record that is as it came, and the way for one put together anew: they say the same."""
    headers = ((b"a", b"1"), (b"b", b""), (b"", None))
    records = [
        Record(None if n % 5 == 1 else b"k%d" % n, None if n % 7 == 6 else b"v%d" % n, headers[: 2 + n % 2])
        for n in range(20)
    ]
    with writing.start(TOUCH=str((*LEAVES_IT, *CHANGES).index(touch))) as running:
        given, made = (
            [(record.key, record.value, record.headers) for record in topic]
            for topic in running.process(codec.encode_batch(records)).records
        )
    assert given == made
    unchanged = given == [(record.key, record.value, record.headers) for record in records]
    assert unchanged == (touch in LEAVES_IT)
