"""A difference between what is wanted and what is deployed, as a person or a program reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from rpkpy.cli.context import Context
from rpkpy.cli.facts import flat
from rpkpy.cli.render import emit
from rpkpy.cli.transform.deployment_options import confirmed

if TYPE_CHECKING:
    from rpkpy.deployment.deployments import Comparison
    from rpkpy.deployment.difference import Change, Difference

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_SHOWN_DIGITS = 12
_SHOWN_VALUE = 200
_ACTIONS = {
    "create": "is not deployed; a deployment creates it",
    "update": "changes in place",
    "replace": "topics cannot be changed in place: rpkpy transform redeploy deletes it and deploys it anew",
    "none": "no difference",
    "unknown": "no difference but perhaps the module",
}
_ANEW = "is deleted and deployed anew"


@dataclass(frozen=True)
class FieldChange:
    """A field that differs: input-topic, output-topics, compression, env.KEY or host.OPTION; `kind` is added, removed,
    changed."""

    field: str
    kind: str
    deployed: str | None
    wanted: str | None


@dataclass(frozen=True)
class ModuleChange:
    """`status` is same, different or unknown; `known_from` is host, record (of this machine), nobody."""

    status: str
    deployed_sha256: str | None
    wanted_sha256: str | None
    known_from: str


@dataclass(frozen=True)
class Plan:
    """`action` is create, update, replace (other topics), none, or unknown (nothing but perhaps the module)."""

    name: str
    action: str
    changes: list[FieldChange]
    module: ModuleChange
    topics_to_create: list[str]


@dataclass(frozen=True)
class ProjectPlan:
    """Of a project with several inputs; `left_over` are its transforms that it does not have any more."""

    project: str
    transforms: list[Plan]
    left_over: list[str]


def show(
    context: Context, found: "Comparison", format: str, *, to_create: Sequence[str] = (), prune: bool = False
) -> None:
    """Print what differs to standard output: a Plan, and a ProjectPlan for several transforms or such that are left."""
    plans = [plan_of(each, to_create if not at else ()) for at, each in enumerate(found.differences)]
    whole = ProjectPlan(found.family.project, plans, list(found.left_over))
    one = not found.family.several and not found.left_over
    shown = text(context, found.differences, context.stdout, found.left_over, to_create=to_create, prune=prune)
    emit(context, plans[0] if one else whole, format, text=lambda _: shown)


def ask(
    context: Context,
    found: "Sequence[Difference]",
    question: str,
    *,
    no_confirm: bool,
    left_over: Sequence[str] = (),
    prune: bool = False,
    anew: bool = False,
) -> bool:
    """Show what will change where the person looks, and ask; see `deployment_options.confirmed`.

    `anew`: what is deployed is deleted first.
    """
    context.note(text(context, found, context.stderr, left_over, prune=prune, anew=anew).rstrip())
    return confirmed(context, question, no_confirm=no_confirm)


def text(
    context: Context,
    found: "Sequence[Difference]",
    stream: TextIO,
    left_over: Sequence[str] = (),
    *,
    to_create: Sequence[str] = (),
    prune: bool = False,
    anew: bool = False,
) -> str:
    """A block for each transform; then what is left over, and what becomes of it."""
    blocks = [
        text_of(context, each, plan_of(each, to_create if not at else ()), stream, anew=anew)
        for at, each in enumerate(found)
    ]
    becomes = "is deleted" if prune else "stays and goes on writing; --prune deletes it"
    gone = [f"{flat(name)}: is none of the project any more; it {becomes}\n" for name in left_over]
    return "".join([*blocks, *gone])


def show_shape(context: Context, format: str) -> None:
    """Print the shape of the JSON."""
    emit(context, None, format, text=str, shape=Plan)
    context.note("Of a project with several inputs: {project, transforms: [such objects], left_over: [string]}.")


def plan_of(found: "Difference", to_create: Sequence[str] = ()) -> Plan:
    """The difference as data."""
    return Plan(
        found.spec.name,
        found.action,
        [FieldChange(each.field, each.kind, each.deployed, each.wanted) for each in found.changes],
        ModuleChange(found.module, found.content.sha256, found.sha256, found.content.known_from),
        list(to_create),
    )


def text_of(context: Context, found: "Difference", plan: Plan, stream: TextIO, *, anew: bool = False) -> str:
    """A heading, then a line for each thing that differs."""
    topics = [("+", "green", f"topic {name}", "made first") for name in plan.topics_to_create]
    rows = [*map(_row, found.changes), *_module_row(found), *topics]
    width = max((len(flat(field)) for _, _, field, _ in rows), default=0)
    head = f"{flat(plan.name)}: {_ANEW if anew and plan.action != 'create' else _ACTIONS[plan.action]}"
    body = [
        context.style(f"  {mark} {flat(field):<{width}}  {value}".rstrip(), style, stream)
        for mark, style, field, value in rows
    ]
    return "\n".join([head, *body]) + "\n"


def source(found: "Difference") -> str:
    """Who says that the module is the same, for the person."""
    if found.content.known_from == "host":
        return "The host keeps the same module. --force sends it all the same."
    return (
        "The cluster does not tell its module; it is the one that this machine deployed last. "
        "--force sends it all the same."
    )


def _row(change: "Change") -> tuple[str, str, str, str]:
    mark, style = _MARKS[change.kind]
    values = [_short(value) for value in (change.deployed, change.wanted) if value is not None]
    return mark, style, change.field, " → ".join(values)


def _module_row(found: "Difference") -> Iterator[tuple[str, str, str, str]]:
    wanted = f"sha256 {found.sha256[:_SHOWN_DIGITS]}" if found.sha256 else "not built"
    if found.entry is None:
        yield "+", "green", "module", wanted
    elif found.module == "different":
        yield "~", "yellow", "module", f"sha256 {(found.content.sha256 or '')[:_SHOWN_DIGITS]} → {wanted[7:]}"
    elif found.module == "unknown":
        why = "nothing tells which is deployed" if found.content.sha256 is None else "the project has no build"
        yield "?", "yellow", "module", f"unknown: {why}"


def _short(value: str) -> str:
    shown = flat(value)
    return shown if len(shown) <= _SHOWN_VALUE else f"{shown[:_SHOWN_VALUE]}..."
