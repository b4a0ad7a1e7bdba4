"""Settings given for one run: -X KEY=VALUE, then RPK_* variables, then the older REDPANDA_* ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rpkpy.config import durations, keys
from rpkpy.config.addresses import BadAddress
from rpkpy.errors import ConfigError

TRUE = frozenset({"1", "t", "true"})
FALSE = frozenset({"0", "f", "false"})


@dataclass(frozen=True, slots=True)
class _Given:
    text: str
    origin: str


class Overrides:
    """The effective value of each overridden key: the highest source wins, a later -X over an earlier."""

    def __init__(self, environ: Mapping[str, str], flags: Sequence[str]) -> None:
        self._given: dict[str, _Given] = {}
        for key in keys.KEYS:
            for variable in (key.variable, *key.old_variables):
                if variable in environ:  # set but empty counts, as with rpk
                    self._given[key.name] = _Given(environ[variable], variable)
                    break
        for flag in flags:
            name, equals, value = flag.partition("=")
            if not equals:
                # of anything but a key nothing is shown: it may be a password
                shown = f'"{name}"' if keys.find(name) else "an argument"
                raise ConfigError(
                    f"-X: {shown} is not a key=value.", fix="rpkpy -X list names the keys, with an example of each."
                )
            found = keys.find(name)
            if found is None:
                raise ConfigError(f'-X: unknown key "{name.strip()}".', fix="rpkpy -X list names the keys.")
            self._given[found.name] = _Given(value, f"-X {found.name}")

    def text(self, name: str) -> str | None:
        """The text of a key; None where it is not overridden."""
        given = self._given.get(name)
        return given.text if given else None

    def boolean(self, name: str) -> bool | None:
        """The truth value of a key."""
        given = self._given.get(name)
        if given is None:
            return None
        text = given.text.strip().lower()
        if text not in TRUE | FALSE:
            raise self.fail(name, f"{given.text!r} is not true or false")
        return text in TRUE

    def seconds(self, name: str) -> float | None:
        """The duration of a key."""
        given = self._given.get(name)
        if given is None:
            return None
        try:
            return durations.parse(given.text)
        except ValueError as error:
            raise self.fail(name, str(error)) from None

    def addresses(self, name: str, complete: Callable[[str], str]) -> tuple[str, ...] | None:
        """The addresses of a key, comma separated, each passed through `complete`."""
        given = self._given.get(name)
        if given is None:
            return None
        try:
            found = tuple(complete(part) for part in given.text.split(",") if part.strip())
        except BadAddress as error:
            raise self.fail(name, str(error)) from None
        if not found:
            raise self.fail(name, "no address given")
        return found

    def in_profile(self) -> list[tuple[str, str]]:
        """Each overridden key that stands in a profile, with its text."""
        outside = ("globals", "cloud")
        return [
            (key.name, self._given[key.name].text)
            for key in keys.KEYS
            if key.name in self._given and key.path[0] not in outside
        ]

    def fail(self, name: str, why: str) -> ConfigError:
        """The error for a value of `name` that cannot be used; names where it came from."""
        return ConfigError(f"{self._given[name].origin}: {why}.")
