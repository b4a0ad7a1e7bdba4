"""The native reference host, bench/native: built with cargo, run as a process."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "native"


class NativeUnavailable(Exception):
    """There is no native host here; the message says why."""


def build() -> Path:
    """Build the host (minutes the first time, nothing when it is there) and answer its path.

    Raises NativeUnavailable without cargo or without the crates. A source that does not compile is an error.
    """
    path = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{Path.home() / '.cargo' / 'bin'}"
    cargo = shutil.which("cargo", path=path)
    if cargo is None:
        raise NativeUnavailable("there is no cargo")
    environment = os.environ | {"PATH": path}
    fetched = subprocess.run([cargo, "fetch", "--locked"], cwd=FOLDER, env=environment, capture_output=True, text=True)
    if fetched.returncode:
        raise NativeUnavailable(f"cargo cannot fetch the crates: {fetched.stderr.strip().splitlines()[-1]}")
    subprocess.run(
        # wasmtime states the newest Rust; it builds with older ones.
        [cargo, "build", "--release", "--locked", "--quiet", "--ignore-rust-version", "--target-dir", "target"],
        cwd=FOLDER,
        env=environment,
        check=True,
    )
    return FOLDER / "target" / "release" / "native-host"


def run(
    host: Path,
    module: Path,
    feed: Path,
    *,
    feed_batches: int,
    repeats: int,
    env: Mapping[str, str],
    memory_bytes: int,
    trust_crc: bool,
    output: Path | None = None,
) -> dict[str, float]:
    """One run of the host; its JSON answer (see src/main.rs)."""
    command = [str(host), str(module), str(feed), "--feed-batches", str(feed_batches), "--repeats", str(repeats)]
    command += [part for key, value in env.items() for part in ("--env", f"{key}={value}")]
    command += ["--memory", str(memory_bytes)]
    command += ["--trust-crc"] if trust_crc else []
    command += ["--output", str(output)] if output else []
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    result: dict[str, float] = json.loads(answer.stdout)
    return result
