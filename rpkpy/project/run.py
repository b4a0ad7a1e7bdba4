"""What `rpkpy transform run` runs: a module with the name, topics, variables and limits of its project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rpkpy.errors import UsageError
from rpkpy.project import limits as limits_of_runs
from rpkpy.project import project as projects
from rpkpy.project.manifest import FILE_NAME, REQUIRED
from rpkpy.wasm import file as files
from rpkpy.wasm.limits import Limits

_INPUT_TOPIC, _OUTPUT_TOPIC = "input", "output"


@dataclass(frozen=True, slots=True)
class Plan:
    """A module and the circumstances it runs in. `warnings` are the manifest's and the limits'."""

    wasm: bytes
    name: str
    input_topic: str
    output_topics: tuple[str, ...]
    env: Mapping[str, str]
    limits: Limits
    limits_from: str = ""
    warnings: tuple[str, ...] = ()


def plan(
    cwd: Path,
    file: str | None,
    *,
    env: Mapping[str, str],
    input_topic: str = "",
    output_topics: Sequence[str] = (),
    choice: limits_of_runs.Choice = limits_of_runs.DEFAULT_CHOICE,
    cluster: limits_of_runs.Cluster | None = None,
) -> Plan:
    """The plan for the module `file`, or the module of the project in `cwd`.

    The other arguments go over what transform.yaml says; of several inputs the first is read. A module outside a
    project reads `input` and writes `output`.
    Raises UsageError, ProjectError, and what `cluster` raises (see limits.resolve).
    """
    folders = (cwd,) if file is None else (cwd, (cwd / file).parent)
    folder = next((folder for folder in folders if (folder / FILE_NAME).is_file()), None)
    project = projects.load(folder or cwd) if folder or file is None else None
    manifest = project.manifest if project else None
    path = cwd / file if file is not None else project.wasm_path if project else cwd
    merged = (dict(manifest.env) if manifest else {}) | dict(env)
    missing = [key for key, value in merged.items() if value == REQUIRED]
    if missing:
        raise UsageError(
            f"The transform needs a value for {', '.join(missing)}.",
            cause=f"{FILE_NAME} says <required>.",
            fix=" ".join(f"--var {key}=VALUE" for key in missing),
        )
    reads = input_topic or next(iter(manifest.inputs if manifest else ()), "") or _INPUT_TOPIC
    resolved = limits_of_runs.resolve(choice, manifest, cwd=cwd, cluster=cluster)
    return Plan(
        files.read(path, file or path.name),
        manifest.transform_of(reads) if manifest else path.stem,
        reads,
        tuple(output_topics) or (manifest.output_topics if manifest else ()) or (_OUTPUT_TOPIC,),
        merged,
        resolved.limits,
        str(resolved),
        ((*manifest.warnings,) if manifest else ()) + resolved.warnings,
    )
