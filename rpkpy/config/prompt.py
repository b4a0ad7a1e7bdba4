"""The `prompt` of a profile: colours and a quoted text, for a shell's PS1 (rpk's own little language)."""

import re
from dataclasses import dataclass

_COLORS = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_MODIFIERS = {"bold": 1, "faint": 2, "underline": 4, "invert": 7}
# SGR parameters (ECMA-48; the high-intensity ones are aixterm's).
_CODES = _MODIFIERS | {
    f"{ground}{high}{color}": base + number
    for number, color in enumerate(_COLORS)
    for ground, high, base in (("", "", 30), ("bg-", "", 40), ("", "hi-", 90), ("bg-", "hi-", 100))
}
_TOKEN = re.compile(r'[\s,]*(?:"(?P<text>(?:[^"\\]|\\.)*)"?|(?P<word>[^\s,"()]+)|(?P<paren>[()]))', re.DOTALL)


class BadPrompt(ValueError):
    """A prompt that cannot be read; the text says why."""


@dataclass
class _Group:
    codes: list[int]
    text: str | None = None


def render(prompt: str, profile: str) -> str:
    """The text of `prompt` with ANSI colours, `%n` and `%p` being `profile`. Raises BadPrompt."""
    return "".join(_rendered(group, profile) for group in _groups(prompt))


def _groups(prompt: str) -> list[_Group]:
    """The parenthesised groups, or the whole prompt as one."""
    prompt = prompt.strip()
    grouped = prompt.startswith("(")
    groups: list[_Group] = []
    current = None if grouped or not prompt else _Group([])
    at = 0
    while match := _TOKEN.match(prompt, at):
        at = match.end()
        if paren := match["paren"]:
            if not grouped or (paren == "(") == (current is not None):
                raise BadPrompt(f"unexpected parenthesis {paren}")
            if current is None:
                current = _Group([])
            else:
                groups.append(current)
                current = None
        elif current is None:
            raise BadPrompt("text outside of the parentheses")
        elif match["word"]:
            current.codes.append(_code(match["word"]))
        elif current.text is not None:
            raise BadPrompt("only one quoted text can stand in a prompt, this one has a second")
        else:
            current.text = re.sub(r"\\(.)", r"\1", match["text"], flags=re.DOTALL)
    if grouped and current is not None:
        raise BadPrompt("a closing parenthesis is missing")
    return [*groups, *([current] if current is not None else [])]


def _code(word: str) -> int:
    code = _CODES.get(word) or _CODES.get(word.replace("hi-bg-", "bg-hi-"))
    if code is None:
        raise BadPrompt(f'invalid color or attribute "{word}"')
    return code


def _rendered(group: _Group, profile: str) -> str:
    if group.text is None and not group.codes:
        return ""

    def replaced(match: "re.Match[str]") -> str:
        letter = match[1]
        if letter not in ("n", "p", "%"):
            raise BadPrompt(f"unknown escape %{letter}")
        return "%" if letter == "%" else profile

    text = re.sub(r"%(.)", replaced, group.text or "", flags=re.DOTALL) or profile
    codes = ";".join(map(str, group.codes))
    return f"\x1b[{codes}m{text}\x1b[0m" if codes else text
