"""What a deployment will be: the project's transform.yaml with the flags over it, checked before anything is sent."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.config.host_options import HostOptions
from rpkpy.deployment import hosting
from rpkpy.deployment.family import Family, named
from rpkpy.errors import InvalidError, ProjectError, UsageError
from rpkpy.project import limits as limits_of_runs
from rpkpy.project.manifest import FILE_NAME, REQUIRED
from rpkpy.project.rules import MAX_INPUT_TOPICS, MAX_OUTPUT_TOPICS, check_env, check_topic, check_variable
from rpkpy.redpanda.cluster import COMPRESSIONS, DeploySpec, StartOffset
from rpkpy.redpanda.module import Module
from rpkpy.wasm.limits import BROKER, Limits

if TYPE_CHECKING:
    from rpkpy.project.project import Project

_MAGIC = b"\0asm"
_MEMORY_LIMIT = "data_transforms_per_function_memory_limit"


@dataclass(frozen=True, slots=True)
class Flags:
    """What the command line gave; an empty value means it said nothing. `overlay` names one of the project's
    environments."""

    name: str = ""
    input_topics: Sequence[str] = ()
    output_topics: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    compression: str = ""
    from_offset: str = ""
    overlay: str = ""
    host: Mapping[str, str] = field(default_factory=dict)


Ask = Callable[[str, str], str]
"""Asks the person for a missing value: (question, flag that answers it) -> answer; UsageError without a terminal."""


def specify(project: "Project | None", flags: Flags, ask: Ask) -> Family:
    """The deployments, one for each input: flags over transform.yaml, missing topics asked for, the broker's rules
    checked.

    Raises UsageError for flags that cannot be meant, ProjectError for a value that transform.yaml leaves open.
    """
    manifest = project.manifest if project else None
    name = flags.name or (manifest.name if manifest else "")
    has = manifest.inputs if manifest else ()
    inputs = tuple(flags.input_topics) or has or topics_of([ask("Input topic", "--input-topic")])
    several = len(inputs) > 1 or bool(manifest and manifest.input_topics)
    outputs = tuple(flags.output_topics) or (manifest.output_topics if manifest else ())
    outputs = outputs or topics_of([ask("Output topic", "--output-topic")])
    _check_topics(inputs, outputs)
    environment = {**(manifest.env if manifest else {}), **flags.variables}
    open_values = [key for key, value in environment.items() if value == REQUIRED]
    if open_values:
        names = ", ".join(open_values)
        raise ProjectError(
            f"transform.yaml requires a value for {names}.",
            fix=" ".join(f"--var {key}=VALUE" for key in open_values),
        )
    if reason := check_env(environment):
        raise UsageError(f"The environment cannot be deployed: {reason}.")
    compression = (flags.compression or (manifest.compression if manifest else "") or "none").lower()
    if compression not in COMPRESSIONS:
        raise UsageError(
            f"--compression: {flags.compression!r} is not a compression of the broker.",
            fix=f"Use one of {', '.join(COMPRESSIONS)}.",
        )
    offset = None
    if flags.from_offset:
        offset = StartOffset.parse(flags.from_offset)
    elif manifest and manifest.from_offset:
        offset = StartOffset.parse(manifest.from_offset, manifest.places.get("from-offset", "transform.yaml"))
    called = named(name, inputs, several=several)
    spared = named(name, [topic for topic in has if topic not in inputs], several=True) if several else {}
    options = hosting.resolve(manifest.host if manifest else HostOptions(), flags.host)
    for topic in inputs:
        hosting.check_dead_letters(options, topic)
    specs = [DeploySpec(called[topic], topic, outputs, environment, compression, offset, options) for topic in inputs]
    return Family(name, tuple(specs), several, tuple(spared.values()))


def project_of(cwd: Path, flags: Flags) -> "Project | None":
    """The project in `cwd` as the environment that the flags name has it; None where there is none and the flags say
    everything.

    Raises ProjectError, also for an environment that the project does not have.
    """
    if flags.name and not flags.overlay and not (cwd / FILE_NAME).exists():
        return None
    from rpkpy.project import project as projects

    return projects.load(cwd).in_environment(flags.overlay)


def _check_topics(inputs: Sequence[str], outputs: Sequence[str]) -> None:
    for topic in (*inputs, *outputs):
        if reason := check_topic(topic):
            raise UsageError(f"{topic!r} cannot be a topic: {reason}.")
    if len(outputs) > MAX_OUTPUT_TOPICS:
        raise UsageError(f"{len(outputs)} output topics; the broker takes at most {MAX_OUTPUT_TOPICS}.")
    if len(set(outputs)) < len(outputs):
        raise UsageError("An output topic is given twice.")
    if len(inputs) > MAX_INPUT_TOPICS:
        raise UsageError(f"{len(inputs)} input topics; a project has at most {MAX_INPUT_TOPICS}.")
    if len(set(inputs)) < len(inputs):
        raise UsageError("An input topic is given twice.")
    if both := [topic for topic in inputs if topic in outputs]:
        raise UsageError(f"{both[0]!r} is the input and an output: the transform would feed itself.")


def topics_of(given: Sequence[str]) -> tuple[str, ...]:
    """The topics of repeated flags, each of which may hold several, comma separated."""
    return tuple(topic.strip() for text in given for topic in text.split(",") if topic.strip())


def variables_of(given: Sequence[str]) -> dict[str, str]:
    """The variables of repeated `--var KEY=VALUE`; the last of one key wins. UsageError names a bad one."""
    found: dict[str, str] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            missing = "key" if equals else "value"
            raise UsageError(f'--var "{text}": missing {missing}.', fix="Write --var KEY=VALUE.")
        if reason := check_variable(key, value):
            raise UsageError(f"--var: {reason}.")
        found[key] = value
    return found


def limits_of(project: "Project | None") -> Limits:
    """The limits of the cluster the project is written for; the broker's defaults where it states nothing."""
    return limits_of_runs.resolve(manifest=project.manifest if project else None).limits


def remarks(project: "Project | None", spec: DeploySpec, known: Sequence[str] = ()) -> list[str]:
    """What the person should know before this is deployed, beside what the module's check said already (`known`)."""
    said = list(project.manifest.warnings) if project else []
    if spec.offset is not None and spec.offset.looks_like_seconds:
        said.append(
            f"from-offset {spec.offset} lies in the year 1970 to 2001: @T is in milliseconds "
            f"(@{spec.offset.value}000 if seconds were meant)."
        )
    memory = limits_of(project).memory_bytes
    if memory > BROKER.memory_bytes and not any(_MEMORY_LIMIT in remark for remark in known):
        said.append(
            f"This project needs a cluster with {_MEMORY_LIMIT} of at least {memory} (default {BROKER.memory_bytes}): "
            f"rpkpy cluster config set {_MEMORY_LIMIT} {memory}, then restart the brokers."
        )
    return said


def check_magic(module: Module) -> None:
    """InvalidError where `module` does not even begin as a WebAssembly module."""
    if module.beginning(len(_MAGIC)) != _MAGIC:
        what = "It does not begin with \\0asm." if module.size else "It is empty."
        raise InvalidError(
            f"{module.name} is not a WebAssembly module.", cause=what, fix="rpkpy transform build makes one."
        )


def check_module(module: Module, limits: Limits) -> list[str]:
    """Judge the module as the broker would; returns its warnings, raises InvalidError with every failed rule."""
    from rpkpy.wasm import validate

    report = validate.check(module.read(), limits)
    if not report.ok:
        failures = [verdict for verdict in report.verdicts if verdict.status == "fail"]
        lines = [f"{verdict.rule}: {verdict.detail}" for verdict in failures]
        fixes = list(dict.fromkeys(verdict.fix for verdict in failures if verdict.fix))
        raise InvalidError(
            f"The broker would refuse or never start {module.name}.",
            cause="\n".join(lines),
            fix="\n".join([*fixes, "--no-validate deploys it all the same."]),
        )
    return [
        f"{verdict.rule}: {verdict.detail}." + (f" {verdict.fix}" if verdict.fix else "")
        for verdict in report.verdicts
        if verdict.status == "warn"
    ]


def check_fresh(project: "Project", data: bytes) -> None:
    """ProjectError where the module was built from other sources than the project has now.

    A module that does not say what it was built from (another tool built it) passes.
    """
    from rpkpy.wasm.binary import MalformedModule
    from rpkpy.wasm.embed import ORIGIN_SECTION, read_section

    try:
        origin = json.loads(read_section(data, ORIGIN_SECTION) or b"{}")
    except (MalformedModule, ValueError, RecursionError):
        return
    built_from = origin.get("source_sha256") if isinstance(origin, dict) else None
    if built_from and project.manifest.language and built_from != project.source_hash(project.toolchain()):
        raise ProjectError(
            f"{project.wasm_path.name} was not built from the sources as they are now.",
            cause="The hash of the sources differs from the one in the module.",
            fix="rpkpy transform build, or --force to deploy the older build.",
        )
