"""Every language and pattern by the command line: init, build, validate on the samples, test, as a person would.

`validate` applies the broker's link table and limits and compares what comes out of the samples with what is expected;
test_patterns.py goes on from there.
"""

import json
import os

import pytest

from rpkpy.project import scaffold
from rpkpy.toolchains import languages
from rpkpy.wasm import binary
from rpkpy.wasm.abi import LINK_TABLE
from rpkpy.wasm.embed import read_section
from tests.cli.harness import Cli
from tests.toolchains import npm

PROJECTS = [
    pytest.param(language, pattern, marks=pytest.mark.toolchain(language))
    for template in scaffold.load_all()
    for language in template.languages
    for pattern in template.patterns
]


def test_every_template_has_a_toolchain_and_the_other_way_round() -> None:
    templates = {language for template in scaffold.load_all() for language in template.languages}
    assert templates == {toolchain.keys[0] for toolchain in languages.all_toolchains()}
    keys = [key for toolchain in languages.all_toolchains() for key in toolchain.keys]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("language", "pattern"), PROJECTS)
def test_init_build_validate_test(cli: Cli, language: str, pattern: str) -> None:
    # compilers keep their caches in the real home; rpkpy's own folders stay the test's
    cli.env = {**cli.env, **os.environ, **{key: cli.env[key] for key in cli.env if key.startswith(("RPKPY_", "XDG_"))}}
    made = cli("transform", "init", "demo", "--language", language, "--pattern", pattern, "--format", "json")
    assert made.code == 0, made.err
    assert json.loads(made.stdout)["language"] == language
    cli.cwd = cli.home / "demo"
    if language == "typescript":
        npm.link(cli.cwd)

    built = cli("transform", "build", "--format", "json")
    assert built.code == 0, built.err
    result = json.loads(built.stdout)
    # a template that needs another cluster than the default one says so, in its manifest and at each build
    states_cluster = bool(scaffold.find(scaffold.load_all(), language).cluster)
    assert bool(result["warnings"]) == states_cluster
    data = (cli.cwd / "demo.wasm").read_bytes()
    assert len(data) == result["bytes"]
    imports = {(item.module, item.name) for item in binary.parse(data).imports}
    assert imports <= set(LINK_TABLE)
    origin = json.loads(read_section(data, "rpkpy.build") or b"")
    assert (origin["language"], origin["source_sha256"], origin["tools"]) == (
        language,
        result["source_hash"],
        result["tools"],
    )

    judged = cli("transform", "validate", "--format", "json")
    assert judged.code == 0, judged.stdout
    verdicts = {verdict["rule"]: verdict for verdict in json.loads(judged.stdout)["verdicts"]}
    remarks = {rule for rule, verdict in verdicts.items() if verdict["status"] != "ok"}
    assert remarks == ({"memory-minimum"} if states_cluster else set())
    assert "as in samples/expected.jsonl" in verdicts["run-expected"]["detail"]

    tested = cli("transform", "test", "--format", "json")
    assert tested.code == 0, tested.stdout
    assert json.loads(tested.stdout)["passed"] >= 3
