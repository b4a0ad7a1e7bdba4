"""Ruby programs in their runtime: what a build finds, what records are, what the log says."""

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap, Instance
from rpkpy.engine.schema_registry import Definition, Pause, Reference, SchemaType, SubjectSchema
from rpkpy.errors import BuildError
from rpkpy.wasm import validate
from rpkpy.wasm.limits import Limits
from tests.runtimes.mruby import Program, callback, embed, outcome, runtime

pytestmark = pytest.mark.toolchain("ruby")

IDENTITY = callback("writer.write(record)")
# Does what its variable BODY names: one module, compiled once, for many tests.
BODIES = {
    "parts": "writer.write(key: record.key.inspect, value: record.value.inspect, headers: record.headers)",
    "numbers": 'writer.write(value: "#{record.timestamp} #{record.offset}")',
    "keep": "$kept ||= record\nwriter.write($kept)",
    "set": "record.key = 'K'\nrecord.value = nil\nrecord.headers << ['more', nil]\nwriter.write(record)",
    "overrides": "writer.write(record, key: nil, headers: [])\nwriter.write(record)",
    "copy": "copy = record.dup\ncopy.headers << ['x', 'y']\ncopy.value = 'z'\nwriter.write(record)\nwriter.write copy",
    "to": "writer.write(record, to: 'other')\nwriter.write(record, to: 'out')",
    "json": "writer.write(value: record.json.to_json)\nwriter.write(value: record.json(symbolize_names: true).inspect)",
    "header": "writer.write(value: [record.header('h'), record.header('n'), record.header('no', 1)].inspect)",
    "text": "writer.write(value: record.text)",
    "wrong value": "writer.write(record, value: 5)",
    "wrong header": "writer.write(record, headers: ['a'])",
    "wrong record": "writer.write('a')",
    "wrong topic": "writer.write(record, to: 'nowhere')",
    "log": "puts 'a', ['b', ['c']], nil\np 1, 'x'\nprint 'd', 5\nwarn 'w'\n$stderr.puts 'e'\n"
    "$stdout << 'f' << \"\\n\"\nputs",
    "fail": "def deep(value) = value.fetch(:a)\n  [1].each { deep({}) }",
    "class": "class Mine < StandardError; def message = 'mine'; end\n  raise Mine",
    "exit": "warn 'before'\n  exit 3",
    "abort": "abort 'said'",
    "memory": "a = []\n  loop { a << 'x' * 100_000 }",
    "memory rescued": "begin\n    a = []\n    loop { a << 'x' * 100_000 }\n"
    "  rescue NoMemoryError => error\n    a = nil\n"
    "    writer.write(value: error.message)\n  end",
    "time": "writer.write(value: Time.now.utc.iso8601)",
    "return": "next if record.value == 'skip'\n  writer.write(record)",
}
MENU = callback("case ENV['BODY']\n" + "".join(f"when '{name}'\n  {body}\n" for name, body in BODIES.items()) + "end")


@pytest.fixture(scope="module")
def menu() -> Program:
    return Program(MENU)


def out(instance: Instance, *records: Record) -> list[tuple[bytes | None, bytes | None, tuple[object, ...]]]:
    output = instance.process(codec.encode_batch(records, base_offset=5))
    return [(record.key, record.value, record.headers) for record in output.records[0]]


def failure(menu: Program, body: str, value: bytes = b"v") -> list[tuple[int, str]]:
    with menu.start(BODY=body, REDPANDA_INPUT_TOPIC="in") as instance, pytest.raises(GuestTrap):
        instance.process(codec.encode_batch([Record(b"k", value)], base_offset=5))
    return list(menu.logs)


def test_a_module_that_brokers_take() -> None:
    wasm = embed({"transform.rb": IDENTITY})
    assert [verdict.rule for verdict in validate.check(wasm, Limits()).verdicts if verdict.status != "ok"] == ["origin"]


def test_parts_are_strings_or_nil(menu: Program) -> None:
    headers = ((b"h", b"\xff"), (b"n", None), (b"", b""))
    with menu.start(BODY="parts") as instance:
        assert out(instance, Record(None, b"", headers)) == [(b"nil", b'""', headers)]
        assert out(instance, Record(b"\xff\0", None)) == [(b'"\\xff\\x00"', b"nil", ())]


def test_timestamps_and_offsets_are_numbers(menu: Program) -> None:
    with menu.start(BODY="numbers") as instance:
        records = [Record(b"k", b"v", (), 1_732_550_000_123), Record(b"k", b"v", (), 2**45)]
        assert [value for _, value, _ in out(instance, *records)] == [b"1732550000123 5", b"35184372088832 6"]


def test_a_record_may_be_kept(menu: Program) -> None:
    with menu.start(BODY="keep") as instance:
        records = [Record(b"k%d" % n, b"v" * n, ((b"h", b"x"),)) for n in range(50)]
        assert out(instance, *records) == [(b"k0", b"", ((b"h", b"x"),))] * 50


def test_parts_can_be_set(menu: Program) -> None:
    with menu.start(BODY="set") as instance:
        assert out(instance, Record(b"k", b"v", ((b"h", b"x"),))) == [(b"K", None, ((b"h", b"x"), (b"more", None)))]


def test_a_write_may_override_parts(menu: Program) -> None:
    given = Record(b"k", b"v", ((b"h", b"x"),))
    with menu.start(BODY="overrides") as instance:
        assert out(instance, given) == [(None, b"v", ()), (b"k", b"v", ((b"h", b"x"),))]


def test_a_copy_is_another_record(menu: Program) -> None:
    with menu.start(BODY="copy") as instance:
        assert out(instance, Record(b"k", b"v")) == [(b"k", b"v", ()), (b"k", b"z", ((b"x", b"y"),))]


def test_topics(menu: Program) -> None:
    with menu.start(BODY="to") as instance:
        output = instance.process(codec.encode_batch([Record(b"k", b"v")]))
        assert [[record.value for record in topic] for topic in output.records] == [[b"v"], [b"v"]]


def test_json(menu: Program) -> None:
    with menu.start(BODY="json") as instance:
        value = b'{"z": [1, 2.50, 12345678901234567890, "\\u00e9\\ud83c\\udf89"], "a": null}'
        got = [text for _, text, _ in out(instance, Record(None, value))]
    assert got == [
        '{"z":[1,2.5,12345678901234567890,"é🎉"],"a":null}'.encode(),
        '{:z=>[1, 2.5, 12345678901234567890, "é🎉"], :a=>nil}'.encode(),
    ]


def test_headers_by_name(menu: Program) -> None:
    with menu.start(BODY="header") as instance:
        given = Record(None, None, ((b"h", b"1"), (b"n", None), (b"h", b"2")))
        assert out(instance, given)[0][1] == b'["2", nil, 1]'


@pytest.mark.parametrize("size", [0, 1, 100, 8_000, 9_000, 100_000])
def test_sizes(menu: Program, size: int) -> None:
    given = Record(b"k" * 100, b"v" * size, ((b"h", b"x" * 50),))
    with menu.start(BODY="return") as instance:
        for _ in range(5):
            assert out(instance, given) == [(given.key, given.value, given.headers)]
        assert out(instance, Record(None, b"skip")) == []


@pytest.mark.parametrize(
    ("body", "value", "said"),
    [
        ("text", b"\xff", "the record's value is not UTF-8 (ArgumentError)"),
        ("json", b'{"a": 1,\n x}', "unexpected character 'x' at line 2 column 2 (JSON::ParserError)"),
        ("json", b"[1", "unexpected end of input at line 1 column 3 (JSON::ParserError)"),
        ("wrong value", b"", "a record's value is a String or nil, not Integer (TypeError)"),
        ("wrong header", b"", "a record's header is an Array of its key and its value (TypeError)"),
        ("wrong record", b"", "write takes a Redpanda::Record, not String (TypeError)"),
        ("wrong topic", b"", "nowhere is not an output topic of this transform (ArgumentError)"),
        ("class", b"", "mine (Mine)"),
    ],
)
def test_what_the_sdk_refuses(menu: Program, body: str, value: bytes, said: str) -> None:
    ((stream, text),) = failure(menu, body, value)
    assert stream == 2
    first, *_, last = text.splitlines()
    assert first.startswith("transform.rb:") and first.endswith(said)
    assert last == "  while processing the record at offset 5 of topic in"


def test_a_failure_names_files_and_lines(menu: Program) -> None:
    ((_, text),) = failure(menu, "fail")
    lines = MENU.split("\n")
    deep = next(n for n, line in enumerate(lines, 1) if "def deep" in line)
    assert text.splitlines()[0] == f"transform.rb:{deep}:in deep: Key not found: :a (KeyError)"
    assert f"\tfrom transform.rb:{deep + 1}" in text


def test_the_log(menu: Program) -> None:
    with menu.start(BODY="log") as instance:
        out(instance, Record(None, None))
    printed = "".join(text for stream, text in menu.logs if stream == 1)
    assert printed == 'a\nb\nc\n\n1\n"x"\nd5f\n\n'
    assert [text for stream, text in menu.logs if stream == 2] == ["w\n", "e\n"]


@pytest.mark.parametrize(("body", "code", "said"), [("exit", 3, "before\n"), ("abort", 1, "said\n")])
def test_exit(menu: Program, body: str, code: int, said: str) -> None:
    with menu.start(BODY=body) as instance, pytest.raises(GuestTrap) as caught:
        out(instance, Record(None, None))
    assert caught.value.guest_exit_code == code
    assert menu.logs == [(2, said)]


def test_runaway_memory(menu: Program) -> None:
    ((_, text),) = failure(menu, "memory")
    assert "Out of memory (NoMemoryError)" in text
    with menu.start(BODY="memory rescued") as instance:
        assert [value for _, value, _ in out(instance, *[Record(None, None)] * 3)] == [b"Out of memory"] * 3


def test_the_clock_is_the_brokers(menu: Program) -> None:
    with menu.start(BODY="time") as instance:
        got = [value for _, value, _ in out(instance, Record(None, None, (), 1_732_550_000_123))]
    assert got[0] is not None and got[0].endswith(b"Z") and len(got[0]) == 20


class Registry:
    """One schema of one subject."""

    def __init__(self) -> None:
        references = (Reference("r", "other", 3),)
        self.schema = SubjectSchema(300, 2, Definition(SchemaType.PROTOBUF, "text", references))
        self.created: list[tuple[str, Definition]] = []

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        assert schema_id == 300
        return self.schema.definition

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        return self.schema

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        self.created.append((subject, definition))
        return self.schema.id

    def failed(self, what: str) -> None:
        raise AssertionError(what)


def test_the_schema_registry() -> None:
    body = """
client = Redpanda::SchemaRegistryClient.new
schema = client.schema_by_id(300)
latest = client.latest_schema("s")
wanted = Redpanda::Schema.new("new", format: Redpanda::Schema::JSON, references: schema.references)
made = client.create_schema("s", wanted)
id, rest = Redpanda.decode_schema_id(Redpanda.encode_schema_id(300, "x"))
found = [schema.text, schema.format, schema.references.map(&:to_a), latest.id, latest.version]
writer.write(value: [*found, made.id, made.version, id, rest].inspect)
"""
    program = Program(callback(body, 'require "redpanda_schema_registry"'))
    registry = Registry()
    with program.start(registry) as instance:
        ((_, value, _),) = out(instance, Record(None, None))
    assert value == b'["text", 1, [["r", "other", 3]], 300, 2, 300, 2, 300, "x"]'
    ((subject, created),) = registry.created
    assert (subject, created.text, created.type) == ("s", "new", SchemaType.JSON)
    assert created.references == (Reference("r", "other", 3),)
    with program.start() as instance, pytest.raises(GuestTrap):
        out(instance, Record(None, None))
    assert "the cluster's schema registry is not enabled (Redpanda::SchemaRegistryError)" in program.logs[-1][1]


# What a build finds.

FILES = {
    "transform.rb": 'require_relative "lib/a"\nrequire_relative "lib/a"\n'
    + callback("writer.write(value: $order.join + COUNT.call.to_s)"),
    "lib/a.rb": '($order ||= []) << "a"\nrequire_relative "../b"\nrequire "lib/c"\nn = 0\nCOUNT = -> { n += 1 }',
    "b.rb": '$order << "b"\nrequire "json"\nbegin\n  require "nothing"\nrescue LoadError\n  $order << "!"\nend',
    "lib/c.rb": '$order << "c"',
}


def test_files_are_run_once_in_order() -> None:
    values, logs, failed = outcome(Program(FILES))
    assert not failed, logs
    assert values == [b"ab!c1"]


@pytest.mark.parametrize(
    ("files", "message", "shown"),
    [
        ({"transform.rb": "x = 1\ny = (2\nputs y"}, r"transform\.rb:3: syntax error", "    3 | puts y"),
        ({"transform.rb": "puts 1"}, "registers no callback", ""),
        (
            {"transform.rb": 'require_relative "no"\n'},
            r'rb:1: require_relative does not find "no"',
            "require_rel",
        ),
        ({"transform.rb": '\nrequire "date"\n'}, r'transform\.rb:2: require does not find "date"', 'require "date"'),
        ({"transform.rb": 'require_relative "a"', "a.rb": "def"}, r"a\.rb:1: syntax error", ""),
        ({"transform.rb": 'require_relative "../../x"'}, "does not find", ""),
    ],
)
def test_what_is_wrong_is_found_at_build_time(files: dict[str, str], message: str, shown: str) -> None:
    with pytest.raises(BuildError, match=message) as caught:
        embed(files)
    assert shown in (caught.value.cause or "")


def test_a_file_must_be_utf8() -> None:
    from rpkpy.runtimes import ruby

    _, module, workbench = runtime()
    with pytest.raises(BuildError, match=r"transform\.rb:2: the text is not UTF-8"):
        ruby.embed(module, "transform.rb", {"transform.rb": b"a = 1\n# \xff"}.get, workbench)


def test_deeply_nested_source_is_an_error_not_a_trap() -> None:
    for source in ("[" * 3_000 + "]" * 3_000, "(" * 3_000 + "1" + ")" * 3_000, "-" * 3_000 + "1", "!" * 3_000 + "1"):
        try:
            embed({"transform.rb": IDENTITY + source})
        except BuildError as error:
            assert "failed while it was building" not in str(error), source[:1]


def test_the_same_program_gives_the_same_bytes() -> None:
    assert embed(FILES) == embed(FILES)


def test_it_fails_where_it_starts() -> None:
    program = Program("Redpanda.on_record_written { }\nraise 'at start'")
    with pytest.raises(GuestTrap):
        program.start()
    assert program.logs == [(2, "transform.rb:2: at start (RuntimeError)\n")]


def test_starting_takes_little() -> None:
    with Program(IDENTITY).start() as instance:
        stats = instance.process(codec.encode_batch([Record(b"k", b"v")])).stats
        assert stats.fuel_used < 1_000_000
        used = [instance.process(codec.encode_batch([Record(b"k", b"v" * 200)] * 1000)).stats for _ in range(2)]
    assert used[1].fuel_used / 1000 < 10_000
    assert used[1].memory_bytes < 1_100_000
