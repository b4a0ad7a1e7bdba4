"""Tests marked `toolchain("go")` need that language's compiler: without it they skip, or fail under CI=true."""

import functools
import os
from pathlib import Path

import pytest

from rpkpy.errors import ToolchainError
from rpkpy.toolchains import languages

# What scripts/ci-toolchains installs, and Go. TinyGo comes from no package registry.
IN_CI = {"go", "rust", "c", "cpp", "javascript", "typescript", "python", "ruby"}


@functools.cache
def missing(language: str) -> str | None:
    """Why the language's toolchain cannot be used here; None when it can."""
    try:
        languages.find(language).detect(os.environ, Path())
    except ToolchainError as error:
        return " ".join(filter(None, (error.message, error.cause, error.fix)))
    return None


def require(item: pytest.Item) -> None:
    """Skip or fail the test `item` when a toolchain that it is marked with is missing."""
    for marker in item.iter_markers("toolchain"):
        for language in marker.args:
            reason = missing(language)
            if reason and language in IN_CI and os.environ.get("CI") == "true":
                pytest.fail(f"{language}: {reason}", pytrace=False)
            if reason:
                pytest.skip(f"{language}: {reason}")
