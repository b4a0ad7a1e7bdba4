"""The cluster: whether it answers, and whether the project's transform would run there."""

from collections.abc import Mapping
from typing import Any

from rpkpy.doctor.model import Finding, inapplicable, ok, problem, warning
from rpkpy.doctor.surroundings import Admin, Surroundings, Topics
from rpkpy.errors import ConfigError, RpkpyError, UnreachableError
from rpkpy.wasm.limits import BROKER
from rpkpy.wasm.sizes import format_size

_ENABLED = "data_transforms_enabled"
_RESERVATION = "data_transforms_per_core_memory_reservation"
_PER_FUNCTION = "data_transforms_per_function_memory_limit"
_START_LOCAL = "Start one with rpkpy local start, or name another: -X brokers=HOST:PORT, rpkpy profile use NAME."


def kafka(around: Surroundings) -> Finding:
    """The Kafka API answers."""
    if (found := _configured(around)) is not None:
        return found
    try:
        answer = around.topics.get()
    except UnreachableError as error:
        return _unreachable(around, _said(error))
    return ok(f"{answer.brokers} broker{'' if answer.brokers == 1 else 's'}, {len(answer.partitions)} topics")


def admin(around: Surroundings) -> Finding:
    """The Admin API answers."""
    if (found := _configured(around)) is not None:
        return found
    try:
        answer = around.admin.get()
    except UnreachableError as error:
        return _unreachable(around, _said(error))
    if answer.disabled:
        return ok("it answers")
    return ok(f"{len(answer.transforms)} transform{'' if len(answer.transforms) == 1 else 's'} deployed")


def registry(around: Surroundings) -> Finding:
    """The schema registry is there, for transforms that ask it."""
    if (found := _configured(around)) is not None:
        return found
    try:
        return ok(f"something listens at {around.registry.get()}")
    except UnreachableError as error:
        return inapplicable(f"{error.message}; only transforms that ask for schemas need it")


def enabled(around: Surroundings) -> Finding:
    """The cluster runs transforms."""
    answer = _admin(around)
    if answer is None:
        return inapplicable("the Admin API does not answer")
    if answer.disabled or answer.properties.get(_ENABLED) is False:
        return problem(f"{_ENABLED} is false")
    return ok(f"{_ENABLED} is true" if answer.properties.get(_ENABLED) else "it lists transforms")


def reservation(around: Surroundings) -> Finding:
    """There is memory for one more transform: each takes a whole limit of the reservation."""
    answer = _admin(around)
    if answer is None:
        return inapplicable("the Admin API does not answer")
    reserved, limit = _number(answer.properties, _RESERVATION), _number(answer.properties, _PER_FUNCTION)
    if not reserved or not limit:
        return inapplicable("the cluster does not tell its limits")
    room, deployed = reserved // limit, len(answer.transforms)
    shown = f"{deployed} of {room} transforms ({format_size(reserved)} / {format_size(limit)})"
    if deployed > room:
        return problem(shown)
    return warning(f"{shown}: the next one is refused") if deployed == room else ok(shown)


def limits(around: Surroundings) -> Finding:
    """The cluster gives the memory that the project states."""
    answer, project = _admin(around), around.usable_project
    if answer is None:
        return inapplicable("the Admin API does not answer")
    if project is None:
        return inapplicable("there is no usable project in this folder")
    given = _number(answer.properties, _PER_FUNCTION)
    if not given:
        return inapplicable("the cluster does not tell its limits")
    wanted = project.manifest.limits().memory_bytes
    stated = "the project states" if wanted != BROKER.memory_bytes else "the default is"
    if given < wanted:
        treatment = f"rpk cluster config set {_PER_FUNCTION} {wanted}, then restart the brokers."
        return problem(f"{_PER_FUNCTION} is {format_size(given)}, {stated} {format_size(wanted)}", treatment)
    return ok(f"{format_size(given)} of memory for a transform")


def topics(around: Surroundings) -> Finding:
    """The project's topics exist."""
    answer, project = _topics(around), around.usable_project
    if answer is None:
        return inapplicable("the Kafka API does not answer")
    if project is None:
        return inapplicable("there is no usable project in this folder")
    wanted = [topic for topic in (project.manifest.input_topic, *project.manifest.output_topics) if topic]
    if not wanted:
        return inapplicable("transform.yaml names none")
    missing = [topic for topic in wanted if topic not in answer.partitions]
    if missing:
        return warning(f"{', '.join(missing)} missing", f"rpkpy topic create {' '.join(missing)}")
    return ok(", ".join(wanted))


def transforms(around: Surroundings) -> Finding:
    """What is deployed runs."""
    answer = _admin(around)
    if answer is None:
        return inapplicable("the Admin API does not answer")
    if not answer.transforms:
        return inapplicable("nothing is deployed")
    states = {entry.name: [part.status for part in entry.status or ()] for entry in answer.transforms}
    bad = {
        name: sorted({status for status in found if status in ("errored", "unknown")})
        for name, found in sorted(states.items())
    }
    listed = [f"{name} {' and '.join(found)}" for name, found in bad.items() if found]
    if listed:
        first = next(name for name, found in bad.items() if found)
        return warning("; ".join(listed), f"rpkpy transform logs {first}; rpkpy transform describe {first}")
    return ok(f"{', '.join(sorted(states)[:5])}{', ...' if len(states) > 5 else ''}")


def _configured(around: Surroundings) -> Finding | None:
    try:
        _ = around.settings
    except ConfigError:
        return inapplicable("the settings cannot be read")
    return None


def _unreachable(around: Surroundings, said: str) -> Finding:
    """A cluster that nobody named need not be there."""
    return problem(said) if around.settings.profile else warning(said, _START_LOCAL)


def _admin(around: Surroundings) -> Admin | None:
    try:
        return around.admin.get()
    except RpkpyError:
        return None


def _topics(around: Surroundings) -> Topics | None:
    try:
        return around.topics.get()
    except RpkpyError:
        return None


def _said(error: RpkpyError) -> str:
    return error.cause if error.cause else error.message


def _number(properties: Mapping[str, Any], name: str) -> int:
    value = properties.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
