"""`python -m rpkpy.runtimes`: what is no folder is not taken for one."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), ([], 2), (["--nonsense"], 2)])
def test_arguments(tmp_path: Path, arguments: list[str], code: int) -> None:
    command = [sys.executable, "-m", "rpkpy.runtimes", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == code
    assert "usage: python -m rpkpy.runtimes" in done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []
