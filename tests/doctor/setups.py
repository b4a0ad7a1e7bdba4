"""Setups for doctor: a home folder each, well or sick in known ways."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rpkpy.kafka.local import jars
from rpkpy.project import project as projects
from rpkpy.runtimes import recipe, store
from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from tests.cli.harness import Cli
from tests.redpanda.loopback import Asked, Reply
from tests.wasm.modules import identity

MIB = 1 << 20
NOWHERE = "127.0.0.1:1"


def bare(cli: Cli) -> None:
    """No compiler and no Java but what this Python brings, no runtime that is built."""
    cli.env["PATH"] = str(cli.home / "bin")


def with_project(cli: Cli, *, topics: Sequence[str] = ("in", "out"), built: bool = True, extra: str = "") -> Path:
    """A project in C whose module is built from its sources."""
    cli.cwd = cli.home / "copy"
    cli.cwd.mkdir()
    (cli.cwd / "transform.c").write_text("int main(void) { return 0; }\n")
    (cli.cwd / "transform.yaml").write_text(
        f"name: copy\nlanguage: c\ninput-topic: {topics[0]}\noutput-topic: {topics[1]}\n{extra}"
    )
    if built:
        project = projects.load(cli.cwd)
        origin = {"source_sha256": project.source_hash(project.toolchain())}
        (cli.cwd / "copy.wasm").write_bytes(write_section(identity(), ORIGIN_SECTION, json.dumps(origin).encode()))
    return cli.cwd


def with_runtimes(cli: Cli) -> list[Path]:
    """Every interpreter as if it had been built."""
    folder = store.folder(cli.home / "cache", cli.env)
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(path.parent.name for path in recipe.guests_dir().glob("*/recipe.toml"))
    paths = [store.kept(recipe.load(name), folder) for name in names]
    for path in paths:
        path.write_bytes(b"\0asm\1\0\0\0")
    return paths


def with_profile(cli: Cli, brokers: str, admin: str, mode: int = 0o600) -> Path:
    """An rpk.yaml with a secret and the current profile `here`."""
    path = cli.home / ".config" / "rpk" / "rpk.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        "version: 6\ncurrent_profile: here\nprofiles:\n  - name: here\n"
        f"    kafka_api:\n      brokers: [{brokers}]\n    admin_api:\n      addresses: [{admin}]\n"
        f"    schema_registry:\n      addresses: [{NOWHERE}]\n"
        "cloud_auth:\n  - name: mine\n    org_id: a\n    kind: sso\n    client_secret: hush\n"
    )
    path.chmod(mode)
    return path


def with_damage(cli: Cli) -> list[Path]:
    """A compiled module cut short, a jar of the wrong size, records of processes that are gone."""
    modules = cli.home / "cache" / "modules"
    modules.mkdir(parents=True, mode=0o700)
    jar = cli.home / "cache" / "maven" / jars.lock().jars[0].path
    jar.parent.mkdir(parents=True)
    local = cli.home / "data" / "local"
    local.mkdir(parents=True)
    damaged = [modules / "a.cwasm", jar, local / "broker.pid", local / "host.pid"]
    for path, content in zip(damaged, (b"\x7fELF\x02", b"PK", b'{"pid": 4194303}', b"?"), strict=True):
        path.write_bytes(content)
    return damaged


def redpanda(transforms: Sequence[dict[str, Any]] = (), release: str = "24.3.1", **properties: Any) -> Any:
    """An Admin API of this release with these transforms and cluster properties over the broker's defaults."""
    told = {
        "data_transforms_enabled": True,
        "data_transforms_per_core_memory_reservation": 20 * MIB,
        "data_transforms_per_function_memory_limit": 2 * MIB,
    } | properties

    def answer(asked: Asked) -> Reply:
        if asked.path == "/v1/brokers":
            return Reply(200, [{"node_id": 0, "version": f"v{release} - 1c6cff34ea"}])
        if asked.path.startswith("/v1/cluster_config"):
            return Reply(200, told)
        if not told["data_transforms_enabled"]:
            text = "data transforms disabled - use `rpk cluster config set data_transforms_enabled true` to enable"
            return Reply(400, {"message": text, "code": 400})
        return Reply(200, list(transforms))

    return answer


def deployed(name: str, *states: str) -> dict[str, Any]:
    """An entry of the Admin API's list."""
    status = [{"node_id": 0, "partition": n, "status": state, "lag": 0} for n, state in enumerate(states)]
    return {"name": name, "input_topic": "in", "output_topics": ["out"], "status": status, "compression": "none"}
