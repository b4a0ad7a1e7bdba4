"""Reads a case's folder: case.yaml, strictly, and the guest's source."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from rpkpy.batches import compression
from rpkpy.wasm.limits import BROKER, Limits
from tests.engine.conformance import Case, Expected, ExpectedTrap, Outputs, Payload, Refusal, Span
from tests.engine.conformance_batch import InputBatch, InputRecord

CASES = Path(__file__).parent / "cases"
PRELUDE = "prelude"

_INCLUDE = re.compile(r"^[ \t]*;; include (\S+)[ \t]*$", re.MULTILINE)
_BLANK = re.compile(r"\{\{(\w+)\}\}")
_PHASES = ("start", "batch", "record")
_STAGES = ("compile", "instantiate")
_Headers = tuple[tuple[bytes, bytes | None], ...]
_T = TypeVar("_T")


class InvalidCase(Exception):
    """A case.yaml that does not mean anything, by file and key."""


def load_all() -> list[Case]:
    """Every case, by group and name."""
    return [case for path in sorted(CASES.glob("*/*/case.yaml")) for case in load(path.parent)]


def load(folder: Path) -> list[Case]:
    """The cases in `folder`: one, or one for each of its variants. Raises InvalidCase."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    path = folder / "case.yaml"
    try:
        document = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise InvalidCase(f"{path}: {error}") from None
    sources = {file.suffix[1:]: file for file in folder.iterdir() if file.stem == "guest"}
    if len(sources) != 1 or not sources.keys() <= {"wat", "c"}:
        raise InvalidCase(f"{folder}: one guest.wat or guest.c is needed")
    ((language, source),) = sources.items()
    text = source.read_text(encoding="utf-8")
    guest = _INCLUDE.sub(lambda match: prelude(match.group(1)), text) if language == "wat" else text
    fields = _Fields(document, str(path))
    limits = fields.get("limits", _limits, BROKER)
    case = Case(
        folder=folder,
        group=folder.parent.name,
        name=folder.name,
        language=language,
        guest=guest,
        description=fields.need("description", _text),
        sources=fields.need("source", _texts),
        choice=fields.get("choice", _text, None),
        transform_name=fields.get("name", _text, "guest"),
        input_topic=fields.get("input_topic", _text, "in"),
        output_topics=fields.get("output_topics", _texts, ("out",)),
        environment=fields.get("environment", _environment, {}),
        compression=fields.get("compression", _codec, "none"),
        limits=limits,
        skip_until=fields.get("skip_until", _integer, None),
        input=fields.get("input", _batches, ()),
        expected=fields.need("expected", _expected),
        restart_at=fields.get("restart_at", _integer, None),
        restart=fields.get("restart", _expected, None),
    )
    variants: dict[str, dict[str, str]] = fields.get("variants", _variants, {})
    fields.end()
    if (case.restart is None) != (case.restart_at is None):
        raise InvalidCase(f"{path}: restart and restart_at belong together")
    for expected in filter(None, (case.expected, case.restart)):
        if not {*expected.outputs, *(expected.batches or {})} <= {*case.output_topics}:
            raise InvalidCase(f"{path}: expected names a topic that is not among output_topics")
    if not variants:
        return [_filled(case, {})]
    return [dataclasses.replace(_filled(case, values), variant=name) for name, values in variants.items()]


def _filled(case: Case, values: dict[str, str]) -> Case:
    """`case` with its guest's blanks filled in."""
    blanks = set(_BLANK.findall(case.guest))
    if blanks != values.keys():
        raise InvalidCase(f"{case.folder}: the guest's blanks are {sorted(blanks)}, a variant's {sorted(values)}")
    guest = _BLANK.sub(lambda match: values[match.group(1)], case.guest)
    return dataclasses.replace(case, guest=guest)


@cache
def prelude(name: str) -> str:
    """The text of a shared fragment."""
    return (CASES / PRELUDE / f"{name}.wat").read_text(encoding="utf-8")


class _Fields:
    """A mapping whose keys are asked for one by one; `end` refuses those that nobody asked for."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
            raise InvalidCase(f"{where}: a mapping is needed, not {value!r}")
        self._left: dict[str, Any] = dict(value)
        self._where = where

    def has(self, name: str) -> bool:
        return name in self._left

    def need(self, name: str, read: Callable[[Any, str], _T]) -> _T:
        if name not in self._left:
            raise InvalidCase(f"{self._where}: {name} is missing")
        return read(self._left.pop(name), f"{self._where}: {name}")

    def get(self, name: str, read: Callable[[Any, str], _T], default: _T) -> _T:
        return self.need(name, read) if name in self._left else default

    def end(self) -> None:
        if self._left:
            raise InvalidCase(f"{self._where}: unknown keys: {', '.join(self._left)}")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidCase(f"{where}: a text is needed, not {value!r}")
    return value


def _integer(value: object, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidCase(f"{where}: an integer is needed, not {value!r}")
    return value


def _share(value: object, where: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidCase(f"{where}: a number is needed, not {value!r}")
    return float(value)


def _flag(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidCase(f"{where}: true or false is needed, not {value!r}")
    return value


def _one_of(*choices: str) -> Callable[[object, str], str]:
    def read(value: object, where: str) -> str:
        if value not in choices:
            raise InvalidCase(f"{where}: one of {', '.join(choices)} is needed, not {value!r}")
        return str(value)

    return read


_codec = _one_of(*compression.NAMES)


def _list(value: object, where: str) -> Iterator[tuple[Any, str]]:
    if not isinstance(value, list):
        raise InvalidCase(f"{where}: a list is needed, not {value!r}")
    for index, item in enumerate(value):
        yield item, f"{where}[{index}]"


def _texts(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, str):
        return (_text(value, where),)
    return tuple(_text(item, at) for item, at in _list(value, where))


def _environment(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise InvalidCase(f"{where}: names and texts are needed, not {value!r}")
    return dict(value)


def _variants(value: Any, where: str) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict) or not value:
        raise InvalidCase(f"{where}: blanks by variant are needed, not {value!r}")
    return {str(name): _blanks(blanks, f"{where}.{name}") for name, blanks in value.items()}


def _blanks(value: object, where: str) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InvalidCase(f"{where}: texts by blank are needed, not {value!r}")
    return {str(blank): str(text) for blank, text in value.items()}


def _limits(value: object, where: str) -> Limits:
    fields = _Fields(value, where)
    names = [field.name for field in dataclasses.fields(Limits)]
    changed = {name: fields.need(name, _integer) for name in names if fields.has(name)}
    fields.end()
    return dataclasses.replace(BROKER, **changed)


def _bytes(value: object, where: str) -> bytes | None:
    """A text; null; {hex}; {i32} or {i64}, little endian; {repeat: text, times: n}."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode()
    fields = _Fields(value, where)
    if fields.has("hex"):
        content = bytes.fromhex(fields.need("hex", lambda text, _: str(text)))
    elif fields.has("i32"):
        content = _little_endian(fields.need("i32", _integer), 4)
    elif fields.has("i64"):
        content = _little_endian(fields.need("i64", _integer), 8)
    else:
        content = fields.need("repeat", _text).encode() * fields.need("times", _integer)
    fields.end()
    return content


def _little_endian(number: int, size: int) -> bytes:
    return (number & ((1 << 8 * size) - 1)).to_bytes(size, "little")


def _some_bytes(value: object, where: str) -> bytes:
    content = _bytes(value, where)
    if content is None:
        raise InvalidCase(f"{where}: it cannot be null")
    return content


def _headers(value: object, where: str) -> _Headers:
    headers = []
    for item, at in _list(value, where):
        fields = _Fields(item, at)
        headers.append((fields.need("key", _some_bytes), fields.need("value", _bytes)))
        fields.end()
    return tuple(headers)


def _batches(value: object, where: str) -> tuple[InputBatch, ...]:
    return tuple(_batch(item, at) for item, at in _list(value, where))


def _batch(value: object, where: str) -> InputBatch:
    fields = _Fields(value, where)
    base_offset = fields.get("base_offset", _integer, 0)
    first_ms = fields.get("first_timestamp_ms", _integer, 1_000)
    records = [
        _record(item, at, base_offset + index, first_ms + index)
        for index, (item, at) in enumerate(fields.need("records", _list))
    ]
    append_ms = fields.get("log_append_time_ms", _integer, None)
    latest = max((record.timestamp_ms for record in records), default=first_ms)
    last_delta = max((record.offset - base_offset for record in records), default=0)
    batch = InputBatch(
        records=tuple(records),
        base_offset=base_offset,
        last_offset_delta=fields.get("last_offset_delta", _integer, last_delta),
        first_timestamp_ms=first_ms,
        max_timestamp_ms=latest if append_ms is None else append_ms,
        log_append_time=append_ms is not None,
        transactional=fields.get("transactional", _flag, False),
        control=fields.get("control", _flag, False),
        compression=fields.get("compression", _codec, "none"),
        leader_epoch=fields.get("leader_epoch", _integer, -1),
        producer_id=fields.get("producer_id", _integer, -1),
        producer_epoch=fields.get("producer_epoch", _integer, -1),
        base_sequence=fields.get("base_sequence", _integer, -1),
    )
    fields.end()
    return batch


def _record(value: object, where: str, offset: int, timestamp_ms: int) -> InputRecord:
    fields = _Fields({"value": value} if isinstance(value, str) else value, where)
    record = InputRecord(
        key=fields.get("key", _bytes, None),
        value=fields.get("value", _bytes, None),
        headers=fields.get("headers", _headers, ()),
        timestamp_ms=fields.get("timestamp_ms", _integer, timestamp_ms),
        offset=fields.get("offset", _integer, offset),
        attributes=fields.get("attributes", _integer, 0),
    )
    fields.end()
    return record


def _outputs(value: object, where: str) -> Outputs:
    if not isinstance(value, dict):
        raise InvalidCase(f"{where}: records by topic are needed, not {value!r}")
    return {
        _text(topic, where): tuple(_output(item, at) for item, at in _list(records, f"{where}.{topic}"))
        for topic, records in value.items()
    }


def _output(value: object, where: str) -> Payload:
    """A record: key, value, headers; a text is a value and an integer an i32 value, both without a key."""
    if isinstance(value, str):
        return None, value.encode(), ()
    if isinstance(value, int):
        return None, _little_endian(_integer(value, where), 4), ()
    fields = _Fields(value, where)
    headers: _Headers = fields.get("headers", _headers, ())
    payload = (fields.get("key", _bytes, None), fields.need("value", _bytes), headers)
    fields.end()
    return payload


def _expected(value: object, where: str) -> Expected:
    fields = _Fields(value, where)
    expected = Expected(
        outputs=fields.get("outputs", _outputs, {}),
        logs=fields.get("logs", _logs, ()),
        trap=fields.get("trap", _trap, None),
        refused=fields.get("refused", _refused, None),
        records_in=fields.get("records_in", _integer, None),
        logs_dropped=fields.get("logs_dropped", _integer, None),
        memory_bytes=fields.get("memory_bytes", _integer, None),
        start_fuel=fields.get("start_fuel", _span, None),
        record_fuel=fields.get("record_fuel", _span, None),
        batches=fields.get("batches", _counts, None),
        batch_bytes=fields.get("batch_bytes", _integer, None),
    )
    fields.end()
    return expected


def _logs(value: object, where: str) -> tuple[tuple[int, bytes], ...]:
    logs = []
    for item, at in _list(value, where):
        fields = _Fields(item, at)
        logs.append((fields.need("fd", _integer), fields.need("text", _some_bytes)))
        fields.end()
    return tuple(logs)


def _trap(value: object, where: str) -> ExpectedTrap:
    fields = _Fields(value, where)
    trap = ExpectedTrap(
        code=fields.need("code", _text),
        phase=fields.need("phase", _one_of(*_PHASES)),
        offset=fields.get("offset", _integer, None),
        timestamp_ms=fields.get("timestamp_ms", _integer, None),
        exit_code=fields.get("exit_code", _integer, None),
        message=fields.get("message", _text, None),
        frames=fields.get("frames", _texts, ()),
        failed_outputs=fields.get("failed_outputs", _outputs, {}),
        fuel=fields.get("fuel", _span, None),
    )
    fields.end()
    if (trap.phase == "record") != (trap.offset is not None):
        raise InvalidCase(f"{where}: an offset goes with the phase record, and only with it")
    return trap


def _refused(value: object, where: str) -> Refusal:
    fields = _Fields(value, where)
    refusal = Refusal(fields.need("stage", _one_of(*_STAGES)), fields.get("message", _text, ""))
    fields.end()
    return refusal


def _span(value: object, where: str) -> Span:
    fields = _Fields(value, where)
    span = Span(fields.get("at_least", _share, 0.0), fields.get("at_most", _share, 1.0))
    fields.end()
    return span


def _counts(value: object, where: str) -> dict[str, tuple[int, ...]]:
    if not isinstance(value, dict):
        raise InvalidCase(f"{where}: counts by topic are needed, not {value!r}")
    return {topic: tuple(_integer(item, at) for item, at in _list(counts, where)) for topic, counts in value.items()}
