"""Every case of the conformance suite, on every implementation of the engine; see cases/README.md."""

import dataclasses
from functools import partial
from pathlib import Path

import pytest

from rpkpy.engine import Instance
from rpkpy.wasm.abi import LINK_TABLE, SCHEMA_REGISTRY_ABI_MARKER, TRANSFORM_ABI_MARKERS, WASI_NOSYS
from tests.engine import conformance_case
from tests.engine.conformance import Case, Host, Observed, ObservedTrap, differences
from tests.engine.conformance_case import CASES, InvalidCase, load
from tests.engine.conformance_engine import EngineHost, InstanceFactory

FACTORIES: dict[str, InstanceFactory] = {"plain": Instance, "metered": partial(Instance, metered=True)}
"""The engine's forms by name; another one is another line."""

INEXACT = {"limits/fuel-just-too-little"}
"""What needs a budget that is exact: a plain instance gives up to a 64th more."""

ALL = conformance_case.load_all()


@pytest.fixture(scope="session")
def build_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where C guests are built, once a session."""
    return tmp_path_factory.mktemp("guests")


@pytest.fixture(params=[(name, feeding) for name in FACTORIES for feeding in ("together", "apart")], ids="-".join)
def host(request: pytest.FixtureRequest, build_dir: Path) -> Host:
    """An implementation of the engine that gets all batches at once, or one after the other."""
    name, feeding = request.param
    return EngineHost(build_dir, factory=FACTORIES[name], feeding=feeding)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=str(case), marks=[pytest.mark.toolchain("c")] * (case.language == "c")) for case in ALL],
)
def test_case(case: Case, host: Host, request: pytest.FixtureRequest) -> None:
    if str(case) in INEXACT and "plain" in request.node.name:
        pytest.skip("a plain instance counts a record's fuel by intervals")
    assert differences(case, case.expected, host.run(case)) == []
    if case.restart is not None:
        again = dataclasses.replace(case, skip_until=case.restart_at)
        assert differences(case, case.restart, host.run(again)) == []


# The suite itself.


def test_every_import_that_a_broker_offers_is_called_by_a_case() -> None:
    guests = " ".join(case.guest for case in ALL if case.language == "wat")
    # What only answers NOSYS is called under one name; to import a marker is all there is to it.
    by_import = WASI_NOSYS | {*TRANSFORM_ABI_MARKERS, SCHEMA_REGISTRY_ABI_MARKER}
    missing = [
        name for _, name in LINK_TABLE if (f'"{name}"' if name in by_import else f"(call ${name} ") not in guests
    ]
    assert missing == ["sched_yield"]  # which takes no arguments
    assert "(call $sched_yield)" in guests


def test_a_case_without_input_or_failure_is_about_start_up() -> None:
    """A case that feeds nothing and expects nothing would pass whatever a host does."""
    idle = [
        str(case)
        for case in ALL
        if case.expected == dataclasses.replace(case.expected, outputs={}, logs=(), trap=None, refused=None)
        and case.expected.records_in is None
    ]
    assert idle == []


def _case(folder: Path, text: str, guest: str = "(module)") -> Path:
    case = folder / "group" / "case"
    case.mkdir(parents=True)
    (case / "guest.wat").write_text(guest)
    (case / "case.yaml").write_text(text)
    return case


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("fuel: 3", "unknown keys: fuel"),
        ("limits: {memory: 3}", "limits: unknown keys: memory"),
        ("input: [{records: [{valeu: a}]}]", r"input\[0\]: records\[0\]: unknown keys: valeu"),
        ("input: [{records: [{value: {i32: a}}]}]", "i32: an integer is needed"),
        ("input: [{records: [a], compression: brotli}]", "compression: one of none, gzip"),
        ("input: {}", "input: a list is needed"),
        ("output_topics: [a]\nrestart_at: 3", "belong together"),
        ("choice: ''", "choice: a text is needed"),
        ("skip_until: yes", "skip_until: an integer"),
        ("limits: [", "case.yaml"),
    ],
)
def test_a_case_that_means_nothing_is_refused(tmp_path: Path, more: str, message: str) -> None:
    text = f"description: d\nsource: s\nexpected: {{}}\n{more}\n"
    with pytest.raises(InvalidCase, match=message):
        load(_case(tmp_path, text))


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ("{output: {}}", "unknown keys: output"),
        ("{outputs: {elsewhere: []}}", "not among output_topics"),
        ("{trap: {code: exit, phase: later}}", "phase: one of start, batch, record"),
        ("{trap: {code: exit, phase: record}}", "an offset goes with"),
        ("{trap: {phase: start}}", "code is missing"),
    ],
)
def test_expectations_that_mean_nothing_are_refused(tmp_path: Path, expected: str, message: str) -> None:
    with pytest.raises(InvalidCase, match=message):
        load(_case(tmp_path, f"description: d\nsource: s\nexpected: {expected}\n"))


def test_a_case_needs_one_guest(tmp_path: Path) -> None:
    folder = _case(tmp_path, "description: d\nsource: s\nexpected: {}\n")
    (folder / "guest.c").write_text("")
    with pytest.raises(InvalidCase, match="one guest"):
        load(folder)


def test_differences_tell_every_kind_of_deviation() -> None:
    (case,) = load(CASES / "failures" / "unreachable-after-an-emit")
    wrong = Observed(
        outputs={"out": [(None, b"other", ())]},
        logs=[(1, b"noise")],
        trap=ObservedTrap("exit", "batch", "other", offset=3, frames=("x",), failed_outputs={}),
    )
    told = " ".join(differences(case, case.expected, wrong))
    for part in ("outputs of out", "logs:", "trap.code", "trap.phase", "trap.offset", "trap.frames", "failed outputs"):
        assert part in told
    assert any("trap: None" in line for line in differences(case, case.expected, Observed()))
