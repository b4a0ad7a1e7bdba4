"""YAML files that people edit: read with positions, changed with comments and unknown keys kept, written safely."""

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

from rpkpy import atomic
from rpkpy.config import durations
from rpkpy.errors import ConfigError
from rpkpy.text import line_and_column
from rpkpy.yaml_reading import KeyPositions, parser

# Bounds that keep the reading of any file at about a second: a profile takes some 50 nodes and 2 KB.
_MAX_BYTES = 512 * 1024
_MAX_DEPTH = 32
_MAX_NODES = 10_000
_LOCK_WAIT_S = 10.0


class Section:
    """A mapping of a YAML file; reads typed values and names file:line:column in errors."""

    def __init__(self, path: Path, data: Any, name: str = "") -> None:
        self.path = path
        self.data = data
        self.name = name

    def __contains__(self, key: str) -> bool:
        return self.data.get(key) is not None

    def where(self, key: str | None = None) -> str:
        """`file:line:column` of `key`, or of the section."""
        lc = getattr(self.data, "lc", None)
        if lc is None or lc.line is None:
            return str(self.path)
        line, column = lc.data[key][:2] if key is not None and lc.data and key in lc.data else (lc.line, lc.col)
        return f"{self.path}:{line + 1}:{column + 1}"

    def fail(self, key: str, why: str) -> ConfigError:
        """The error for a value of `key` that cannot be used."""
        dotted = f"{self.name}.{key}" if self.name else key
        return ConfigError(f"{self.where(key)}: {dotted}: {why}.")

    def section(self, key: str) -> "Section | None":
        """The mapping at `key`; None where it is missing or null."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.fail(key, "expected a mapping")
        return Section(self.path, value, f"{self.name}.{key}" if self.name else key)

    def sections(self, key: str) -> "list[Section]":
        """The list of mappings at `key`; a single mapping counts as a list of one."""
        value = self.data.get(key)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        dotted = f"{self.name}.{key}" if self.name else key
        found = []
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise self.fail(key, "expected a list of mappings")
            found.append(Section(self.path, item, f"{dotted}[{index}]"))
        return found

    def text(self, key: str) -> str:
        """The string at `key`, empty where missing; numbers count as their text."""
        value = self.data.get(key)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise self.fail(key, "expected text")
        return str(value)

    def texts(self, key: str) -> list[str]:
        """The strings at `key`; a single one counts as a list of one."""
        value = self.data.get(key)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise self.fail(key, "expected a list of text")
        return [str(item) for item in items]

    def boolean(self, key: str) -> bool:
        """The truth value at `key`, false where missing."""
        value = self.data.get(key)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.fail(key, "expected true or false")
        return bool(value)

    def integer(self, key: str, default: int = 0) -> int:
        """The whole number at `key`."""
        value = self.data.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, "expected a whole number")
        return int(value)

    def seconds(self, key: str) -> float | None:
        """The duration at `key` in seconds; None where missing."""
        text = self.text(key)
        if not text:
            return None
        try:
            return durations.parse(text)
        except ValueError as error:
            raise self.fail(key, str(error)) from None


def read(path: Path) -> Section | None:
    """The mapping in the file; None where there is no file, an empty one for an empty file. ConfigError otherwise."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read.", cause=str(error.strerror or error)) from error
    if len(raw) > _MAX_BYTES:
        raise ConfigError(f"{path} is larger than {_MAX_BYTES >> 10} KiB: not a configuration file.")
    return parse(path, raw)


def parse(path: Path, raw: bytes) -> Section:
    """The mapping in `raw`, the content of the file at `path`."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    try:
        text = raw.decode("utf-8-sig")
        check_nodes(path, text)
        data = _yaml().load(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text.", cause=f"{error.reason} at byte {error.start}.") from None
    except MarkedYAMLError as error:
        # neither chained nor quoted: the parser's own text holds lines of the file, and those may hold a password
        mark = error.problem_mark or error.context_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark is not None else str(path)
        said = str(error.problem).splitlines()[0].partition(" with value ")[0]
        said = re.sub(r"(alias|handle) '.*'", r"\1 (quote a text that starts with * or !)", said)
        raise ConfigError(f"{where}: {said}.") from None
    except ReaderError as error:
        place = line_and_column(text, error.position)
        raise ConfigError(f"{path}:{place}: U+{ord(text[error.position]):04X} cannot stand in YAML.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML.", cause=f"The parser gave up: {type(error).__name__}.") from None
    if data is None:
        data = CommentedMap()
    if not isinstance(data, dict):
        raise ConfigError(f"{path} holds no mapping.", fix="It should start with keys such as `version: 6`.")
    return Section(path, data)


def check_nodes(path: Path | str, text: str, most: int = _MAX_NODES) -> None:
    """ConfigError for deep nesting, more than `most` nodes (what aliases stand for counted each time), odd keys.

    Building those would exhaust the stack, or time and memory once something walks what was built; a list or mapping
    as a key cannot be built at all.
    """
    from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, NodeEvent

    sizes: dict[str, int] = {}  # of the nodes with an anchor
    open_nodes: list[tuple[str | None, int]] = []  # their anchors, and how many nodes came before each
    nodes = 0
    keys = KeyPositions()
    for event in parser("safe").parse(text):  # four times as fast over comments as the round-trip form
        place = f"{path}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
        if keys.is_key(event) and (isinstance(event, CollectionStartEvent) or getattr(event, "anchor", None) in sizes):
            raise ConfigError(f"{place}: a list or a mapping as a key.", fix="A key is a text, such as `name:`.")
        if isinstance(event, CollectionEndEvent):
            anchor, before = open_nodes.pop()
            if anchor is not None:
                sizes[anchor] = nodes - before
        elif isinstance(event, AliasEvent):
            if any(anchor == event.anchor for anchor, _ in open_nodes):
                raise ConfigError(f"{place}: an alias of what it stands in.", fix="Write the value out.")
            nodes += sizes.get(event.anchor, 1)
        elif isinstance(event, NodeEvent):
            if isinstance(event, CollectionStartEvent):
                open_nodes.append((event.anchor, nodes))
            nodes += 1
        if len(open_nodes) > _MAX_DEPTH:
            raise ConfigError(f"{place}: nested deeper than a configuration can be.")
        if nodes > most:
            raise ConfigError(f"{place}: more entries than a configuration can have (at most {most:,}).")


def dump(data: Any) -> str:
    """YAML text, indented as rpk writes it."""
    out = StringIO()
    _yaml().dump(data, out)
    return out.getvalue()


@contextmanager
def edit(path: Path, prepare: Callable[[Section], None] = lambda section: None) -> Iterator[Section]:
    """Change the file: the block alters the mapping; it is written where it differs.

    `prepare` sees the mapping first; what it changes alone causes no writing. One writer at a time (a lock file
    stands beside the file), atomically, readable by the owner alone; a folder made on the way is the owner's alone
    too. A symbolic link is followed. ConfigError where the folder takes no file.
    """
    path = path.resolve()
    with ExitStack() as stack:
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            stack.enter_context(locked(path.with_name(path.name + ".lock")))
        section = read(path) or parse(path, b"")
        prepare(section)
        before = dump(section.data)
        yield section
        after = dump(section.data)
        if after != before or not path.exists():
            with _writing(path):
                atomic.replace(path, after.encode(), sync=True)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written.",
            cause=f"{error.filename or path}: {error.strerror or error}.",
            fix="Name a file in a folder of your own with --config.",
        ) from error


@contextmanager
def locked(path: Path, wait_s: float | None = None) -> Iterator[None]:
    """Hold the lock file `path`, made where it is missing; ConfigError where another one keeps it for `wait_s`."""
    wait_s = _LOCK_WAIT_S if wait_s is None else wait_s
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + wait_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise ConfigError(
                        f"{path} has been locked for {wait_s:.0f} s.",
                        fix="Another rpkpy is writing the configuration: wait for it to end.",
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(descriptor)


def _yaml() -> Any:
    yaml = parser("rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=4, sequence=6, offset=4)
    return yaml
