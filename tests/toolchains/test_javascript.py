"""JavaScript projects: from init to records, what a build finds wrong, what the log says of an exception."""

import json
import os
import shutil
from pathlib import Path

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, GuestTrap, Instance
from rpkpy.errors import BuildError, ProjectError, RpkpyError
from rpkpy.toolchains import languages
from rpkpy.wasm import binary
from rpkpy.wasm.limits import Limits
from tests.cli.harness import Cli
from tests.runtimes.runtime import Program, values
from tests.toolchains.workbench import Build, imports, names

pytestmark = pytest.mark.toolchain("javascript")

SDK = 'import { onRecordWritten } from "@redpanda-data/transform-sdk";\n'


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A project from the identity template."""
    return Build.of(tmp_path / "project", "javascript", "identity")


def files(build: Build, **texts: str) -> None:
    """Write files of the project: `index_js` is index.js, `lib__up_js` is lib/up.js."""
    for name, text in texts.items():
        stem, _, suffix = name.replace("__", "/").rpartition("_")
        path = build.root / f"{stem}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def error(build: Build) -> RpkpyError:
    with pytest.raises(BuildError) as caught:
        build()
    return caught.value


def test_a_person_gets_from_nothing_to_masked_records(cli: Cli, runtimes: Path, tmp_path: Path) -> None:
    env = {"RPKPY_RUNTIMES_DIR": str(runtimes), "PATH": ""}  # no compiler, no Node: the runtime is there
    assert cli("transform", "init", "mask", "--language", "javascript", "--pattern", "masking", env=env).code == 0
    cli.cwd = cli.cwd / "mask"
    built = cli("transform", "build", "--format", "json", env=env)
    assert built.code == 0, built.err
    assert json.loads(built.out)["tools"] == {"QuickJS-ng": "0.17.0"}
    validated = cli("transform", "validate", env=env)
    assert validated.code == 0, validated.err
    run = cli("transform", "run", "--input", "samples/input.jsonl", env=env)
    assert run.code == 0, run.err
    made = [json.loads(line) for line in run.out.decode().splitlines()]
    expected = [json.loads(line) for line in (cli.cwd / "samples" / "expected.jsonl").read_text("utf-8").splitlines()]
    assert [(record["key"], record["value"]) for record in made] == [(one["key"], one["value"]) for one in expected]
    assert len(made) == 20


def test_the_module_is_small_in_what_it_asks_for(build: Build) -> None:
    build()
    module = build.module()
    assert {name for name in imports(module) if name.startswith("wasi")} <= {
        f"wasi_snapshot_preview1.{name}"
        for name in (
            *("clock_time_get", "environ_get", "environ_sizes_get", "proc_exit"),
            *("fd_write", "fd_close", "fd_seek", "fd_fdstat_get"),
        )
    }
    assert sorted(export.name for export in module.exports) == ["_start", "memory"]
    (memory,) = module.memories
    assert memory.bounds.minimum <= 7
    assert build.out.stat().st_size < 1_100_000


def test_the_same_program_makes_the_same_bytes(build: Build) -> None:
    build()
    first = build.out.read_bytes()
    build()
    assert build.out.read_bytes() == first


def test_keys_and_sources(build: Build) -> None:
    files(build, lib__up_js="", data_json="{}", node_modules__x__index_js="", samples__more_json="{}")
    found = languages.find("js").sources(build.root)
    assert names(found) == ["data.json", "index.js", "jsconfig.json", "lib/up.js", "package.json"]


def test_files_of_the_project_are_built_in(build: Build) -> None:
    files(
        build,
        index_js=SDK
        + 'import { up } from "./lib/up.js";\nimport data from "./data.json" with { type: "json" };\n'
        + 'import * as self from "./index.js";\nexport const name = "entry";\n'
        + "onRecordWritten((e, w) => w.write({ value: up(e.record.value.text()) + data.end + self.name }));\n",
        lib__up_js='import suffix from "../lib/deep/suffix.mjs";\nexport const up = (s) => s.toUpperCase() + suffix;\n',
        lib__deep__suffix_mjs='export { default } from "./../other.js";\n',
        lib__other_js='export default "!";\n',
        data_json='{"end": "."}',
    )
    build()
    assert outputs(build, ["a"]) == ["A!.entry"]


def test_package_json_names_the_first_file(build: Build) -> None:
    files(build, app__start_js=SDK + 'onRecordWritten((e, w) => w.write({ value: "app" }));')
    package = build.root / "package.json"
    package.write_text('{"main": "./app/start.js"}')
    build()
    assert outputs(build, ["x"]) == ["app"]
    for text, said in (('{"main": "../x.js"}', "no file of the project"), ("{", "cannot be read")):
        package.write_text(text)
        with pytest.raises(ProjectError, match=said):
            build()
    package.unlink()
    shutil.move(build.root / "index.js", build.root / "src_index.js")
    assert "There is no index.js" in error(build).message


def test_wrong_syntax_is_shown_with_its_place_and_line(build: Build) -> None:
    files(
        build,
        index_js=SDK + 'import "./lib/bad.js";\nonRecordWritten(() => {});',
        lib__bad_js="let a = 1;\n  let b = = 2;\n",
    )
    found = error(build)
    assert found.message.startswith("lib/bad.js:2:11: SyntaxError: ")
    assert found.cause == "    2 |   let b = = 2;\n      |           ^"
    assert not build.out.exists()


@pytest.mark.parametrize(
    ("text", "message", "cause"),
    [
        (
            "import { x } from './missing.js';",
            'index.js:2: the module "./missing.js" is not there.',
            "no file missing.js",
        ),
        ("import { x } from './lib';", 'index.js:2: the module "./lib" is not there.', "There is no file lib"),
        ("import { x } from 'lodash';", 'index.js:2: the module "lodash" is not there.', "neither built in nor a path"),
        ("import { x } from '../../etc/x.js';", "the module", "outside the project"),
        ("import {\n  up,\n  down } from './lib.js';", 'index.js:4: lib.js has no export "down".', "4 |   down }"),
        ("import lib from './lib.js';", "index.js:2: lib.js has no default export.", "2 | import lib from"),
        ("export { gone as x } from './lib.js';", 'index.js:2: lib.js has no export "gone".', "2 | export"),
        ("import { OnRecord } from '@redpanda-data/transform-sdk';", "has no export", "import { OnRecord }"),
    ],
)
def test_what_cannot_be_imported_is_found_with_its_line(build: Build, text: str, message: str, cause: str) -> None:
    files(build, index_js=f"{SDK}{text}\nonRecordWritten(() => {{}});\n", lib_js="export const up = 1;\n")
    found = error(build)
    assert message in found.message
    assert cause in (found.cause or "")
    assert found.fix


def test_a_near_name_is_offered(build: Build) -> None:
    files(build, index_js=SDK + 'import "./lib";\nonRecordWritten(() => {});', lib_js="")
    assert error(build).fix == 'Write the whole name: "./lib.js".'


@pytest.mark.parametrize(
    "text", ["", "console.log(1);", SDK.replace("{ onRecordWritten }", "* as sdk"), "// onRecordWritten"]
)
def test_a_program_without_a_callback_is_refused(build: Build, text: str) -> None:
    files(build, index_js=text)
    found = error(build)
    assert found.message == "index.js has no callback, so there is nothing to run for a record."
    assert "onRecordWritten((event, writer)" in (found.fix or "")


def test_text_that_is_not_utf8_and_json_that_is_none(build: Build) -> None:
    (build.root / "index.js").write_bytes(SDK.encode() + b"// caf\xe9\n")
    assert error(build).message == "index.js:2: the text is not UTF-8."
    files(
        build,
        index_js=SDK + "import d from './d.json' with { type: 'json' };\nonRecordWritten(() => d);",
        d_json='{"a": }',
    )
    assert error(build).message.startswith("d.json:1:")


def test_no_code_of_the_program_runs_at_build(build: Build) -> None:
    files(build, index_js=SDK + 'throw new Error("ran");\nonRecordWritten(() => {});')
    build()
    with pytest.raises(GuestTrap):
        start(build)


def test_arguments_for_a_bundler_that_is_not_needed(build: Build) -> None:
    with pytest.raises(BuildError, match="Nothing takes the arguments --minify"):
        build("--minify")


def test_packages_of_npm_need_esbuild(build: Build) -> None:
    files(build, package_json='{"dependencies": {"left-pad": "1", "@redpanda-data/transform-sdk": "1"}}')
    with pytest.raises(RpkpyError, match="esbuild"):
        build()


def start(build: Build) -> Instance:
    compiled = Engine().compile(build.out.read_bytes())
    instance = Instance(compiled, name="demo", input_topic="in", output_topics=["out"], env={}, on_log=None)
    try:
        instance.start()
    except BaseException:
        instance.close()
        raise
    return instance


def outputs(build: Build, given: list[str]) -> list[str | None]:
    with start(build) as instance:
        return values(instance, given)


THROWING = {
    "index.js": SDK
    + """import { mask } from "./lib/mask.js";

onRecordWritten((event, writer) => {
  writer.write({ value: mask(event.record.value.json()) });
});
""",
    "lib/mask.js": """export function mask(customer) {
  return customer.email.slice(3);
}
""",
}


def test_an_exception_is_logged_with_its_place_and_the_record_then_traps() -> None:
    program = Program(THROWING)
    with program.start() as instance:
        records = [Record(None, b'{"email":"jane"}'), Record(None, b"{}")]
        with pytest.raises(GuestTrap) as caught:
            instance.process(codec.encode_batch(records))
    assert caught.value.guest_exit_code == 1
    assert caught.value.record_offset == 1
    assert program.logs == [
        (
            2,
            "TypeError: cannot read property 'slice' of undefined\n"
            "    at mask (lib/mask.js:2:10)\n"
            "    at <anonymous> (index.js:5:49)\n"
            "  on the record at offset 1 of topic in\n",
        )
    ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("throw new RangeError('no')", "RangeError: no\n    at <anonymous> (index.js:2:"),
        ("throw 'text'", "text\n  on the record at offset 0"),
        ("throw { toString() { throw 1; } }", "an exception that cannot be shown\n"),
        ("return Promise.reject(new TypeError('later'))", "TypeError: later\n    at <anonymous> (index.js:2:"),
        ("return new Promise(() => {})", "InternalError: it waits for a promise that nothing settles\n"),
        ("e.record.value.json()", "SyntaxError: "),
        ("w.write({ value: 1 })", "TypeError: a record's value must be a string, "),
        (
            "w.write({ value: 'x' }, { topic: 'nowhere' })",
            "the record was not written to topic nowhere: the topic is not",
        ),
        ("throw new Error('x'.repeat(5000) + 'é')", "x ...\n    at <anonymous>"),
        (
            "(function f(n) { if (n) f(n - 1); else throw new Error('deep'); })(30)",
            "Error: deep\n    at f (index.js:2:",
        ),
    ],
)
def test_whatever_is_thrown_is_one_event_of_the_log(body: str, said: str) -> None:
    program = Program(f"{SDK}onRecordWritten((e, w) => {{ {body}; }});")
    with program.start() as instance, pytest.raises(GuestTrap):
        values(instance, ["not json"])
    ((stream, text),) = program.logs
    assert stream == 2
    assert said in text
    assert text.endswith("  on the record at offset 0 of topic in\n")
    assert len(text.encode()) <= 1024


def test_a_program_that_fails_to_start_says_so() -> None:
    for text, said in (
        (
            f"{SDK}throw new Error('at start');\nonRecordWritten(() => {{}});",
            "the transform did not start: Error: at start\n",
        ),
        (f"{SDK}if (0) onRecordWritten(() => {{}});", "the program did not call onRecordWritten"),
        (f"{SDK}onRecordWritten(1);", "TypeError: onRecordWritten takes a function"),
        (f"{SDK}onRecordWritten(() => {{}}); onRecordWritten(() => {{}});", "a transform has one callback"),
        (f"{SDK}await new Promise(() => {{}});\nonRecordWritten(() => {{}});", "a promise that nothing settles"),
    ):
        program = Program(text)
        with pytest.raises(GuestTrap) as caught:
            program.start()
        assert caught.value.phase == "start"
        assert said in program.logs[0][1]


def test_large_records_pass_in_4_mib() -> None:
    text = f"""{SDK}onRecordWritten((e, w) => {{
  const value = e.record.value.json();
  value.email = value.email.replace(/.(?=.{{4}})/g, "*");
  w.write({{ key: e.record.key, value: JSON.stringify(value), headers: e.record.headers }});
}});"""
    program = Program(text, Limits(memory_bytes=4 << 20))
    content = {"id": 1, "email": "jane@example.com", "text": "é€" * 10_000, "list": ["x" * 100] * 400}
    value = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    assert len(value.encode()) > 90_000
    expected = value.replace("jane@example.com", "************.com")
    with program.start() as instance:
        for _ in range(20):
            assert values(instance, [value, value]) == [expected, expected]


def test_a_large_program_fits(build: Build) -> None:
    body = "const part = value.field{n} ?? {n};\n  return part > {n} ? `${{part}}` : null;"
    functions = "".join(f"function step{n}(value) {{\n  {body.format(n=n)}\n}}\n" for n in range(950))
    listed = f"const all = [{', '.join(f'step{n}' for n in range(950))}];\n"
    text = f"{SDK}{functions}{listed}onRecordWritten((e, w) => w.write({{ value: String(all.length) }}));\n"
    assert len(text) > 96_000
    files(build, index_js=text)
    build()
    (memory,) = binary.parse(build.out.read_bytes()).memories
    assert memory.bounds.minimum <= 18
    assert outputs(build, ["x"]) == ["950"]


def test_memory_stays_where_it_is_over_many_records() -> None:
    program = Program(
        f"{SDK}onRecordWritten((e, w) => w.write({{ ...e.record, value: JSON.stringify(e.record.value.json()) }}));"
    )
    batch = codec.encode_batch([Record(b"k", b'{"a":[1,2,{"b":"c"}]}', ((b"h", b"v"),))] * 1000)
    with program.start() as instance:
        instance.process(batch)
        before = instance.process(batch).stats.memory_bytes
        for _ in range(20):
            stats = instance.process(batch).stats
        assert stats.memory_bytes == before


@pytest.mark.parametrize(
    ("body", "most"),
    [
        ("writer.write(event.record)", 4_900),
        ("writer.write({ ...event.record, value: event.record.value.text() })", 15_500),
    ],
)
def test_what_a_record_costs(body: str, most: int) -> None:
    """Fuel for a record with key, one header, 231 bytes, the host's share in it; the C++ glue took 34,400."""
    program = Program(f"{SDK}onRecordWritten((event, writer) => {body});")
    batch = codec.encode_batch([Record(b"c-1001", b"x" * 231, ((b"source", b"web"),))] * 100)
    with program.start() as instance:
        instance.process(batch)
        assert instance.process(batch).stats.fuel_used / 100 < most


@pytest.mark.parametrize(
    ("language", "pattern"),
    [
        pytest.param(language, pattern, marks=pytest.mark.toolchain(language))
        for language in ("javascript", "typescript")
        for pattern in ("identity", "masking")
    ],
)
def test_records_of_100_kb_run_and_test_in_4_mib(cli: Cli, runtimes: Path, language: str, pattern: str) -> None:
    """The whole way of `run` and `test`, with 2 MiB too, in which the templates also work."""
    cli.env |= {"RPKPY_RUNTIMES_DIR": str(runtimes), "PATH": os.environ["PATH"]}
    made = Build.of(cli.home / "demo", language, pattern)
    cli.cwd = made.root
    assert cli("transform", "build").code == 0
    rest = {"text": "é€" * 12_000, "list": ["x" * 100] * 400, "deep": [{"a": {"b": n}} for n in range(200)]}
    records = [json.dumps({"email": f"{n}jane.doe@example.com", **rest}, ensure_ascii=False) for n in range(10)]
    assert all(len(value.encode()) > 100_000 for value in records)
    expected = records
    if pattern == "masking":
        expected = [value.replace(f'"{n}jane.doe@example.com"', '"****.com"') for n, value in enumerate(records)]
    given = "".join(json.dumps({"key": "k", "value": value}) + "\n" for value in records).encode()
    for memory in ("4MiB", "2MiB"):
        ran = cli("transform", "run", "--memory-limit", memory, stdin=given)
        assert ran.code == 0, ran.err
        assert [json.loads(line)["value"] for line in ran.stdout.splitlines()] == expected
    outputs = "".join(json.dumps({"key": "k", "value": value, "headers": []}) + "\n" for value in expected)
    (made.root / "tests" / "large.in.jsonl").write_bytes(given)
    (made.root / "tests" / "large.out.jsonl").write_text(outputs)
    (made.root / "tests" / "large.yaml").write_text(
        "tests:\n  - {name: large, input_file: large.in.jsonl, outputs_file: large.out.jsonl}\n"
    )
    tested = cli("transform", "test", "--memory-limit", "4MiB")
    assert tested.code == 0, tested.err
    assert "large  (10 in, 10 out)" in tested.stdout
