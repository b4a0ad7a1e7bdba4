"""A difference between what is wanted and what is deployed, as a person or a program reads it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from rpkpy.cli.context import Context
from rpkpy.cli.facts import flat
from rpkpy.cli.render import emit
from rpkpy.cli.transform.deployment_options import confirmed

if TYPE_CHECKING:
    from rpkpy.deployment.difference import Change, Difference

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}
_SHOWN_DIGITS = 12
_SHOWN_VALUE = 200
_ACTIONS = {
    "create": "is not deployed; a deployment creates it",
    "update": "a deployment updates it in place",
    "replace": "topics cannot be changed in place: rpkpy transform redeploy deletes it and deploys it anew",
    "none": "no difference",
    "unknown": "no difference but perhaps the module",
}


@dataclass(frozen=True)
class FieldChange:
    """A field that differs: input-topic, output-topics, compression or env.KEY; `kind` is added, removed, changed."""

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


def show(context: Context, found: "Difference", format: str, *, to_create: Sequence[str] = ()) -> None:
    """Print what differs to standard output."""
    emit(context, plan_of(found, to_create), format, text=lambda plan: text(context, found, plan, context.stdout))


def ask(context: Context, found: "Difference", question: str, *, no_confirm: bool) -> bool:
    """Show what will change where the person looks, and ask; see `deployment_options.confirmed`."""
    context.note(text(context, found, plan_of(found), context.stderr).rstrip())
    return confirmed(context, question, no_confirm=no_confirm)


def show_shape(context: Context, format: str) -> None:
    """Print the shape of the JSON."""
    emit(context, None, format, text=str, shape=Plan)


def plan_of(found: "Difference", to_create: Sequence[str] = ()) -> Plan:
    """The difference as data."""
    return Plan(
        found.spec.name,
        found.action,
        [FieldChange(each.field, each.kind, each.deployed, each.wanted) for each in found.changes],
        ModuleChange(found.module, found.content.sha256, found.sha256, found.content.known_from),
        list(to_create),
    )


def text(context: Context, found: "Difference", plan: Plan, stream: TextIO) -> str:
    """A heading, then a line for each thing that differs."""
    topics = [("+", "green", f"topic {name}", "made first") for name in plan.topics_to_create]
    rows = [*map(_row, found.changes), *_module_row(found), *topics]
    width = max((len(flat(field)) for _, _, field, _ in rows), default=0)
    head = f"{flat(plan.name)}: {_ACTIONS[plan.action]}"
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
