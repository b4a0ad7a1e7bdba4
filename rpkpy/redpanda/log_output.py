"""Log events in the output formats of `transform logs`: text, wide, json, yaml, as rpk prints them."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from rpkpy.redpanda.log_text import Line, LineAssembler
from rpkpy.redpanda.transform_logs import LogEvent
from rpkpy.text import printable


@dataclass(frozen=True)
class Body:
    """What the transform wrote."""

    text: str = field(metadata={"name": "stringValue"})


@dataclass(frozen=True)
class Attribute:
    """A named value: transform_name (stringValue) or node (intValue)."""

    key: str
    value: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """One line of the json format; its key Attributes is written so by rpk."""

    body: Body
    time_ns: int = field(metadata={"name": "timeUnixNano"})
    severity: int = field(metadata={"name": "severityNumber"})
    attributes: list[Attribute] = field(metadata={"name": "Attributes"})


@dataclass(frozen=True, slots=True)
class Output:
    """How events become text; on a terminal, control characters are shown instead of obeyed.

    `named` puts the transform's name before each line, where there are lines of several.
    """

    kind: str
    terminal: bool
    named: bool = False

    def render(self, events: Iterable[LogEvent], *, head: int = 0, tail: int = 0) -> Iterator[str]:
        """The output in pieces, each as soon as it is known.

        `head` keeps the first entries; `tail` the last lines (entries in json and yaml). 0 keeps all. The events are
        read no further than needed.
        """
        if head:
            events = islice(events, head)
        pieces = self._lines(events) if self.kind in ("text", "wide") else self._entries(events)
        return iter(deque(pieces, maxlen=tail)) if tail else pieces

    def _lines(self, events: Iterable[LogEvent]) -> Iterator[str]:
        assembler = LineAssembler()
        for event in events:
            for line in assembler.feed(event):
                yield self._shown(line)
        for line in assembler.finish():
            yield self._shown(line)

    def _shown(self, line: Line) -> str:
        text = line.wide if self.kind == "wide" else line.text
        text = f"{line.transform}: {text}" if self.named else text
        return (printable(text) if self.terminal else text) + "\n"

    def _entries(self, events: Iterable[LogEvent]) -> Iterator[str]:
        return map(_json if self.kind == "json" else _yaml_writer(), events)


def _json(event: LogEvent) -> str:
    entry = {
        "body": {"stringValue": event.body},
        "timeUnixNano": event.time_ns,
        "severityNumber": event.severity,
        "Attributes": [
            {"key": "transform_name", "value": {"stringValue": event.transform}},
            {"key": "node", "value": {"intValue": event.node}},
        ],
    }
    return json.dumps(entry, separators=(",", ":"), ensure_ascii=False) + "\n"


def _yaml_writer() -> Callable[[LogEvent], str]:
    """One document after the other with an empty line between, keys in lower case, all fields of a value."""
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.scalarstring import LiteralScalarString

    yaml = YAML(typ="rt")
    yaml.indent(mapping=4, sequence=6, offset=4)
    yaml.width = 4096

    def write(event: LogEvent) -> str:
        literal = event.body.endswith("\n") and event.body.strip() and "\r" not in event.body
        entry: dict[str, Any] = {
            "body": {"stringvalue": LiteralScalarString(event.body) if literal else event.body},
            "timeunixnano": event.time_ns,
            "severitynumber": event.severity,
            "attributes": [
                {"key": "transform_name", "value": {"intvalue": 0, "stringvalue": event.transform}},
                {"key": "node", "value": {"intvalue": event.node, "stringvalue": ""}},
            ],
        }
        out = StringIO()
        yaml.dump(entry, out)
        return out.getvalue() + "\n"

    return write
