"""The cluster: whether it answers, and whether the project's transform would run there."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from rpkpy.doctor.model import Finding, inapplicable, ok, problem, warning
from rpkpy.doctor.numbers import version_numbers
from rpkpy.doctor.surroundings import Admin, Answer, Surroundings, Topics
from rpkpy.errors import ConfigError, InvalidError, RpkpyError, UnreachableError, UsageError
from rpkpy.redpanda.transform_properties import ENABLED, FUNCTION, RESERVATION
from rpkpy.wasm.limits import BROKER
from rpkpy.wasm.sizes import format_size

T = TypeVar("T")

_RELEASE = re.compile(r"v?(\d+\.\d+\.\d+)")

_START_LOCAL = "Start one with rpkpy local start, or name another: -X brokers=HOST:PORT, rpkpy profile use NAME."


def kafka(around: Surroundings) -> Finding:
    """The Kafka API answers."""

    def told(answer: Topics) -> Finding:
        return ok(f"{answer.brokers} broker{'' if answer.brokers == 1 else 's'}, {len(answer.partitions)} topics")

    return _asked(around, lambda: around.topics, told, _unreachable)


def admin(around: Surroundings) -> Finding:
    """The Admin API answers."""

    def told(answer: Admin) -> Finding:
        count = len(answer.transforms)
        return ok("it answers" if answer.disabled else f"{count} transform{'' if count == 1 else 's'} deployed")

    return _asked(around, lambda: around.admin, told, _unreachable)


def registry(around: Surroundings) -> Finding:
    """The schema registry is there, for transforms that ask it."""

    def missing(_: Surroundings, said: str) -> Finding:
        return inapplicable(f"{said}; only transforms that ask for schemas need it")

    return _asked(around, lambda: around.registry, lambda address: ok(f"something listens at {address}"), missing)


def enabled(around: Surroundings) -> Finding:
    """The cluster runs transforms."""
    answer = _admin(around)
    if answer is None:
        return inapplicable("the Admin API does not answer")
    if answer.disabled or answer.properties.get(ENABLED) is False:
        return problem(f"{ENABLED} is false")
    return ok(f"{ENABLED} is true" if answer.properties.get(ENABLED) else "it lists transforms")


def reservation(around: Surroundings) -> Finding:
    """There is memory for what the project deploys, else for one more: each takes a whole limit of the reservation."""
    answer = _admin(around)
    if answer is None:
        return inapplicable("the Admin API does not answer")
    reserved, limit = _number(answer.properties, RESERVATION), _number(answer.properties, FUNCTION)
    if not reserved or not limit:
        return inapplicable("the cluster does not tell its limits")
    room, deployed = reserved // limit, len(answer.transforms)
    shown = f"{deployed} of {room} transforms ({format_size(reserved)} / {format_size(limit)})"
    if deployed > room:
        return problem(shown)
    new = _not_deployed(around, answer)
    if new > max(1, room - deployed):
        return warning(f"{shown}: the project needs {new} more, one for each input")
    return warning(f"{shown}: the next one is refused") if deployed == room else ok(shown)


def _not_deployed(around: Surroundings, answer: Admin) -> int:
    """How many transforms of the project the cluster does not have."""
    manifest = around.usable_project.manifest if around.usable_project is not None else None
    names = {manifest.transform_of(topic) for topic in manifest.inputs} if manifest else set()
    return len(names - {entry.name for entry in answer.transforms})


def release(around: Surroundings) -> Finding:
    """The brokers are of a release that has what the module imports."""
    from rpkpy.wasm import binary, releases
    from rpkpy.wasm import file as files

    answer, project = _admin(around), around.usable_project
    if answer is None:
        return inapplicable("the Admin API does not answer")
    running = sorted({match[1] for version in answer.releases if (match := _RELEASE.match(version))})
    if not running:
        return inapplicable("the cluster does not tell its release")
    if project is None or not project.wasm_path.is_file():
        return ok(f"Redpanda {' and '.join(running)}")
    try:
        wanted = releases.releases(binary.parse(files.read(project.wasm_path)))
    except (InvalidError, UsageError):
        return ok(f"Redpanda {' and '.join(running)}")
    oldest = min(running, key=version_numbers)
    if version_numbers(oldest) < version_numbers(wanted.since):
        names = ", ".join(name.rpartition(".")[2] for name in wanted.because)
        return problem(f"a broker is of release {oldest}, the module needs {wanted.since} ({names})")
    return ok(f"Redpanda {' and '.join(running)}, the module needs {wanted.since}")


def limits(around: Surroundings) -> Finding:
    """The cluster gives the memory that the project states."""
    answer, project = _admin(around), around.usable_project
    if answer is None:
        return inapplicable("the Admin API does not answer")
    if project is None:
        return inapplicable("there is no usable project in this folder")
    given = _number(answer.properties, FUNCTION)
    if not given:
        return inapplicable("the cluster does not tell its limits")
    wanted = project.manifest.limits().memory_bytes
    stated = "the project states" if wanted != BROKER.memory_bytes else "the default is"
    if given < wanted:
        treatment = f"rpkpy cluster config set {FUNCTION} {wanted}, then restart the brokers."
        return problem(f"{FUNCTION} is {format_size(given)}, {stated} {format_size(wanted)}", treatment)
    return ok(f"{format_size(given)} of memory for a transform")


def topics(around: Surroundings) -> Finding:
    """The project's topics exist."""
    answer, project = _topics(around), around.usable_project
    if answer is None:
        return inapplicable("the Kafka API does not answer")
    if project is None:
        return inapplicable("there is no usable project in this folder")
    wanted = [*project.manifest.inputs, *project.manifest.output_topics]
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


def _asked(
    around: Surroundings,
    ask: Callable[[], Answer[T]],
    told: Callable[[T], Finding],
    silent: Callable[[Surroundings, str], Finding],
) -> Finding:
    """What `told` makes of an answer, or `silent` of the reason why there is none."""
    try:
        _ = around.settings
    except ConfigError:
        return inapplicable("the settings cannot be read")
    try:
        return told(ask().get())
    except UnreachableError as error:
        return silent(around, error.cause or error.message)


def _unreachable(around: Surroundings, said: str) -> Finding:
    """A cluster that nobody named need not be there; the local one can be started."""
    from rpkpy.kafka.local.cluster import PROFILE

    if around.settings.profile == PROFILE:
        return problem(said, "rpkpy local start")
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


def _number(properties: Mapping[str, Any], name: str) -> int:
    value = properties.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
