"""What docs/languages/ruby.md says of mruby is what mruby does."""

import re
from pathlib import Path

import pytest

from rpkpy.runtimes.ruby import BUILT_IN
from tests.runtimes.mruby import Ruby, runtime

pytestmark = pytest.mark.toolchain("ruby")

DOCS = (Path(__file__).resolve().parent.parent.parent / "docs" / "languages" / "ruby.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+)` \| (.+) \|$", DOCS, re.MULTILINE)


def test_differences() -> None:
    assert len(ROWS) > 10
    script = "".join(
        f"begin\n  p(({expression}))\nrescue StandardError, ScriptError => error\n  puts error.class\nend\n"
        for expression, _ in ROWS
    )
    got = dict(zip([expression for expression, _ in ROWS], Ruby().script(script).splitlines(), strict=True))
    assert got == dict(ROWS)


def test_the_syntax_that_is_missing() -> None:
    for source in ("case 1\nin Integer then 1\nend", "x = defined?(String)"):
        printed, errors, trap = Ruby().run([("main.rb", source.encode())])
        assert trap is None and (b"syntax error" in errors or b"NoMethodError" in errors), (source, printed, errors)


def test_the_libraries() -> None:
    for name in BUILT_IN:
        assert Ruby().script(f"p require('{name}')") == "false\n"
    assert all(f"{name}" in DOCS for name in BUILT_IN if name != "redpanda_transform")


def test_the_version() -> None:
    assert f"mruby {runtime()[0].version}" in DOCS
