"""transform.yaml: what a project says about its transform, in rpk's keys.

The file is read as a tree of YAML nodes, so that every complaint names its line and column and scalars keep the text
they were written with (`PORT: 8080` is the string "8080"). Aliases are never expanded, so a small file stays small.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpkpy import atomic
from rpkpy.errors import ProjectError
from rpkpy.project.rules import MAX_OUTPUT_TOPICS, check_env, check_name, check_topic, check_variable
from rpkpy.wasm.limits import Limits

if TYPE_CHECKING:
    from ruamel.yaml.events import Event
    from ruamel.yaml.nodes import MappingNode, Node

FILE_NAME = "transform.yaml"
KEYS = (
    "name",
    "description",
    "input-topic",
    "output-topic",
    "output-topics",
    "language",
    "env",
    "compression",
    "from-offset",
    "cluster",
)
MAX_FILE_BYTES = 128 * 1024
COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
REQUIRED = "<required>"
"""An environment value that must be given at deploy."""

_OFFSET = re.compile(r"[@+-][0-9]{1,19}")
# A manifest has a few hundred YAML events at most (128 variables are 256) and three levels; merge keys may add a few.
_MAX_EVENTS = 4_096
_MAX_DEPTH = 16

# The cluster's properties that decide under which limits a transform runs.
CLUSTER_LIMITS = {
    "data_transforms_per_function_memory_limit": "memory_bytes",
    "data_transforms_per_core_memory_reservation": "reservation_bytes",
    "data_transforms_runtime_limit_ms": "runtime_ms",
    "data_transforms_binary_max_size": "binary_bytes",
    "data_transforms_logging_line_max_bytes": "log_line_bytes",
    "kafka_batch_max_bytes": "batch_bytes",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A transform as its project describes it; a text that is not set is empty.

    `cluster` holds properties of the cluster the transform is written for, by their names there (bytes, ms).
    `warnings` are remarks for the person, each with its place; `places` tells where a key's value stands in the file.
    """

    name: str
    description: str = ""
    input_topic: str = ""
    output_topics: tuple[str, ...] = ()
    language: str = ""
    env: dict[str, str] = field(default_factory=dict)
    compression: str = ""
    from_offset: str = ""
    cluster: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def limits(self) -> Limits:
        """The broker's default limits with what the project states of its cluster."""
        return Limits(**{CLUSTER_LIMITS[key]: value for key, value in self.cluster.items() if key in CLUSTER_LIMITS})

    @property
    def required_env(self) -> tuple[str, ...]:
        """The environment variables whose value must be given at deploy (`<required>`)."""
        return tuple(key for key, value in self.env.items() if value == REQUIRED)


def load(path: Path, shown: str | None = None) -> Manifest:
    """Read the manifest at `path`, called `shown` in messages. ProjectError, with line and column, when it is wrong."""
    return parse(_read(path, shown or str(path)), shown or str(path))


def parse(text: str, shown: str = FILE_NAME) -> Manifest:
    """The manifest that `text` holds; ProjectError when it is wrong."""
    return _Reader(shown).manifest(text.removeprefix("\ufeff"))


def read_properties(path: Path, shown: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """A file of cluster properties, as `cluster:` holds them, and remarks on it; ProjectError when it is wrong."""
    reader = _Reader(shown)
    text = _read(path, shown).removeprefix("\ufeff")
    root = reader.compose(text, "a file of limits", "kafka_batch_max_bytes: 1048576")
    return reader.cluster({"cluster": root}), tuple(reader.warnings)


def edit(path: Path, changes: Mapping[str, Any], remove: Sequence[str] = ()) -> Manifest:
    """Set top-level keys of the manifest at `path` and drop those in `remove`; comments and the rest stay.

    The file is replaced whole or not at all: ProjectError when the result would not be a manifest.
    """
    from io import StringIO

    from ruamel.yaml import YAML
    from ruamel.yaml.util import load_yaml_guess_indent

    original = _read(path, str(path))
    parse(original, str(path))
    text = original.removeprefix("\ufeff").replace("\r\n", "\n")
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1 << 20
    data = yaml.load(text)
    _, indent, offset = load_yaml_guess_indent(text)
    if indent and offset is not None:
        yaml.indent(mapping=2, sequence=max(indent, offset + 2), offset=offset)
    spelled = {str(key).replace("_", "-"): key for key in data}
    for key in remove:
        if key in spelled:
            del data[spelled[key]]
    for key, value in changes.items():
        data[spelled.get(key, key)] = value
    out = StringIO()
    yaml.dump(data, out)
    result = out.getvalue()
    edited = parse(result, str(path))
    written = result.replace("\n", "\r\n") if "\r\n" in original else result
    atomic.replace(path, written.encode(), mode=path.stat().st_mode & 0o777)
    return edited


def _read(path: Path, shown: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ProjectError(
            f"There is no {shown}.", fix="rpkpy transform init makes a project; run in its folder."
        ) from None
    except OSError as error:
        raise ProjectError(f"{shown} cannot be read.", cause=error.strerror) from error
    if len(data) > MAX_FILE_BYTES:
        raise ProjectError(f"{shown} is larger than {MAX_FILE_BYTES // 1024} KiB, which no transform.yaml needs to be.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise ProjectError(f"{shown}:{line}:{column}: this is not UTF-8 text.") from error


class _Reader:
    """Reads one manifest: a tree of nodes in, typed values and remarks out."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.warnings: list[str] = []
        self.nodes = 0

    def manifest(self, text: str) -> Manifest:
        root = self.compose(text)
        values: dict[str, Node] = {}
        for key, key_node, value in self.members(root, "transform.yaml"):
            name = self.known(key, key_node)
            if name in values:
                raise self.error(key_node, f"`{name}` is given twice.")
            if name:
                values[name] = value
        texts = {key: self.scalar(values[key], key) for key in KEYS if key in values and key not in _STRUCTURED}
        if "name" not in texts:
            raise self.error(root, "`name` is missing.", fix="Add a line such as `name: my-transform`.")
        if reason := check_name(texts["name"]):
            raise self.error(values["name"], f"`name` cannot be {texts['name']!r}: {reason}.")
        topics = self.topics(values, texts)
        return Manifest(
            name=texts["name"],
            description=texts.get("description", ""),
            input_topic=texts.get("input-topic", ""),
            output_topics=topics,
            language=texts.get("language", "").lower(),
            env=self.env(values),
            compression=self.compression(values, texts),
            from_offset=self.offset(values, texts),
            cluster=self.cluster(values),
            warnings=tuple(self.warnings),
            places={key: self.place(node) for key, node in values.items()},
        )

    def compose(self, text: str, what: str = f"a {FILE_NAME}", example: str = "name: my-transform") -> "MappingNode":
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError
        from ruamel.yaml.nodes import MappingNode

        try:
            self.bound(YAML(typ="rt").parse(text))
            root = YAML(typ="rt").compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            place = f"{self.shown}:{mark.line + 1}:{mark.column + 1}" if mark else self.shown
            reason = " ".join(str(error.problem or error.context).split())
            tab = "'\\t'" in reason or _line(text, mark.line if mark else 0).lstrip(" ").startswith("\t")
            fix = "YAML is indented with spaces; replace the tab." if tab else None
            raise ProjectError(f"{place}: this is not YAML.", cause=reason, fix=fix) from error
        except (YAMLError, ValueError) as error:  # characters that YAML does not allow
            raise ProjectError(f"{self.shown} is not YAML.", cause=" ".join(str(error).split())) from error
        if root is None:
            raise ProjectError(f"{self.shown}:1:1: the file is empty.", fix=f"Add a line such as `{example}`.")
        if not isinstance(root, MappingNode):
            raise self.error(root, f"{what} is a mapping (`{example}`).")
        return root

    def bound(self, events: "Iterable[Event]") -> None:
        """Read the file's events, refusing more or deeper ones than a manifest can need (a parser is slow on those)."""
        from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent

        depth = 0
        for count, event in enumerate(events):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > _MAX_DEPTH or count > _MAX_EVENTS:
                raise self.error(event, "this is more, or nested deeper, than a transform.yaml can need.")

    def members(self, node: "Node", what: str, depth: int = 0) -> "Iterator[tuple[str, Node, Node]]":
        """The mapping's keys and values, with what merge keys (`<<`) bring in, own keys first."""
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        if not isinstance(node, MappingNode):
            raise self.error(node, f"`{what}` must be a mapping of names to values.")
        merged: list[Node] = []
        seen: set[str] = set()
        for key, value in node.value:
            self.nodes += 1
            if self.nodes > _MAX_EVENTS or depth > _MAX_DEPTH:  # merge keys may name one mapping again and again
                raise self.error(node, "this has more entries than a transform.yaml can need.")
            if not isinstance(key, ScalarNode):
                raise self.error(key, "a key must be a text.")
            if key.value == "<<" and key.style is None:
                merged.extend(value.value if isinstance(value, SequenceNode) else [value])
                continue
            if key.value in seen:
                raise self.error(key, f"`{key.value}` is given twice.")
            seen.add(key.value)
            yield key.value, key, value
        for base in merged:
            for name, key, value in self.members(base, "<<", depth + 1):
                if name not in seen:
                    seen.add(name)
                    yield name, key, value

    def known(self, key: str, node: "Node") -> str:
        name = key.replace("_", "-")
        if key in KEYS:
            return key
        if name in KEYS:
            self.warn(node, f"`{key}` is read as `{name}`; rpk does not know this spelling.")
            return name
        close = difflib.get_close_matches(name.lower(), KEYS, 1)
        self.warn(node, f"`{key}` is not a key of transform.yaml, so it is ignored." + _suggest(close))
        return ""

    def scalar(self, node: "Node", what: str) -> str:
        from ruamel.yaml.nodes import ScalarNode

        if not isinstance(node, ScalarNode):
            raise self.error(node, f"`{what}` must be a text, not {_kind(node)}.")
        if node.style is None and str(node.tag).endswith(":null"):
            return ""
        return str(node.value)

    def topics(self, values: "dict[str, Node]", texts: dict[str, str]) -> tuple[str, ...]:
        from ruamel.yaml.nodes import SequenceNode

        found: list[tuple[str, Node]] = []
        listed = values.get("output-topics")
        if listed is not None and not _is_null(listed):
            if not isinstance(listed, SequenceNode):
                raise self.error(listed, f"`output-topics` must be a list, not {_kind(listed)}.", fix="- my-topic")
            found = [(self.scalar(node, "output-topics"), node) for node in listed.value[: MAX_OUTPUT_TOPICS + 1]]
        if texts.get("output-topic"):
            if found and [topic for topic, _ in found] != [texts["output-topic"]]:
                raise self.error(values["output-topic"], "give `output-topic` or `output-topics`, not both.")
            found = [(texts["output-topic"], values["output-topic"])]
        if len(found) > MAX_OUTPUT_TOPICS:
            raise self.error(values["output-topics"], f"the broker takes at most {MAX_OUTPUT_TOPICS} output topics.")
        source = texts.get("input-topic", "")
        checked = [*found, *([(source, values["input-topic"])] if source else [])]
        for topic, node in checked:
            if reason := check_topic(topic):
                raise self.error(node, f"{topic!r} cannot be a topic: {reason}.")
        for at, (topic, node) in enumerate(found):
            if topic == source:
                raise self.error(node, f"`{topic}` is the input topic too: the transform would feed itself.")
            if topic in [other for other, _ in found[:at]]:
                raise self.error(node, f"output topic `{topic}` is given twice.")
        return tuple(topic for topic, _ in found)

    def env(self, values: "dict[str, Node]") -> dict[str, str]:
        env: dict[str, str] = {}
        if "env" not in values or _is_null(values["env"]):
            return env
        for key, key_node, value in self.members(values["env"], "env"):
            env[key] = self.scalar(value, f"env.{key}")
            if reason := check_variable(key, env[key]):
                raise self.error(key_node, f"{reason}.")
        if reason := check_env(env):
            raise self.error(values["env"], f"{reason}.")
        return env

    def compression(self, values: "dict[str, Node]", texts: dict[str, str]) -> str:
        name = texts.get("compression", "").lower()
        if name and name not in COMPRESSIONS:
            close = _suggest(difflib.get_close_matches(name, COMPRESSIONS, 1))
            choice = ", ".join(COMPRESSIONS)
            raise self.error(
                values["compression"], f"`compression` cannot be {name!r}.{close}", fix=f"One of {choice}."
            )
        return name

    def offset(self, values: "dict[str, Node]", texts: dict[str, str]) -> str:
        text = texts.get("from-offset", "")
        if text and not _OFFSET.fullmatch(text):
            fix = "+N (from the start), -N (from the end) or @T (milliseconds since the epoch)."
            raise self.error(values["from-offset"], f"`from-offset` cannot be {text!r}.", fix=fix)
        return text

    def cluster(self, values: "dict[str, Node]") -> dict[str, int]:
        cluster: dict[str, int] = {}
        if "cluster" not in values or _is_null(values["cluster"]):
            return cluster
        for key, key_node, value in self.members(values["cluster"], "cluster"):
            text = self.scalar(value, f"cluster.{key}")
            if not re.fullmatch("[0-9]{1,18}", text) or not int(text):
                raise self.error(value, f"`cluster.{key}` must be a positive whole number, not {text!r}.")
            if key not in CLUSTER_LIMITS:
                close = _suggest(difflib.get_close_matches(key, CLUSTER_LIMITS, 1))
                self.warn(key_node, f"`{key}` is not a property that limits transforms, so it is ignored.{close}")
            cluster[key] = int(text)
        return cluster

    def place(self, node: "Node | Event") -> str:
        return f"{self.shown}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"

    def error(self, node: "Node | Event", message: str, fix: str | None = None) -> ProjectError:
        return ProjectError(f"{self.place(node)}: {message}", fix=fix)

    def warn(self, node: "Node", message: str) -> None:
        self.warnings.append(f"{self.place(node)}: {message}")


_STRUCTURED = ("output-topics", "env", "cluster")


def _suggest(close: Sequence[str]) -> str:
    return f" Did you mean `{close[0]}`?" if close else ""


def _kind(node: "Node") -> str:
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    if isinstance(node, MappingNode):
        return "a mapping"
    return "a list" if isinstance(node, SequenceNode) else "a text"


def _is_null(node: "Node") -> bool:
    return str(node.tag).endswith(":null")


def _line(text: str, number: int) -> str:
    lines = text.splitlines()
    return lines[number] if number < len(lines) else ""
