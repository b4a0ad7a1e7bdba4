"""Python programs in their runtime: what a build finds, what records are, what the log says, where recursion ends."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap, Instance
from rpkpy.errors import BuildError
from rpkpy.wasm import validate
from rpkpy.wasm.limits import BROKER, Limits
from tests.runtimes.micropython import Interpreter, Program, embed, runtime

pytestmark = pytest.mark.toolchain("python")

IDENTITY = """
from redpanda_transform import on_record_written
@on_record_written
def transform(event, writer):
    writer.write(event.record)
"""


def evaluator(body: str) -> str:
    """A program whose callback is `body`, with the names event, writer and record."""
    lines = "\n".join(f"    {line}" for line in body.strip().split("\n"))
    return (
        "from redpanda_transform import on_record_written, Record, to_json\n"
        f"@on_record_written\ndef transform(event, writer):\n    record = event.record\n{lines}\n"
    )


# Takes its callback's body from the environment: one module, compiled once, for many tests.
EVALUATOR = """
import os, sys, time
from redpanda_transform import on_record_written, Record, to_json
body = "".join("    " + line + "\\n" for line in os.getenv("BODY").split("\\n"))
exec("def run(event, writer):\\n    record = event.record\\n" + body)
on_record_written(run)
"""


@cache
def _evaluating(memory_bytes: int) -> Program:
    return Program(EVALUATOR, Limits(memory_bytes=memory_bytes))


@pytest.fixture(scope="module", autouse=True)
def _modules_end_before_python_does() -> Iterator[None]:
    yield
    _evaluating.cache_clear()


def evaluating(
    body: str, memory_bytes: int = BROKER.memory_bytes, **env: str
) -> tuple[Instance, list[tuple[int, str]]]:
    """A started instance whose callback is `body`, and its log."""
    program = _evaluating(memory_bytes)
    return program.start(None, BODY=body.strip(), **env), program.logs


def processed(instance: Instance, records: Sequence[Record], topic: int = 0) -> list[tuple[object, ...]]:
    output = instance.process(codec.encode_batch(list(records)))
    return [(record.key, record.value, record.headers) for record in output.records[topic]]


# What a build finds.


def refused(files: Mapping[str, str] | str, entry: str = "transform.py") -> BuildError:
    with pytest.raises(BuildError) as caught:
        embed({entry: files} if isinstance(files, str) else files, entry)
    return caught.value


def test_wrong_syntax_is_shown_with_its_line() -> None:
    error = refused(IDENTITY + "def f(:\n    pass\n")
    assert error.message.startswith("transform.py:6: SyntaxError")
    assert error.cause == "    6 | def f(:"


def test_wrong_syntax_in_an_imported_file_names_that_file() -> None:
    error = refused({"transform.py": "import helper\n" + IDENTITY, "helper.py": "x = 1\ny = (\n"})
    assert error.message.startswith("helper.py:2: SyntaxError: '(' was never closed")


def test_syntax_that_only_cpython_has_is_told_so() -> None:
    error = refused(IDENTITY + "match 1:\n    case 1: pass\n")
    assert error.message.startswith("transform.py:6: SyntaxError")
    assert "MicroPython does not" in (error.fix or "")


@pytest.mark.parametrize(
    ("statement", "module"),
    [
        ("import datetime", "datetime"),
        ("from requests.auth import x", "requests.auth"),
        ("import helper.inner", "helper.inner"),
    ],
)
def test_a_module_that_nobody_has_is_found(statement: str, module: str) -> None:
    error = refused({"transform.py": f"import json\n{statement}\n{IDENTITY}", "helper.py": ""})
    assert error.message == f'transform.py:2: there is no module "{module}".'
    assert error.cause == f"    2 | {statement}"
    assert error.fix


def test_a_module_that_the_program_can_do_without_may_be_missing() -> None:
    program = Program("try:\n    from typing import Any\nexcept ImportError:\n    pass\n" + IDENTITY)
    with program.start() as instance:
        assert processed(instance, [Record(b"k", b"v")]) == [(b"k", b"v", ())]


def test_a_program_without_a_callback_is_found() -> None:
    error = refused("print('hello')\n")
    assert "registers no callback" in error.message
    assert "@on_record_written" in (error.fix or "")


def test_a_text_that_is_not_utf8_is_found() -> None:
    _, module, workbench = runtime()
    from rpkpy.runtimes import python
    from tests.runtimes.micropython import SDK

    with pytest.raises(BuildError, match=r"transform\.py:2: the text is not UTF-8"):
        python.embed(module, "transform.py", {"transform.py": b"x = 1\ny = '\xff'\n"}.get, workbench, SDK)


def test_imports_of_every_kind_are_built_in() -> None:
    files = {
        "transform.py": "import one, pack.two as two\nfrom pack import three, VALUE\nfrom pack.deep.four import word\n"
        + evaluator("writer.write(value=to_json([one.x, two.x, three.x, VALUE, word]))"),
        "one.py": "x = 1",
        "pack/__init__.py": "VALUE = 'v'",
        "pack/two.py": "from . import three\nfrom .deep import four\nx = three.x + 1",
        "pack/three.py": "x = 40",
        "pack/deep/__init__.py": "",
        "pack/deep/four.py": "from ..three import x\nword = 'w%d' % x",
        "unused.py": "this is no Python",
    }
    with Program(files).start() as instance:
        assert processed(instance, [Record(None, b"")])[0][1] == b'[1,41,40,"v","w40"]'


def test_the_same_program_gives_the_same_bytes_and_none_of_its_code_runs() -> None:
    program = "print('ran')\nraise SystemExit(3)\n" + IDENTITY
    assert embed({"transform.py": program}) == embed({"transform.py": program})


def test_the_module_is_one_that_brokers_take() -> None:
    wasm = embed({"transform.py": IDENTITY})
    found = [verdict.rule for verdict in validate.check(wasm, Limits()).verdicts if verdict.status != "ok"]
    assert found == ["origin"]  # which project.build writes
    assert b"rpkpy_compile" not in wasm


def test_the_runtime_alone_says_what_it_is() -> None:
    _, errors, trap = Interpreter().run([])
    assert trap is None
    assert b"without a program" in errors


# Records.


def test_records_have_their_parts_as_bytes() -> None:
    body = "writer.write(value=repr([record.key, record.value, record.headers, record.timestamp, record.offset]))"
    given = Record(b"k", "é".encode(), ((b"a", b"1"), (b"b", None), (b"a", b"")), 1_735_689_600_123, 0)
    with evaluating(body)[0] as instance:
        (got,) = processed(instance, [given])
        assert got[1] == rb"[b'k', b'\xc3\xa9', [(b'a', b'1'), (b'b', None), (b'a', b'')], 1735689600123, 0]"
        (got,) = processed(instance, [Record(None, None)])
        assert got[1] is not None and got[1].startswith(b"[None, None, [], ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [10, 20_000])
def test_a_record_may_be_changed_made_and_kept(size: int) -> None:
    body = """
global last
if record.value == b"repeat":
    writer.write(last)
    return
last = record
record.headers.append(("x", b"y"))
writer.write(record, key="neu", to="other")
writer.write(Record("k", bytearray(b"v"), [(b"h", None)]))
record.value = memoryview(record.value)[:3]
writer.write(record)
"""
    value = b"abc" + b"d" * size
    with evaluating(body)[0] as instance:
        output = instance.process(codec.encode_batch([Record(b"key", value, ((b"a", b"b"),))]))
        changed = ((b"a", b"b"), (b"x", b"y"))
        assert [(r.key, r.value, r.headers) for r in output.records[1]] == [(b"neu", value, changed)]
        assert [(r.key, r.value, r.headers) for r in output.records[0]] == [
            (b"k", b"v", ((b"h", None),)),
            (b"key", b"abc", changed),
        ]
        processed(instance, [Record(b"other", b"x" * size)])
        assert processed(instance, [Record(None, b"repeat")]) == [(b"other", b"xxx"[: min(3, size)], ((b"x", b"y"),))]


def test_what_is_kept_outlives_any_number_of_collections() -> None:
    body = """
global kept
try:
    kept
except NameError:
    kept = []
kept.append(event)
if len(kept) > 300:
    old = kept.pop(0).record
    writer.write(old if old.offset % 2 else Record(old.key, old.value, old.headers))
"""
    given = [Record(b"%d" % n, b"v" * (n % 700), ((b"h", b"%d" % -n),) * (n % 3)) for n in range(20_000)]
    with evaluating(body)[0] as instance:
        got = processed(instance, given)
    assert got == [(record.key, record.value, record.headers) for record in given[:-300]]


def test_passing_a_record_on_costs_little() -> None:
    """Fuel, which is exact: half of what it was before the heap had its quick ways (heap.c)."""
    batch = codec.encode_batch([Record(b"key-%04d" % n, b"v" * 100) for n in range(1000)])
    with Program(IDENTITY).start() as instance:
        instance.process(batch)
        fuel = [instance.process(batch).stats.fuel_used / 1000 for _ in range(5)]
    assert max(fuel) < 4_700


def test_text_json_and_headers_have_helpers() -> None:
    body = """
try:
    writer.write(value=to_json([record.text(), record.json(), record.header("h"), record.header(b"none", "-")]))
except Exception as error:
    writer.write(value="%s: %s" % (type(error).__name__, error))
"""
    text = '{"z":1,"a":[true,null,1.5,"\\ud83c\\udf05 é"],"m":{"y":1,"b":2}}'
    with evaluating(body)[0] as instance:
        given = [
            Record(None, text.encode(), ((b"h", b"1"), (b"h", b"2"))),
            Record(None, b"\xff"),
            Record(None, b"{nul"),
        ]
        got = [value for _, value, _ in processed(instance, given)]
        assert got[0] is not None
        assert json.loads(got[0]) == [text, json.loads(text), "2", "-"]  # type: ignore[arg-type]
        assert list(json.loads(got[0])[1]) == ["z", "a", "m"]  # type: ignore[arg-type]
        assert got[1:] == [b"UnicodeError: the record's value is not UTF-8", b"ValueError: syntax error in JSON"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("writer.write(record, to='elsewhere')", "ValueError: elsewhere is not an output topic of this transform"),
        ("writer.write(value=1)", "TypeError: a record's value is bytes, str or None, not int"),
        ("writer.write('text')", "TypeError: write takes a Record, not str"),
        ("writer.write(record, headers=[(b'a',)])", "ValueError"),
        ("record.no_such", "AttributeError"),
        ("record.offset = 1", "AttributeError"),
    ],
)
def test_mistakes_raise_and_are_reported(body: str, message: str) -> None:
    instance, logs = evaluating(body)
    with instance, pytest.raises(GuestTrap):
        processed(instance, [Record(None, b"v")])
    assert message in logs[-1][1]


# The log.


def test_print_and_stderr_go_to_the_log_a_line_each() -> None:
    body = "print('one\\ntwo', record.value)\nsys.stderr.write('warn')\nprint('\\x07', end='')"
    instance, logs = evaluating(body)
    with instance:
        processed(instance, [Record(None, b"v")])
    assert logs == [(1, "one\n"), (1, "two b'v'\n"), (1, "?"), (2, "warn")]


def test_an_exception_is_reported_with_its_place_and_its_record() -> None:
    files = {
        "transform.py": "import helper\n" + evaluator("writer.write(value=helper.half(record.value))"),
        "helper.py": "def half(text):\n    return int(text) // 2\n",
    }
    program = Program(files)
    with program.start() as instance:
        with pytest.raises(GuestTrap) as caught:
            processed(instance, [Record(None, b"x")])
        assert caught.value.guest_exit_code == 1
    (report,) = program.logs
    assert report[0] == 2
    assert report[1].split("\n") == [
        "Traceback (most recent call last):",
        '  File "transform.py", line 6, in transform',
        '  File "helper.py", line 2, in half',
        "ValueError: invalid syntax for integer with base 10: 'x'",
        "  while processing the record at offset 0 of topic in",
        "",
    ]


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("raise ValueError('no')\n", 1, "ValueError: no"),
        ("import sys\nsys.exit('because')\n", 1, "because\n"),
        ("raise SystemExit(7)\n", 7, ""),
    ],
)
def test_a_program_that_ends_at_its_start(program: str, code: int, said: str) -> None:
    made = Program(program + IDENTITY)
    with pytest.raises(GuestTrap) as caught:
        made.start()
    assert caught.value.guest_exit_code == code
    assert said in "".join(text for _, text in made.logs)


def test_a_callback_that_is_not_registered_is_told() -> None:
    program = Program("if False:\n" + "\n".join(f"    {line}" for line in IDENTITY.strip().split("\n")))
    with pytest.raises(GuestTrap):
        program.start()
    assert "registered no callback" in program.logs[0][1]


def test_the_environment_and_the_time_are_the_brokers() -> None:
    body = "writer.write(value='%s %s %d' % (os.getenv('A'), os.getenv('NONE', '-'), time.time()))"
    with evaluating(body, A="ä")[0] as instance:
        assert processed(instance, [Record(None, b"", (), 1_735_689_600_999)])[0][1] == "ä - 1735689600".encode()


# Memory and stack.


@pytest.mark.parametrize("size", [1_000, 100_000])
def test_large_json_passes_and_memory_stays(size: int) -> None:
    body = "data = record.json()\ndata['n'] += 1\nwriter.write(record, value=to_json(data))"
    items = [{"id": n, "name": f"name {n}", "tags": ["a", "b"], "price": n / 4} for n in range(size // 55)]
    value = json.dumps({"n": 1, "items": items}, separators=(",", ":")).encode()
    with evaluating(body, memory_bytes=4 << 20)[0] as instance:
        for round in range(12):
            output = instance.process(codec.encode_batch([Record(None, value)] * 2))
            assert output.records[0][1].value is not None
            assert json.loads(output.records[0][1].value) == {"n": 2, "items": items}
            if round == 5:
                settled = output.stats.memory_bytes
        assert output.stats.memory_bytes == settled


def test_what_does_not_fit_raises_memory_error() -> None:
    instance, logs = evaluating("writer.write(value='x' * 10_000_000)")
    with instance, pytest.raises(GuestTrap):
        processed(instance, [Record(None, b"")])
    assert "MemoryError" in logs[-1][1]


def test_memory_that_is_used_up_by_small_things_is_still_reported() -> None:
    instance, logs = evaluating("global kept\nkept = None\nwhile True: kept = (kept, 1)")
    with instance, pytest.raises(GuestTrap):
        processed(instance, [Record(None, b"")])
    assert "MemoryError" in logs[-1][1]
    assert "at offset 0 of topic in" in logs[-1][1]
