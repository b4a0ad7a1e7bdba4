"""What docs/languages/python.md says of MicroPython is what MicroPython does."""

import re
from pathlib import Path

import pytest

from tests.runtimes.micropython import Interpreter, runtime

pytestmark = pytest.mark.toolchain("python")

DOCS = (Path(__file__).resolve().parent.parent.parent / "docs" / "languages" / "python.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(.+)` \| (.+) \|$", DOCS, re.MULTILINE)


def named(start: str) -> list[str]:
    """The module names of the paragraph that begins with `start`."""
    paragraph = next(text for text in DOCS.split("\n\n") if text.startswith(start))
    return re.findall(r"`(\w+)`", paragraph)


def test_modules() -> None:
    there, missing = named("These modules are there"), named("These, among others, are not")
    assert len(there) > 15 and len(missing) > 15
    script = f"""
for name in {[*there, *missing]!r}:
    try:
        __import__(name)
        print(name)
    except ImportError:
        pass
"""
    printed, errors, trap = Interpreter().run([("main.py", script.encode())])
    assert trap is None, errors
    assert printed.decode().split() == there


def test_differences() -> None:
    assert len(ROWS) > 15
    script = f"""
import json, re, os, hashlib
for expression, _ in {ROWS!r}:
    try:
        found = eval(expression)
    except Exception as error:
        found = type(error).__name__
    print(found)
"""
    printed, errors, trap = Interpreter().run([("main.py", script.encode())])
    assert trap is None, errors
    got = dict(zip([expression for expression, _ in ROWS], printed.decode().splitlines(), strict=True))
    assert got == dict(ROWS)


def test_the_version() -> None:
    assert f"MicroPython {runtime()[0].version}" in DOCS
