"""A manifest from its file: typed values, and remarks on what is odd. Aliases are never expanded, so a small file
stays small.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.config.host_options import CHOICES, NAMES, HostOptions, spelled
from rpkpy.errors import ProjectError
from rpkpy.project import yaml_nodes
from rpkpy.project.manifest.model import CLUSTER_LIMITS, COMPRESSIONS, FILE_NAME, KEYS, OVERLAY_KEYS, Manifest, Overlay
from rpkpy.project.rules import (
    MAX_INPUT_TOPICS,
    MAX_OUTPUT_TOPICS,
    check_env,
    check_name,
    check_topic,
    check_variable,
)
from rpkpy.project.yaml_nodes import Document, is_null

if TYPE_CHECKING:
    from ruamel.yaml.nodes import MappingNode, Node

MAX_FILE_BYTES = 128 * 1024

_OFFSET = re.compile(r"[@+-][0-9]{1,19}")
# A manifest has a few hundred YAML events at most (128 variables are 256) and three levels; merge keys may add a few.
_MAX_EVENTS = 4_096
_MAX_DEPTH = 16
_STRUCTURED = ("input-topics", "output-topics", "env", "cluster", "host", "environments")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def load(path: Path, shown: str | None = None) -> Manifest:
    """Read the manifest at `path`, called `shown` in messages. ProjectError, with line and column, when it is wrong."""
    return parse(read_text(path, shown or str(path)), shown or str(path))


def parse(text: str, shown: str = FILE_NAME) -> Manifest:
    """The manifest that `text` holds; ProjectError when it is wrong."""
    return _Reader(text, shown).manifest()


def read_properties(path: Path, shown: str) -> tuple[dict[str, int], tuple[str, ...]]:
    """A file of cluster properties, as `cluster:` holds them, and remarks on it; ProjectError when it is wrong."""
    reader = _Reader(read_text(path, shown), shown)
    root = reader.root("a file of limits", "kafka_batch_max_bytes: 1048576")
    return reader.cluster({"cluster": root}), tuple(reader.warnings)


def read_text(path: Path, shown: str) -> str:
    """The manifest's text; ProjectError when there is none that can be read."""
    try:
        return yaml_nodes.decode(yaml_nodes.read_bytes(path, shown, MAX_FILE_BYTES), shown)
    except FileNotFoundError:
        raise ProjectError(
            f"There is no {shown}.", fix="rpkpy transform init makes a project; run in its folder."
        ) from None


class _Reader(Document):
    """Reads one manifest: a tree of nodes in, typed values and remarks out."""

    max_depth = _MAX_DEPTH
    max_events = _MAX_EVENTS

    def __init__(self, text: str, shown: str) -> None:
        super().__init__(text, shown)
        self.warnings: list[str] = []
        self.nodes = 0

    def manifest(self) -> Manifest:
        root = self.root(f"a {FILE_NAME}", "name: my-transform")
        values, texts = self.entries(root, "transform.yaml", KEYS)
        if "name" not in texts:
            raise self.error(root, "`name` is missing.", fix="Add a line such as `name: my-transform`.")
        if reason := check_name(texts["name"]):
            raise self.error(values["name"], f"`name` cannot be {texts['name']!r}: {reason}.")
        inputs, outputs = self.topics(values, texts)
        return Manifest(
            name=texts["name"],
            description=texts.get("description", ""),
            input_topic=texts.get("input-topic", ""),
            input_topics=inputs,
            output_topics=outputs,
            language=texts.get("language", "").lower(),
            env=self.env(values),
            compression=self.compression(values, texts),
            from_offset=self.offset(values, texts),
            cluster=self.cluster(values),
            host=HostOptions.of(self.host(values)),
            environments=self.environments(values),
            warnings=tuple(self.warnings),
            places={key: self.place(node) for key, node in values.items()},
        )

    def entries(self, node: "Node", what: str, keys: Sequence[str]) -> "tuple[dict[str, Node], dict[str, str]]":
        """The known keys of a mapping with their nodes, and the texts of those that are plain."""
        values: dict[str, Node] = {}
        for key, key_node, value in self.members(node, what):
            name = self.known(key, key_node, what, keys)
            if name in values:
                raise self.error(key_node, f"`{name}` is given twice.")
            if name:
                values[name] = value
        return values, {key: self.scalar(values[key], key) for key in keys if key in values and key not in _STRUCTURED}

    def environments(self, values: "dict[str, Node]") -> dict[str, Overlay]:
        found: dict[str, Overlay] = {}
        if "environments" not in values or is_null(values["environments"]):
            return found
        for name, name_node, node in self.members(values["environments"], "environments"):
            if not _ENVIRONMENT.fullmatch(name):
                raise self.error(
                    name_node, f"an environment cannot be called {name!r}: letters, digits, dots, dashes, up to 64."
                )
            place = self.place(name_node)
            if is_null(node):
                found[name] = Overlay(place=place)
                continue
            own, texts = self.entries(node, f"environments.{name}", OVERLAY_KEYS)
            inputs, outputs = self.topics(own, texts)
            found[name] = Overlay(
                input_topic=texts.get("input-topic", ""),
                input_topics=inputs,
                output_topics=outputs,
                env=self.env(own),
                compression=self.compression(own, texts),
                cluster=self.cluster(own),
                host=self.host(own),
                place=place,
            )
        return found

    def root(self, what: str, example: str) -> "MappingNode":
        from ruamel.yaml.nodes import MappingNode

        root = self.compose()
        if root is None:
            raise ProjectError(f"{self.shown}:1:1: the file is empty.", fix=f"Add a line such as `{example}`.")
        if not isinstance(root, MappingNode):
            raise self.error(root, f"{what} is a mapping (`{example}`).")
        return root

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

    def known(self, key: str, node: "Node", what: str, keys: Sequence[str]) -> str:
        name = key.replace("_", "-")
        if key in keys:
            return key
        if name in keys:
            self.warn(node, f"`{key}` is read as `{name}`; rpk does not know this spelling.")
            return name
        close = difflib.get_close_matches(name.lower(), keys, 1)
        if keys is OVERLAY_KEYS:  # rpkpy's own: nothing reads it that knows more, and the base would be deployed
            raise self.error(node, f"`{key}` is not a key of {what}.{_suggest(close)}", fix=f"{', '.join(keys)}.")
        self.warn(node, f"`{key}` is not a key of {what}, so it is ignored." + _suggest(close))
        return ""

    def scalar(self, node: "Node", what: str) -> str:
        """The text of a scalar; what is null is empty."""
        return "" if is_null(node) else self.text_of(node, f"`{what}`")

    def topics(self, values: "dict[str, Node]", texts: dict[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What `input-topics` lists, and every output topic; checked, `input-topic` as well."""
        sources = self.listed(values, "input-topics", MAX_INPUT_TOPICS)
        if sources and texts.get("input-topic"):
            raise self.error(values["input-topic"], "give `input-topic` or `input-topics`, not both.")
        found = self.listed(values, "output-topics", MAX_OUTPUT_TOPICS)
        if texts.get("output-topic"):
            if found and [topic for topic, _ in found] != [texts["output-topic"]]:
                raise self.error(values["output-topic"], "give `output-topic` or `output-topics`, not both.")
            found = [(texts["output-topic"], values["output-topic"])]
        single = [(texts["input-topic"], values["input-topic"])] if texts.get("input-topic") else []
        for topic, node in (*found, *sources, *single):
            if reason := check_topic(topic):
                raise self.error(node, f"{topic!r} cannot be a topic: {reason}.")
        self.distinct(found, "output")
        self.distinct(sources, "input")
        read = {topic for topic, _ in (*sources, *single)}
        for topic, node in found:
            if topic in read:
                is_one = "an" if sources else "the"
                raise self.error(node, f"`{topic}` is {is_one} input topic too: the transform would feed itself.")
        return tuple(topic for topic, _ in sources), tuple(topic for topic, _ in found)

    def listed(self, values: "dict[str, Node]", key: str, most: int) -> "list[tuple[str, Node]]":
        """The topics under a key that holds several, with their nodes."""
        if key not in values:
            return []
        nodes = self.items(values[key], f"`{key}`")
        if len(nodes) > most:
            taken_by = "the broker takes" if key == "output-topics" else "a project has"
            raise self.error(values[key], f"{taken_by} at most {most} {key.replace('-', ' ')}.")
        return [(self.scalar(node, key), node) for node in nodes]

    def distinct(self, topics: "list[tuple[str, Node]]", what: str) -> None:
        seen: set[str] = set()
        for topic, node in topics:
            if topic in seen:
                raise self.error(node, f"{what} topic `{topic}` is given twice.")
            seen.add(topic)

    def env(self, values: "dict[str, Node]") -> dict[str, str]:
        env: dict[str, str] = {}
        if "env" not in values or is_null(values["env"]):
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
        if "cluster" not in values or is_null(values["cluster"]):
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

    def host(self, values: "dict[str, Node]") -> dict[str, str]:
        """The options under `host`, by the names of the Admin API."""
        found: dict[str, str] = {}
        if "host" not in values or is_null(values["host"]):
            return found
        known = [spelled(name) for name in NAMES]
        for key, key_node, value in self.members(values["host"], "host"):
            if key not in known:  # to deploy without what was meant here would lose or repeat records
                close = _suggest(difflib.get_close_matches(key, known, 1))
                raise self.error(key_node, f"`{key}` is not a key of host.{close}", fix=f"{', '.join(known)}.")
            name, text = NAMES[known.index(key)], self.scalar(value, f"host.{key}")
            if name in CHOICES:
                text = text.lower()
                if text not in CHOICES[name]:
                    choice = ", ".join(CHOICES[name])
                    raise self.error(value, f"`host.{key}` cannot be {text!r}.", fix=f"One of {choice}.")
            elif reason := check_topic(text):
                raise self.error(value, f"{text!r} cannot be a topic: {reason}.")
            found[name] = text
        return found

    def warn(self, node: "Node", message: str) -> None:
        self.warnings.append(f"{self.place(node)}: {message}")


def _suggest(close: Sequence[str]) -> str:
    return f" Did you mean `{close[0]}`?" if close else ""
