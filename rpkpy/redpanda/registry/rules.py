"""What a registry lets happen: compatibility levels and modes, of the whole registry and of subjects."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from rpkpy.redpanda.registry.session import Registry, Session, mapping, query, segment

GLOBAL = "{GLOBAL}"
"""The subject of what holds for the whole registry, as rpk shows it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of rule: where it stands, and its field in answers and in requests."""

    name: str
    path: str
    answer: str
    request: str

    def of(self, subject: str) -> str:
        """The path of a subject's rule, or of the registry's."""
        return self.path if subject == GLOBAL else f"{self.path}/{segment(subject)}"


LEVEL = Rule("compatibility level", "/config", "compatibilityLevel", "compatibility")
MODE = Rule("mode", "/mode", "mode", "mode")


@dataclass(frozen=True, slots=True)
class Setting:
    """A subject's value of a rule, or the error that kept it."""

    subject: str
    value: str | None
    error: str | None = None


def _failed(subject: str, error: str) -> Setting:
    return Setting(subject, None, error)


def get(registry: Registry, rule: Rule, subjects: Sequence[str]) -> list[Setting]:
    """The rule of each subject; one without its own has the registry's."""

    async def one(ask: Session, subject: str) -> Setting:
        path = rule.of(subject) + query(defaultToGlobal=subject != GLOBAL)
        found = await ask("GET", path, f"read the {rule.name} of {subject}", mapping)
        return Setting(subject, str(found.get(rule.answer, "")))

    return registry.run(lambda ask: ask.each(subjects, one, _failed))


def put(registry: Registry, rule: Rule, subjects: Sequence[str], value: str, *, force: bool = False) -> list[Setting]:
    """Give each subject the value; `force` sets the mode IMPORT also where there are schemas."""
    body = json.dumps({rule.request: value}).encode()

    async def one(ask: Session, subject: str) -> Setting:
        await ask("PUT", rule.of(subject) + query(force=force), f"set the {rule.name} of {subject}", mapping, body)
        return Setting(subject, value)

    return registry.run(lambda ask: ask.each(subjects, one, _failed))


def reset(registry: Registry, rule: Rule, subjects: Sequence[str]) -> list[Setting]:
    """Take the subjects' own rule away; the value that each had."""

    async def one(ask: Session, subject: str) -> Setting:
        found = await ask("DELETE", rule.of(subject), f"reset the {rule.name} of {subject}", mapping)
        return Setting(subject, str(found.get(rule.answer, "")))

    return registry.run(lambda ask: ask.each(subjects, one, _failed))
