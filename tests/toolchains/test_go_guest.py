"""The Go template's guest package, by `go test`."""

import os
import shutil
from pathlib import Path

import pytest

from rpkpy.toolchains import process
from tests.toolchains.workbench import Build

pytestmark = pytest.mark.toolchain("go")

SDK_TESTS = Path(__file__).parent / "go_guest"


def test_the_guest_package_natively(tmp_path: Path) -> None:
    """The payload codec and the record loop, by `go test` with tests that a user's project does not carry."""
    build = Build.of(tmp_path / "demo", "go", "identity")
    package = build.root / "transform"
    for test in SDK_TESTS.glob("*_test.go"):
        shutil.copy(test, package)
    tested = process.ask(["go", "test", "-count=1", "."], env=os.environ, cwd=package, timeout_s=300)
    assert tested.code == 0, tested.out + tested.err
