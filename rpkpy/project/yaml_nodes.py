"""YAML that people write, as a tree of nodes: every complaint names its line and column, and scalars keep the text
they are written with (`PORT: 8080` is the text "8080").
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.errors import ProjectError
from rpkpy.text import line_and_column
from rpkpy.yaml_reading import parser

if TYPE_CHECKING:
    from ruamel.yaml.events import Event
    from ruamel.yaml.nodes import Node

_BOM = "\ufeff"


class Document:
    """The text of one file (its byte order mark left out), called `shown` in messages."""

    # What a parser is slow on is refused before a tree is made of it.
    max_depth = 64
    max_events: int | None = None
    aliases = True

    def __init__(self, text: str, shown: str) -> None:
        self.text = text.removeprefix(_BOM)
        self.shown = shown

    def place(self, node: "Node | Event") -> str:
        """`file:line:column` of a node."""
        return f"{self.shown}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def error(
        self, node: "Node | Event", message: str, *, cause: str | None = None, fix: str | None = None
    ) -> ProjectError:
        """The error for what stands at `node`."""
        return ProjectError(f"{self.place(node)}: {message}", cause=cause, fix=fix)

    def compose(self) -> "Node | None":
        """The tree of the text, None when it is empty. ProjectError when it is not YAML, or more than is taken here."""
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.reader import ReaderError

        try:
            self._bound(parser("rt").parse(self.text))
            root: Node | None = parser("rt").compose(self.text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"{self.shown}:{mark.line + 1}:{mark.column + 1}" if mark else self.shown
            reason = " ".join(str(error.problem or error.context).split())
            tab = "'\\t'" in reason or self._line(mark.line if mark else 0).lstrip(" ").startswith("\t")
            fix = "YAML is indented with spaces; replace the tab." if tab else None
            raise ProjectError(f"{place}: this is not YAML.", cause=reason, fix=fix) from error
        except ReaderError as error:
            where = line_and_column(self.text, error.position)
            character = f"U+{ord(self.text[error.position]):04X}"
            raise ProjectError(
                f"{self.shown}:{where}: this is not YAML.", cause=f"{character} cannot stand in it."
            ) from error
        except (YAMLError, ValueError) as error:
            raise ProjectError(f"{self.shown} is not YAML.", cause=" ".join(str(error).split())) from error
        return root

    def text_of(self, node: "Node", what: str) -> str:
        """The text of a scalar, as it is written; ProjectError when it is null or no scalar."""
        from ruamel.yaml.nodes import ScalarNode

        if not isinstance(node, ScalarNode) or is_null(node):
            raise self.error(node, f"{what} must be a text, not {kind(node)}.")
        return str(node.value)

    def items(self, node: "Node", what: str) -> "list[Node]":
        """The nodes of a list; an empty value is an empty list."""
        from ruamel.yaml.nodes import SequenceNode

        if is_null(node):
            return []
        if not isinstance(node, SequenceNode):
            raise self.error(node, f"{what} must be a list, not {kind(node)}.")
        return list(node.value)

    def _bound(self, events: "Iterable[Event]") -> None:
        from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

        depth = 0
        for count, event in enumerate(events):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > self.max_depth:
                raise self.error(event, f"this is nested deeper than {self.max_depth} levels.")
            if self.max_events is not None and count > self.max_events:
                raise self.error(event, "this file has more entries than it can need.")
            if not self.aliases and isinstance(event, AliasEvent):
                raise self.error(event, "aliases are not read here.", fix="Write the value out.")

    def _line(self, number: int) -> str:
        lines = self.text.splitlines()
        return lines[number] if number < len(lines) else ""


def decode(data: bytes, shown: str) -> str:
    """UTF-8 text; ProjectError, with line and column, when it is none."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise ProjectError(f"{shown}:{line}:{column}: this is not UTF-8 text.") from error


def read_bytes(path: Path, shown: str, most: int) -> bytes:
    """A file of at most `most` bytes. FileNotFoundError as it is; ProjectError when it is larger or cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ProjectError(f"{shown} cannot be read.", cause=error.strerror) from error
    if len(data) > most:
        size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
        raise ProjectError(f"{shown} is larger than {size}, which it has no need to be.")
    return data


def is_null(node: "Node") -> bool:
    """Whether a node is null, written or left out."""
    return str(node.tag).endswith(":null")


def kind(node: "Node") -> str:
    """A word for what a node is."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    return "empty" if is_null(node) else "a text"
