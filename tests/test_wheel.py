"""What a wheel carries: an installed rpkpy must find its templates, its lock of Kafka's jars, its types marker."""

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.runtimes import micropython, mruby
from tests.runtimes.runtime import runtime

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of what git tracks, built by the project's own backend."""
    return _built(tmp_path_factory.mktemp("wheel"), {})


def _built(folder: Path, more: dict[str, str]) -> Path:
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
        env=os.environ | more,
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
    guests = (name.removeprefix("runtimes/") for name in tracked.split("\0") if name.startswith("runtimes/"))
    expected |= {f"rpkpy/runtimes/guests/{name}" for name in guests}
    assert expected - names == set()
    assert not [name for name in names if name.startswith(("tests/", "bench/", "scripts/"))]


def test_a_wheel_carries_the_licences_of_what_is_compiled_in(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (notice,) = (name for name in archive.namelist() if name.endswith("/licenses/NOTICE"))
        text = archive.read(notice).decode()
    for recipe in (ROOT / "runtimes").glob("*/recipe.toml"):
        data = tomllib.loads(recipe.read_text(encoding="utf-8"))
        assert f"{data['title']} {data['version']}" in text


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a release's wheel, which carries every runtime, puts into site-packages."""
    built = {"javascript": runtime()[0], "python": micropython.runtime()[1], "ruby": mruby.runtime()[1]}
    folder = tmp_path_factory.mktemp("release")
    zipfile.ZipFile(_built(folder, {"RPKPY_WHEEL_NEEDS_RUNTIMES": "1"})).extractall(folder / "site")
    modules = folder / "site" / "rpkpy" / "runtimes" / "modules"
    assert {path.stem: path.read_bytes() for path in modules.iterdir()} == built
    return folder / "site"


@pytest.mark.toolchain("javascript", "python", "ruby")
@pytest.mark.parametrize("language", ["javascript", "python", "ruby"])
def test_an_installed_rpkpy_builds_with_nothing_else(release: Path, tmp_path: Path, language: str) -> None:
    """The wheel carries the runtimes: neither zig nor a cache nor Node is there. What it makes masks records."""
    code = (
        "import importlib.util, sys; found = importlib.util.find_spec;"
        " importlib.util.find_spec = lambda name, *more: None if name == 'ziglang' else found(name, *more);"
        " from rpkpy.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    env = {"PYTHONPATH": str(release), "PATH": "", "HOME": str(tmp_path)}

    def rpkpy(*arguments: str, folder: Path) -> None:
        command = [sys.executable, "-c", code, "transform", *arguments]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr.decode()

    rpkpy("init", "mask", "--lang", language, "--pattern", "masking", folder=tmp_path)
    rpkpy("build", folder=tmp_path / "mask")
    assert (tmp_path / "mask" / "mask.wasm").is_file()
    rpkpy("validate", folder=tmp_path / "mask")
    rpkpy("test", folder=tmp_path / "mask")


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
