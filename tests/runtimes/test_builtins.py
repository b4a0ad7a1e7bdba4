"""What JavaScript programs find in the runtime, and what docs/languages/javascript.md says of it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import GuestTrap, Instance
from tests.runtimes.runtime import Program, evaluator, values

pytestmark = pytest.mark.toolchain("javascript")
DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "languages" / "javascript.md"
SDK = 'import { onRecordWritten } from "@redpanda-data/transform-sdk";\n'


@pytest.fixture(scope="module")
def program() -> Program:
    return Program(
        evaluator(
            'import * as sr from "@redpanda-data/transform-sdk-sr";\nglobalThis.sr = sr;\n'
            "globalThis.hex = (bytes) => new Uint8Array(bytes).toHex();"
        )
    )


@pytest.fixture(scope="module")
def instance(program: Program) -> Iterator[Instance]:
    with program.start(GREETING="grüß dich") as running:
        yield running


def documented(block: str) -> list[str]:
    text = DOCS.read_text(encoding="utf-8")
    found = re.search(rf"<!-- {block} -->\n(.*?)<!-- end -->", text, re.DOTALL)
    assert found
    return re.findall(r"^\| `(\w+)`", found.group(1), re.MULTILINE)


def test_the_docs_say_what_is_there(instance: Instance) -> None:
    there, lacking = documented("has"), documented("lacks")
    assert len(there) > 10 and len(lacking) > 10
    assert "undefined" not in values(instance, [f"typeof {name}" for name in there])
    assert set(values(instance, [f"typeof {name}" for name in lacking])) == {"undefined"}


def test_the_types_of_a_project_have_what_the_docs_say_and_no_more(instance: Instance) -> None:
    text = (DOCS.parents[2] / "templates/javascript/project/types/redpanda.d.ts").read_text(encoding="utf-8")
    declared = re.findall(r"^declare (?:const|class|function) (\w+)", text, re.MULTILINE)
    language = {"BigInt", "Proxy", "WeakRef", "Iterator"}  # whose types come with the compiler
    assert set(documented("has")) - language <= set(declared)
    assert "undefined" not in values(instance, [f"typeof {name}" for name in declared])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("process.env.GREETING + process.env.REDPANDA_INPUT_TOPIC", "grüß dichin"),
        ("/[\\p{L}--[a-z]]/v.test('A') && /(?<=a)(?<y>b)/.exec('ab').groups.y", "b"),
        ("'é'.normalize('NFD').length", "2"),
        ("JSON.stringify(Object.groupBy([1, 2, 3], (x) => (x % 2 ? 'o' : 'e')))", '{"o":[1,3],"e":[2]}'),
        ("Uint8Array.fromBase64('aGk=').toHex() + RegExp.escape('.')", "6869\\."),
        ("(1234.5).toLocaleString('de') + new Date(0).toLocaleDateString('de')", "1234.501/01/1970"),
        ("class A { accessor b = 1 }", "SyntaxError: expecting ';'"),
        ("Math.random() !== Math.random()", "true"),
        ("new Date(2024, 0, 1).getTimezoneOffset()", "0"),
        # text
        ("hex(new TextEncoder().encode('é€🎉'))", "c3a9e282acf09f8e89"),
        ("hex(new TextEncoder().encode('a\\ud800b'))", "61efbfbd62"),
        ("JSON.stringify(new TextEncoder().encodeInto('é🎉', new Uint8Array(5)))", '{"read":1,"written":2}'),
        ("new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))", "a"),
        ("new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([0xef, 0xbb, 0xbf])).length", "1"),
        ("new TextDecoder().decode(new Uint8Array([0x61, 0xff, 0xc3]))", "a��"),
        (
            "new TextDecoder('utf8', { fatal: true }).decode(new Uint8Array([0xff]))",
            "TypeError: TextDecoder: the data is not valid UTF-8",
        ),
        ("new TextDecoder('latin1')", "RangeError: TextDecoder: only utf-8 is supported, not latin1"),
        (
            "const d = new TextDecoder(); [0xf0, 0x9f, 0x8e, 0x89].map((b) => "
            "d.decode(new Uint8Array([b]), { stream: true })).join('|') + d.decode()",
            "|||🎉",
        ),
        ("new TextDecoder().decode(new Uint16Array([0x6161]).buffer)", "aa"),
        # structuredClone
        (
            "const a = { d: new Date(5), m: new Map([[1, new Set([2])]]), b: new Uint8Array([7]), n: [, 1] };"
            "a.self = a; const c = structuredClone(a);"
            "[c !== a, c.self === c, c.d.getTime(), [...c.m.get(1)][0], c.b[0], 0 in c.n].join()",
            "true,true,5,2,7,false",
        ),
        (
            "const e = structuredClone(new TypeError('x', { cause: 1 }));"
            "[e instanceof TypeError, e.message, e.cause].join()",
            "true,x,1",
        ),
        ("structuredClone({ f() {} })", "DataCloneError: f() {} cannot be cloned"),
        # URL
        ("new URL('HTTP://Me:pw@Example.com:80/a/../b/./c?q=é#f').href", "http://Me:pw@example.com/b/c?q=%C3%A9#f"),
        ("new URL('../x?y#z', 'https://a.b:8443/c/d/e').href", "https://a.b:8443/c/x?y#z"),
        ("['//h/p', '/p', 'p', '?q', '#f', ''].map((r) => new URL(r, 'http://a/b/c?d').href).join(' ')",
         "http://h/p http://a/p http://a/b/p http://a/b/c?q http://a/b/c?d#f http://a/b/c?d"),
        ("const u = new URL('kafka://user@host:9092/topic'); [u.protocol, u.host, u.pathname, u.origin].join()",
         "kafka:,host:9092,/topic,null"),
        ("new URL('mailto:jane@example.com').pathname", "jane@example.com"),
        ("['x', 'http://', 'http://a b/', 'http://a:99999/', 'http://ü.de/'].map((t) => URL.canParse(t)).join()",
         "false,false,false,false,false"),
        ("const u = new URL('http://a/'); u.searchParams.append('k', 'a b&ü'); u.hash = 'x'; u.port = '81'; u.href",
         "http://a:81/?k=a+b%26%C3%BC#x"),
        ("const p = new URLSearchParams('?a=1&b=%zz&a=+2'); [p.getAll('a'), p.get('b'), p.has('c'), p.size].join('|')",
         "1, 2|%zz|false|3"),
        ("const p = new URLSearchParams({ b: 1, a: 2 }); p.sort(); p.set('b', 'x'); p.delete('a'); String(p)", "b=x"),
        # the schema registry's values
        ("hex(sr.encodeSchemaID(258, 'hi'))", "00000001026869"),
        ("const d = sr.decodeSchemaID(sr.encodeSchemaID(7, new Uint8Array([1, 2]))); d.id + hex(d.rest)", "70102"),
        ("sr.decodeSchemaID('\\0\\0\\0\\0\\x05text').rest + sr.SchemaFormat.JSON", "text2"),
        ("sr.decodeSchemaID(new Uint8Array(4))", "RangeError: a schema id takes 5 bytes, there are 4"),
        ("sr.decodeSchemaID('hello')", "TypeError: the data begins with 104, so there is no schema id before it"),
        (
            "sr.newClient().lookupSchemaById(1)",
            "InternalError: schema registry: schema by id: the cluster's schema registry is not enabled (-1)",
        ),
    ],
)  # fmt: skip
def test_what_an_expression_gives(instance: Instance, text: str, expected: str) -> None:
    assert values(instance, [text]) == [expected]


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@settings(max_examples=100, deadline=None)
def test_text_goes_through_unchanged(text: str) -> None:
    with _echo().start() as running:
        assert values(running, [text]) == [text]


_KEPT: dict[str, Program] = {}


def _echo() -> Program:
    if "echo" not in _KEPT:
        _KEPT["echo"] = Program(
            f"{SDK}const d = new TextDecoder('utf-8', {{ fatal: true, ignoreBOM: true }});\n"
            "onRecordWritten((e, w) => {\n"
            "  const text = d.decode(e.record.value.array());\n"
            "  if (text !== e.record.value.text()) throw new Error('differs');\n"
            "  w.write({ value: new TextEncoder().encode(text) });\n"
            "});"
        )
    return _KEPT["echo"]


@pytest.mark.parametrize(
    ("call", "stream", "line"),
    [
        ("console.log('a', 1, -0, 2n, null, undefined, true)", 1, "a 1 -0 2n null undefined true"),
        ("console.info({ a: [1, { b: 'c' }], 'd e': new Map([[1, new Set(['x'])]]) })", 1,
         '{ a: [1, { b: "c" }], "d e": Map(1) { 1 => Set(1) { "x" } } }'),
        ("console.debug(e.record)", 1,
         '{ key: RecordData "k", value: RecordData "v", headers: [{ key: RecordData "h", value: null }] }'),
        ("console.warn(new Uint8Array([1, 2]), /x/g, new Date(0), Symbol('s'), class A {}, () => 1)", 2,
         "Uint8Array(2) [1, 2] /x/g 1970-01-01T00:00:00.000Z Symbol(s) [class A] [Function (anonymous)]"),
        ("console.error('%s is %d of %i%%, %j %o %c!', 'x', '4.5', '9.9', {a:1}, [1], 'css', 'more')", 2,
         'x is 4.5 of 9%, {"a":1} [1] ! more'),
        ("const o = {}; o.o = o; console.log(o, { a: { b: { c: { d: { e: 1 } } } } })", 1,
         "{ o: [Circular] } { a: { b: { c: { d: [Object] } } } }"),
        ("console.assert(1 > 2, 'why', 3)", 2, "Assertion failed: why 3"),
        ("console.group('g'); console.log('a\\nb'); console.groupEnd(); ", 1, "g\n|  a\n  b"),
        ("console.log('bell\\x07 tab\\t')", 1, "bell? tab\t"),
        ("console.log({ get x() { return 1; } }, Object.create(null), new (class Point { y = 2 })())", 1,
         "{ x: [Getter] } [null prototype] {} Point { y: 2 }"),
        ("console.count(); console.count('n')", 1, "default: 1\n|n: 1"),
    ],
)  # fmt: skip
def test_what_console_writes(call: str, stream: int, line: str) -> None:
    program = Program(f"{SDK}onRecordWritten((e) => {{ {call} }});")
    with program.start() as running:
        running.process(codec.encode_batch([Record(b"k", b"v", ((b"h", None),))]))
    assert program.logs == [(stream, f"{text.rstrip(chr(10))}\n") for text in line.split("|")]


def test_a_long_line_becomes_several_events() -> None:
    program = Program(f"{SDK}onRecordWritten(() => console.log('é'.repeat(1200)));")
    with program.start() as running:
        values(running, ["x"])
    assert "".join(text for _, text in program.logs) == "é" * 1200 + "\n"
    assert [len(text.encode()) for _, text in program.logs] == [1024, 1024, 353]


def test_every_form_of_content_is_written() -> None:
    program = Program(f"""{SDK}
onRecordWritten((event, writer) => {{
  const bytes = new Uint8Array([0, 255, 1, 2]);
  const forms = ["text €", bytes, bytes.buffer, bytes.subarray(1, 3), new Uint16Array([258]), event.record.value, null,
    undefined, "", new Uint8Array(0)];
  for (const value of forms) writer.write({{ key: value, value, headers: [{{ key: "h", value }}, {{}}] }});
  writer.write({{}}, {{ topic: "other" }});
  writer.write({{ value: "first" }}, {{ topic: undefined }});
}});""")
    with program.start() as running:
        output = running.process(codec.encode_batch([Record(b"k", b"\xff")]))
    whole = b"\x00\xff\x01\x02"
    expected = ["text €".encode(), whole, whole, b"\xff\x01", b"\x02\x01", b"\xff", None, None, b"", b""]
    first = [(record.key, record.value, record.headers) for record in output.records[0]]
    assert first == [
        *((value, value, ((b"h", value), (b"", None))) for value in expected),
        (None, b"first", ()),
    ]
    assert [(record.key, record.value) for record in output.records[1]] == [(None, None)]


def test_what_is_kept_of_a_record_stays_as_it_was() -> None:
    program = Program(f"""{SDK}
let kept = null;
onRecordWritten((event, writer) => {{
  if (kept) writer.write({{ ...kept, value: kept.value.text() + JSON.stringify(kept.value.json()) }});
  kept = event.record;
}});""")
    records = [Record(b"k%d" % n, b'{"n":%d}' % n, ((b"h", b"%d" % n),)) for n in range(50)]
    with program.start() as running:
        made = [r for record in records for r in running.process(codec.encode_batch([record])).records[0]]
    assert [(r.key, r.value, r.headers) for r in made] == [
        (r.key, (r.value or b"") * 2, r.headers) for r in records[:-1]
    ]


@pytest.mark.parametrize("content", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\xe2\x82"])
def test_bytes_that_are_not_text_are_no_text(content: bytes) -> None:
    program = Program(f"""{SDK}onRecordWritten((event, writer) => {{
  for (const method of ["text", "json"]) {{
    try {{
      event.record.value[method]();
    }} catch (error) {{
      writer.write({{ value: error.name }});
    }}
  }}
}});""")
    with program.start() as running:
        assert values(running, [content]) == ["TypeError", "SyntaxError"]


def test_exit_and_async_callbacks() -> None:
    program = Program(f"""{SDK}onRecordWritten(async (event, writer) => {{
  const text = await Promise.resolve(event.record.value.text());
  await null;
  if (text === "stop") process.exit(7);
  writer.write({{ value: text }});
}});""")
    with program.start() as running:
        assert values(running, ["a", "b"]) == ["a", "b"]
        with pytest.raises(GuestTrap) as caught:
            values(running, ["stop"])
    assert caught.value.guest_exit_code == 7
