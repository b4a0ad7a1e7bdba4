"""TypeScript projects, and packages of npm, by the real esbuild: what is built, and where errors are said to be."""

import json
import os
from pathlib import Path

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, GuestTrap, Instance
from rpkpy.errors import BuildError, RpkpyError, ToolchainError
from rpkpy.toolchains import languages, process
from tests.cli.harness import Cli
from tests.runtimes.runtime import values
from tests.toolchains import npm
from tests.toolchains.workbench import Build, names

pytestmark = pytest.mark.toolchain("typescript")

SDK = 'import { onRecordWritten } from "@redpanda-data/transform-sdk";\n'


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """A project from the identity template, its packages installed."""
    return Build.of(tmp_path / "project", "typescript", "identity")


def write(build: Build, files: dict[str, str]) -> None:
    for name, text in files.items():
        (build.root / name).parent.mkdir(parents=True, exist_ok=True)
        (build.root / name).write_text(text)


def error(build: Build, *extra: str, timeout_s: float = 600) -> RpkpyError:
    with pytest.raises(RpkpyError) as caught:
        build(*extra, timeout_s=timeout_s)
    assert not build.out.exists()
    return caught.value


class Started:
    """A built transform that runs, and its log."""

    def __init__(self, build: Build, **env: str) -> None:
        self.logs: list[str] = []
        self.instance = Instance(
            Engine().compile(build.out.read_bytes()),
            name="demo",
            input_topic="in",
            output_topics=["out"],
            env=env,
            on_log=lambda _, text: self.logs.append(bytes(text).decode()),
        )

    def __enter__(self) -> "Started":
        return self

    def __exit__(self, *_: object) -> None:
        self.instance.close()

    def start(self) -> Instance:
        self.instance.start()
        return self.instance


def typecheck(root: Path) -> process.Answer:
    return process.ask(["npm", "run", "--silent", "typecheck"], env=os.environ, cwd=root, timeout_s=120)


def test_a_person_gets_from_nothing_to_masked_records(cli: Cli, runtimes: Path) -> None:
    env = {"RPKPY_RUNTIMES_DIR": str(runtimes), "PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    told = cli("transform", "init", "demo", "--language", "ts", "--pattern", "masking", env=env)
    assert told.code == 0, told.err
    assert "\n  cd demo\n  npm install\n  rpkpy transform build\n" in told.err
    cli.cwd = cli.cwd / "demo"
    early = cli("transform", "build", env=env)
    assert early.code != 0
    assert "needs esbuild, which is not installed in it" in early.err and "Fix: npm install\n" in early.err
    cli.cwd = cli.cwd.parent
    again = ("transform", "init", "demo", "--language", "typescript", "--pattern", "masking", "--force")
    made = cli(*again, "--install-deps", "true", env=env)
    assert made.code == 0, made.err
    cli.cwd = cli.cwd / "demo"
    built = cli("transform", "build", "--format", "json", env=env)
    assert built.code == 0, built.err
    assert json.loads(built.out)["tools"] == {"QuickJS-ng": "0.17.0", "esbuild": "0.28.2"}
    assert cli("transform", "validate", env=env).code == 0
    tested = cli("transform", "test", env=env)
    assert tested.code == 0, tested.err
    checked = typecheck(cli.cwd)
    assert checked.code == 0, checked.out


def test_types_are_checked_by_the_projects_own_script(build: Build) -> None:
    checked = typecheck(build.root)
    assert checked.code == 0, checked.out
    write(
        build,
        {
            "src/index.ts": f"{SDK}onRecordWritten((event, writer) => {{\n"
            "  writer.write({ value: 1 });\n"
            "  event.record.value.text();\n"
            "  writer.write(event.record, { topics: 'x' });\n"
            "  structuredClone(new URL('x:y').searchParams.get('a')).length;\n"
            "  setTimeout(() => 0, 1);\n"
            "});\n"
        },
    )
    checked = typecheck(build.root)
    assert checked.code != 0
    assert [line.partition(",")[0] for line in checked.out.splitlines() if line.startswith("src/")] == [
        f"src/index.ts({line}" for line in (3, 4, 5, 6, 7)
    ]
    build()  # types are taken away, not checked


@pytest.mark.parametrize("pattern", ["identity", "masking"])
def test_javascript_has_types_in_an_editor(tmp_path: Path, pattern: str) -> None:
    build = Build.of(tmp_path / "project", "javascript", pattern)
    command = [str(npm.modules() / ".bin" / "tsc"), "--noEmit", "--project", "jsconfig.json"]
    checked = process.ask(command, env=os.environ, cwd=build.root, timeout_s=120)
    assert (checked.code, checked.out) == (0, "")


def test_keys_and_sources(build: Build) -> None:
    write(build, {"src/data.json": "{}", "src/lib.ts": "", "dist/x.js": "", "tests/more.ts": "", "notes.md": ""})
    assert names(languages.find("TS").sources(build.root)) == [
        *("package.json", "src/data.json", "src/index.ts", "src/lib.ts", "tsconfig.json", "types/redpanda.d.ts")
    ]


def test_files_json_and_packages_are_bundled(build: Build) -> None:
    write(
        build,
        {
            "src/index.ts": SDK
            + """import data from "./data.json";
import { type Customer, masked } from "./lib";
import ms from "ms";
import { dequal } from "dequal";

enum Level {
  Low = 1,
  High,
}

onRecordWritten((event, writer) => {
  const customer = event.record.value?.json() as Customer;
  const same = dequal([1, { a: 2 }], [1, { a: 2 }]);
  const parts: readonly unknown[] = [masked(customer), data.end, Level.High, ms("2 days"), same];
  writer.write({ ...event.record, value: parts.join(" ") });
});
""",
            "src/lib.ts": """export interface Customer {
  readonly email: string;
}
export const masked = ({ email }: Customer): string => `${email.slice(0, 2)}é`;
""",
            "src/data.json": '{"end": "."}',
        },
    )  # fmt: skip
    build()
    with Started(build) as started:
        assert values(started.start(), ['{"email":"jane"}']) == ["jaé . 2 172800000 true"]
    first = build.out.read_bytes()
    build()
    assert build.out.read_bytes() == first, "the same program makes the same bytes"


def test_packages_work_for_plain_javascript(tmp_path: Path) -> None:
    build = Build.of(tmp_path / "project", "javascript", "identity")
    npm.link(build.root)
    package = json.loads((build.root / "package.json").read_text())
    write(
        build,
        {
            "package.json": json.dumps(package | {"dependencies": npm.PACKAGES}),
            "index.js": SDK
            + """import ms from "ms";
import { dequal } from "dequal/lite";
import { end } from "./lib.js";

onRecordWritten((event, writer) => {
  writer.write({ value: `${ms(60000)} ${dequal({ a: [1] }, event.record.value.json())}${end(event)}` });
});
""",
            "lib.js": "export function end(event) {\n  return event ? '.' : '';\n}\n",
        },
    )
    build()
    with Started(build) as started:
        assert values(started.start(), ['{"a":[1]}', '{"a":[2]}']) == ["1m true.", "1m false."]
    write(build, {"lib.js": "// no end\n\nexport function end(event) {\n  return event.none.x;\n}\n"})
    build()
    with Started(build) as started, pytest.raises(GuestTrap):
        values(started.start(), ["{}"])
    assert "    at end (lib.js:4)\n    at <anonymous> (index.js:7)\n" in started.logs[0]


FAILING = {
    "src/index.ts": SDK
    + """
import { helper, type Customer } from "./lib";

type Shape = {
  a: number;
};

onRecordWritten((event, writer) => {
  const customer = event.record.value?.json() as Customer & Shape;

  writer.write({ value: helper(customer) }); // line 12
});
""",
    "src/lib.ts": """/** A comment. */
export interface Customer {
  readonly email: string;
}

export function helper(customer: Customer): string {
  const limit: number = 3;
  return customer.email
    .slice(limit);
}
""",
}


@pytest.mark.parametrize("extra", [(), ("--minify",)])
def test_a_trap_is_logged_with_the_places_in_the_users_files(build: Build, extra: tuple[str, ...]) -> None:
    write(build, FAILING)
    build(*extra)
    with Started(build) as started, pytest.raises(GuestTrap):
        started.start().process(codec.encode_batch([Record(None, b'{"email":"jane@x"}'), Record(None, b"{}")]))
    (text,) = started.logs
    assert text.startswith("TypeError: cannot read property 'slice' of undefined\n    at ")
    assert [line.partition(" (")[2] for line in text.splitlines()[1:-1]] == ["src/lib.ts:8)", "src/index.ts:12)"]
    assert text.endswith("  on the record at offset 1 of topic in\n")


def test_places_stand_in_every_stack(build: Build) -> None:
    """In `stack`, in what console writes, at start-up, and for what recursed too deep; the bundler's own say so."""
    write(
        build,
        {
            "src/index.ts": SDK
            + """import { deep } from "./lib";

onRecordWritten((event, writer) => {
  try {
    deep(1);
  } catch (error) {
    writer.write({ value: (error as Error).stack?.split("\\n")[0]?.trim() ?? null });
  }
  console.error(new Error("told"));
});
""",
            "src/lib.ts": """
export function deep(n: number): number {
  return deep(n + 1) + 1;
}

if (process.env["BAD"]) {
  JSON.parse(process.env["BAD"]);
}
""",
        },
    )
    build()
    with Started(build) as started:
        assert values(started.start(), ["x"]) == ["at deep (src/lib.ts:3)"]
        assert started.logs == ["Error: told\n    at <anonymous> (src/index.ts:10)\n"]
    with Started(build, BAD="{") as started, pytest.raises(GuestTrap):
        started.start()
    assert started.logs[0].startswith("the transform did not start: SyntaxError: ")
    assert "(src/lib.ts:7)" in started.logs[0]


def test_what_esbuild_finds_wrong_is_an_error_of_the_build(build: Build) -> None:
    write(
        build, {"src/index.ts": SDK + "import './lib';\nonRecordWritten(() => {});\n", "src/lib.ts": "\tlet é = = 2;\n"}
    )
    found = error(build)
    assert found.message == 'src/lib.ts:1:11: Unexpected "="'
    assert found.cause == "    1 |   let é = = 2;\n      |           ^"
    write(build, {"src/lib.ts": "import left from 'left-pad';\nimport x from './missing';\nexport default left(x);\n"})
    found = error(build)
    assert found.message == 'src/lib.ts:1:18: Could not resolve "left-pad"'
    assert found.cause == (
        "    1 | import left from 'left-pad';\n"
        "      |                  ~~~~~~~~~~\n"
        "1 more: see rpkpy transform build -v."
    )
    assert (found.fix or "").startswith("npm install left-pad\n")
    write(build, {"src/lib.ts": "import { x } from '@scope/package/deep';\nx();\n"})
    assert (error(build).fix or "").startswith("npm install @scope/package\n")
    for name in ("fs", "node:crypto", "fs/promises"):
        write(build, {"src/lib.ts": f"import * as x from '{name}';\nexport default x.y;\n"})
        assert "runs without Node" in (error(build).fix or "")


def test_what_the_interpreter_finds_wrong_is_told_at_the_users_line(build: Build) -> None:
    write(
        build,
        {"src/index.ts": SDK + "\nclass A {\n  accessor b: number = 1;\n}\nonRecordWritten(() => void new A());\n"},
    )
    build()  # esbuild makes older JavaScript of it
    build.out.unlink()
    found = error(build, "--target=esnext")
    assert found.message.startswith("src/index.ts:4: SyntaxError: ")
    assert found.cause == "    4 |   accessor b: number = 1;"


def test_a_bundle_without_a_callback_is_refused(build: Build) -> None:
    write(build, {"src/index.ts": "console.log(1);\n"})
    assert "has no callback" in error(build).message


def test_main_of_package_json_may_name_what_a_compiler_makes(build: Build) -> None:
    package = json.loads((build.root / "package.json").read_text())
    write(build, {"package.json": json.dumps(package | {"main": "dist/index.js"})})
    build()
    (build.root / "src/index.ts").rename(build.root / "src/app.ts")
    build.out.unlink()
    assert error(build).message == "There is no src/index.ts in the project."
    write(build, {"package.json": json.dumps(package | {"main": "src/app.ts"})})
    build()


def test_without_node_or_esbuild(build: Build, tmp_path: Path) -> None:
    with pytest.raises(ToolchainError, match="need Node, which is missing"):
        build(environ={"PATH": str(tmp_path), "RPKPY_RUNTIMES_DIR": os.environ["RPKPY_RUNTIMES_DIR"]})
    (build.root / "node_modules").unlink()
    assert error(build).fix == "npm install"
    (build.root / "package.json").write_text("{}")
    assert error(build).fix == "npm install --save-dev esbuild"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 0", "made no bundle"),
        ("echo too bad >&2; exit 3", "esbuild exited with 3"),
        ("kill -9 $$", "esbuild was ended by signal 9"),
        ("truncate -s 20M $out; echo {} > $out.map", "more than 16 MiB"),
        ("echo 1 > $out; truncate -s 70M $out.map", "more than 64 MiB"),
        ("echo 1 > $out; echo '[' > $out.map", "source map cannot be read"),
        ("echo 1 > $out; echo '{\"sources\": [], \"mappings\": \"AAAA\"}' > $out.map", "source map cannot be read"),
        ("sleep 60", "did not finish"),
        ("yes '✘ [ERROR] again' | head -n 3000; exit 1", "again"),
    ],
)  # fmt: skip
def test_an_esbuild_that_is_none(build: Build, script: str, said: str) -> None:
    (build.root / "node_modules").unlink()
    tool = build.root / "node_modules" / ".bin" / "esbuild"
    tool.parent.mkdir(parents=True)
    find = "for one; do case $one in --outfile=*) out=${one#--outfile=} ;; esac; done"
    tool.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo 0 && exit\n{find}\n{script}\n')
    tool.chmod(0o755)
    found = error(build, timeout_s=2 if "sleep" in script else 60)
    assert isinstance(found, BuildError)
    assert said in f"{found.message} {found.cause}"
    assert [path.name for path in build.root.iterdir() if path.name.startswith(".rpkpy")] == []
