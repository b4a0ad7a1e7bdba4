"""What a wheel carries: an installed rpkpy must find its templates, its lock of Kafka's jars, its types marker."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git tracks, built by the project's own backend."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    files = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, files.split("\0")):
        if not (ROOT / name).is_file():
            continue
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=source,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return next(folder.glob("*.whl"))


def test_every_file_of_package_and_templates_is_in_the_wheel(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    expected = {name for name in tracked.split("\0") if name.startswith("rpkpy/")}
    expected |= {f"rpkpy/{name}" for name in tracked.split("\0") if name.startswith("templates/")}
    assert expected - names == set()
    assert not [name for name in names if name.startswith(("tests/", "bench/", "scripts/"))]


def test_an_installed_rpkpy_makes_a_project(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(site)
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, rpkpy; print(rpkpy.__file__); from rpkpy.cli.main import main;"
            " sys.exit(main(['transform', 'init', 'mask', '--lang', 'rust', '--pattern', 'masking']))",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(site), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert str(site) in done.stdout
    assert (tmp_path / "mask" / ".cargo" / "config.toml").is_file()
