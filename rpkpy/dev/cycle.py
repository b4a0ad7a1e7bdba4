"""One turn of the inner loop: build, validate, try on the samples, test, deploy. A stage that fails ends the turn."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.config.settings import Settings
from rpkpy.deployment import in_turn, plan, preflight
from rpkpy.deployment.deploy import hash_of
from rpkpy.deployment.family import Family
from rpkpy.deployment.in_turn import Step
from rpkpy.deployment.plan import Flags
from rpkpy.deployment.releases import Group, Releases
from rpkpy.dev.changes import SOURCES
from rpkpy.dev.events import Activity, Event, Stage, StageName
from rpkpy.dev.traffic import Tail
from rpkpy.dev.trial import Trial
from rpkpy.errors import BuildError, InvalidError, RpkpyError, UnreachableError, UsageError
from rpkpy.project import limits as limits_of_runs
from rpkpy.project import probe
from rpkpy.project import project as projects
from rpkpy.project.fixtures import reading
from rpkpy.project.fixtures.model import FOLDER
from rpkpy.project.fixtures.running import Bench
from rpkpy.project.fixtures.suite import Suite
from rpkpy.project.project import Project
from rpkpy.project.rules import name_for_input
from rpkpy.redpanda.cluster import Cluster, DeploySpec
from rpkpy.redpanda.module import Module

if TYPE_CHECKING:
    from rpkpy.project.fixtures.results import Report

_SAMPLES_SHOWN = 8
_TAIL_READY_S = 5.0


@dataclass(frozen=True, slots=True)
class Target:
    """Where a good build is deployed to."""

    cluster: Cluster
    settings: Settings
    flags: Flags
    create_topics: bool
    releases: Releases


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the turns of one session share. Without `target` nothing is deployed, without `test` nothing tested;
    `overlay` names one of the project's environments."""

    root: Path
    environ: Mapping[str, str]
    cache: Path
    state: Path
    choice: limits_of_runs.Choice
    target: Target | None
    test: bool
    overlay: str = ""


@dataclass(frozen=True, slots=True)
class _Built:
    """The last good build, and the hash of the sources it was made of."""

    project: Project
    wasm: bytes
    source_hash: str


class Cycle:
    """The turns of one session; `publish` hears of each stage, sample and record as it comes. A context manager."""

    def __init__(self, circumstances: Circumstances, publish: Callable[[Event], None]) -> None:
        self._with = circumstances
        self._publish = publish
        self._trial = Trial()
        self._tail: Tail | None = None
        self._built: _Built | None = None
        self._deployed: tuple[Family, str] | None = None

    def __enter__(self) -> "Cycle":
        return self

    def __exit__(self, *_: object) -> None:
        if self._tail is not None:
            self._tail.close()
        self._trial.close()

    @property
    def deployed(self) -> str | None:
        """The name of the project that this session has deployed: its transform's, where it has one."""
        return self._deployed[0].project if self._deployed else None

    def turn(self, parts: Collection[str]) -> bool:
        """Do what the changed `parts` ask for. False where a stage failed, which has been published."""
        try:
            if SOURCES in parts or self._built is None:
                self._built = None
                self._built = self._build()
            project = self._built.project
            bench = self._validate(project, self._built.wasm)
            self._try_samples(project)
            if self._with.test:
                self._test(project, bench)
            if self._with.target is not None:
                self._deploy(self._with.target, self._built)
        except _Failed:
            return False
        return True

    # The stages.

    def _build(self) -> _Built:
        from rpkpy.project import build as builds
        from rpkpy.project.output_log import OutputLog

        with self._stage("project"):
            project = projects.load(self._with.root).in_environment(self._with.overlay)
            project.toolchain()
        with self._stage("build") as said:
            log = OutputLog(self._with.state / "build", project, lambda line: self._publish(Activity(line)))
            try:
                with log:
                    built = builds.build(project, environ=self._with.environ, cache=self._with.cache, say=log.line)
            except BuildError as error:
                raise log.explain(error) from error
            said.append(f"{project.wasm_path.name}, {built.bytes:,} bytes")
            return _Built(project, project.wasm_path.read_bytes(), built.source_hash)

    def _validate(self, project: Project, wasm: bytes) -> Bench:
        with self._stage("validate") as said:
            applied = limits_of_runs.resolve(self._with.choice, project.manifest, cwd=self._with.root)
            plan.check_module(Module(wasm, project.wasm_path.name), applied.limits)
            bench = Bench.of(wasm, applied.limits, project.manifest, cache_dir=self._with.cache / "modules")
            flags = self._with.target.flags if self._with.target else Flags()
            self._trial.use(_with_flags(bench, flags))
            said.append(f"the broker takes it ({applied.source})")
        return bench

    def _try_samples(self, project: Project) -> None:
        tried = probe.find_samples(project)
        for record in () if tried.synthetic else tried.records[:_SAMPLES_SHOWN]:
            exchange = self._trial.run(tried.source, record)
            if exchange is not None:
                self._publish(exchange)

    def _test(self, project: Project, bench: Bench) -> None:
        if not (project.root / FOLDER).is_dir():
            return
        with self._stage("test") as said:
            report = Suite(bench, reading.find(project.root), project.root).run()
            if not report.ok:
                raise InvalidError(
                    f"{report.failed} of {report.passed + report.failed} failed", cause=_failures(report)
                )
            said.append(f"{report.passed} passed")

    def _deploy(self, target: Target, built: _Built) -> None:
        with self._stage("deploy") as said:
            family = plan.specify(built.project, target.flags, _no_question)
            if self._deployed == (family, built.source_hash):
                said.append("no change")
                return
            if self._deployed is None or self._deployed[0] != family:
                _look_at_topics(target, family.specs)
                self._say_left_over(target, family)
                self._follow(target, family.specs)
            module = Module(built.wasm, built.project.wasm_path.name)
            send = partial(self._send, target, module, self._group(target, family))
            list(in_turn.carry_out([Step(spec.name, "deployed", partial(send, spec)) for spec in family.specs]))
            self._deployed = (family, built.source_hash)
            inputs, outputs = (spec.input_topic for spec in family.specs), family.specs[0].output_topics
            said.append(f"{family.project}: {', '.join(inputs)} → {', '.join(outputs)}")

    def _say_left_over(self, target: Target, family: Family) -> None:
        before = self._deployed[0] if self._deployed else family
        if family.several or before.several:
            for name in family.left_over(target.cluster.list(), target.releases):
                said = (
                    f'Transform "{name}" is none of the project any more, and goes on: rpkpy transform deploy --prune'
                )
                self._publish(Activity(said))

    def _group(self, target: Target, family: Family) -> Group | None:
        try:
            return target.releases.group(family.project, family.names) if family.several else None
        except RpkpyError:  # it will be said when the release is written down
            return None

    def _send(self, target: Target, module: Module, group: Group | None, spec: DeploySpec) -> None:
        target.cluster.deploy(spec, module)
        try:
            target.releases.add(spec, module, hash_of(module), "dev", group=group)
        except (RpkpyError, OSError) as error:
            self._publish(Activity(f"The deployment is not in the release history: {error}"))

    def _follow(self, target: Target, specs: Sequence[DeploySpec]) -> None:
        """Watch the topics of `specs`, from before they are deployed."""
        inputs, outputs = [spec.input_topic for spec in specs], specs[0].output_topics
        if self._tail is not None:
            if self._tail.topics == (*inputs, *outputs):
                return
            self._tail.close()
        self._tail = Tail(target.settings.kafka, inputs, outputs, self._trial, self._publish)
        self._tail.start(_TAIL_READY_S)

    @contextmanager
    def _stage(self, name: StageName) -> "Iterator[list[str]]":
        """Publish how the stage ends: what the block put in the list, or the error that it raised."""
        started = time.monotonic()
        said: list[str] = []
        try:
            yield said
        except (RpkpyError, OSError) as error:
            text = error.message if isinstance(error, RpkpyError) else str(error)
            parts = (error.cause, error.fix) if isinstance(error, RpkpyError) else ()
            detail = "\n".join(part for part in parts if part)
            self._publish(Stage(name, False, time.monotonic() - started, text, detail))
            raise _Failed from error
        if said:
            self._publish(Stage(name, True, time.monotonic() - started, said[0]))


class _Failed(Exception):
    """A stage that failed, and has been published."""


def _with_flags(bench: Bench, flags: Flags) -> Bench:
    """The bench as the transform will be deployed."""
    return replace(
        bench,
        name=flags.name or bench.name,
        input_topic=next(iter(flags.input_topics), bench.input_topic),
        named=partial(name_for_input, bench.name) if len(flags.input_topics) > 1 else bench.named,
        output_topics=tuple(flags.output_topics) or bench.output_topics,
        environment={**bench.environment, **flags.variables},
    )


def _look_at_topics(target: Target, specs: Sequence[DeploySpec]) -> None:
    try:
        admin = preflight.connect(target.settings.kafka)
    except UnreachableError as error:
        fix = "rpkpy local start, or --no-deploy to build and test alone."
        raise UnreachableError(error.message, cause=error.cause, fix=fix) from error
    topics = preflight.look(admin, specs)
    if target.create_topics:
        preflight.create(admin, topics, None)
    else:
        preflight.require(topics)


def _no_question(question: str, flag: str) -> str:
    raise UsageError(f"{question} is needed.", fix=f"Say it in transform.yaml, or pass {flag}.")


def _failures(report: "Report") -> str:
    lines = []
    for test in report.tests:
        for failure in test.failures:
            lines += [f"{failure.place}: {test.name}: {failure.what}", *(f"  {line}" for line in failure.diff)]
    return "\n".join(lines)
