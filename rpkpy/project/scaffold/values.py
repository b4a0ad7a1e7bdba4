"""The values that a template asks for: how it declares them, and what becomes of those that are given."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rpkpy.errors import ProjectError, UsageError
from rpkpy.project.scaffold.model import Scalar, Value

# Declared name, regular expression and text -> why it does not match, for those that do not.
Mismatches = Callable[[Mapping[str, tuple[str, str]]], dict[str, str]]

MAX_TEXT = 4_096
_KEYS = {"description", "type", "default", "choices", "pattern"}
_KINDS: Mapping[str, type] = {"text": str, "integer": int, "boolean": bool}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_WORDS = {"true": True, "yes": True, "y": True, "false": False, "no": False, "n": False}


def declared(name: str, table: Mapping[str, Any], shown: str) -> Value:
    """What template.toml says of a value under `[values.NAME]`; ProjectError when it cannot be meant."""
    place = f"{shown}: value `{name}`"
    if not _NAME.fullmatch(name) or hasattr(dict, name):  # `values.items` would be the dict's own
        raise ProjectError(f"{place} cannot be called so.", fix="A name has lower case letters, digits and `_`.")
    if unknown := sorted(table.keys() - _KEYS):
        raise ProjectError(f"{place} has an unknown key `{unknown[0]}`.", fix=f"Keys: {', '.join(sorted(_KEYS))}.")
    kind = table.get("type", "text")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ProjectError(f"{place} cannot be of type {kind!r}.", fix=f"Types: {', '.join(_KINDS)}.")
    choices = table.get("choices", [])
    texts = (table.get("description", ""), table.get("pattern", ""))
    if not isinstance(choices, list) or not all(isinstance(text, str) for text in texts):
        raise ProjectError(f"{place}: `choices` is a list, `description` and `pattern` are strings.")
    if texts[1] and kind != "text":
        raise ProjectError(f"{place}: only a text can have a `pattern`.")
    default = table.get("default")
    for scalar in [*choices, *([] if default is None else [default])]:
        if type(scalar) is not _KINDS[kind]:
            raise ProjectError(f"{place}: {scalar!r} is not of its type, {kind}.")
    if choices and default is not None and default not in choices:
        raise ProjectError(f"{place}: its default {default!r} is none of its choices.")
    return Value(name, texts[0], kind, default, tuple(choices), texts[1])


def settled(
    wanted: Sequence[Value],
    given: Mapping[str, object],
    mismatches: Mismatches,
    ask: Callable[[Value], Scalar] | None = None,
) -> dict[str, Scalar]:
    """Every value that is wanted: what is given, else what `ask` answers, else the default.

    UsageError names what is unknown, missing, or wrong.
    """
    names = [value.name for value in wanted]
    for name in given:
        if name not in names:
            close = difflib.get_close_matches(name, names, 1)
            hint = f"Did you mean `{close[0]}`? " if close else ""
            known = f"Its values: {', '.join(names)}." if names else "It asks for none."
            raise UsageError(f"The template has no value `{name}`.", fix=hint + known)
    missing = [value for value in wanted if value.name not in given and value.default is None]
    if missing and ask is None:
        raise UsageError(
            f"The template needs {'a value' if len(missing) == 1 else 'values'} for "
            f"{', '.join(f'`{value.name}`' for value in missing)}.",
            cause="\n".join(f"{value.name}: {value.description or value.kind}{_choice(value)}" for value in missing),
            fix="Pass " + " ".join(f"--set {value.name}=..." for value in missing) + ", or --values FILE.",
        )
    found: dict[str, Scalar] = {}
    for value in wanted:
        if value.name in given:
            found[value.name] = converted(value, given[value.name])
        elif ask is not None:
            found[value.name] = converted(value, ask(value))
        elif value.default is not None:
            found[value.name] = value.default
    _check_patterns(wanted, found, mismatches)
    return found


def checked(value: Value, given: object, mismatches: Mismatches) -> Scalar:
    """What is given for one value, as its type; UsageError when it is wrong."""
    result = converted(value, given)
    _check_patterns([value], {value.name: result}, mismatches)
    return result


def _check_patterns(wanted: Sequence[Value], found: Mapping[str, Scalar], mismatches: Mismatches) -> None:
    patterns = {value.name: (value.pattern, str(found[value.name])) for value in wanted if value.pattern}
    for name, reason in mismatches(patterns).items():
        raise _wrong(name, found[name], reason)


def converted(value: Value, given: object) -> Scalar:
    """What is given as the value's type: text is read as its type; UsageError when it is none, or no choice."""
    result: object = given
    if isinstance(given, str) and value.kind == "integer" and re.fullmatch(r"[+-]?[0-9]{1,18}", given):
        result = int(given)
    elif isinstance(given, str) and value.kind == "boolean":
        result = _WORDS.get(given.lower(), given)
    if type(result) is not _KINDS[value.kind]:
        raise _wrong(value.name, given, f"it must be {'true or false' if value.kind == 'boolean' else value.kind}")
    if isinstance(result, str) and (len(result) > MAX_TEXT or not _is_unicode(result)):
        raise _wrong(value.name, result[:20], f"it is no Unicode text of at most {MAX_TEXT:,} characters")
    if value.choices and result not in value.choices:
        raise _wrong(value.name, result, f"it is none of {_listed(value.choices)}")
    assert isinstance(result, str | int | bool)  # noqa: S101  # it is of a kind
    return result


def pairs(given: Sequence[str]) -> dict[str, str]:
    """The values of repeated `--set KEY=VALUE`; the last of one key wins. UsageError names a bad one."""
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise UsageError(f'--set "{text}" is no value.', fix="Write --set KEY=VALUE.")
        found[key] = value
    return found


def of_file(data: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a values file holds: its table `values`, where it has one, else all of it."""
    table = data.get("values", data)
    if not isinstance(table, dict):
        raise UsageError("`values` in the file of --values must be a table.", fix="Write [values], then KEY = VALUE.")
    return table


def shown(scalar: Scalar) -> str:
    """A value as people write it."""
    return str(scalar).lower() if isinstance(scalar, bool) else str(scalar)


def _choice(value: Value) -> str:
    return f" ({_listed(value.choices)})" if value.choices else ""


def _listed(choices: Sequence[Scalar]) -> str:
    return ", ".join(map(shown, choices))


def _wrong(name: str, given: object, reason: str) -> UsageError:
    return UsageError(f"The value `{name}` cannot be {given!r}: {reason}.", fix=f"Pass another with --set {name}=...")


def _is_unicode(text: str) -> bool:
    return not re.search(r"[\ud800-\udfff]", text)
