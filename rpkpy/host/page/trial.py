"""Runs a module on a few records, in a process made for it: `python -m rpkpy.host.page.trial`.

What it gets and what it answers goes through its standard streams.
"""

import json
import sys
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, BinaryIO

from rpkpy.batches.codec import decode_batches, encode_batch
from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError, RpkpyError
from rpkpy.host.samples import cut
from rpkpy.wasm.limits import Limits

if TYPE_CHECKING:
    from rpkpy.engine import Instance

PROCESS_S = 30.0
"""For the process: compiling a large module takes seconds beside the records."""
_WALL_S = 10.0
"""For all records together."""
_DATA_BYTES = 1536 * 1024**2
"""What the process may allocate; compiling the largest module that a broker takes stays below it."""
_MAX_SHOWN_BYTES = 4 * 1024
_MAX_OUTPUTS = 20
_MAX_LOGS = 200


@dataclass(frozen=True, slots=True)
class Request:
    """What to run: `records` are the lines' records, the other fields what the module is told."""

    name: str
    input_topic: str
    output_topics: Sequence[str]
    environment: Mapping[str, str]
    records: Sequence[Record]
    limits: Limits


@dataclass(slots=True)
class Step:
    """One record's way: what went in, what came out with its topic, fuel, log events as (fd, text).

    Long keys and values are cut; `more` counts records left out.
    """

    record: Record
    outputs: list[tuple[str, Record]] = field(default_factory=list)
    more: int = 0
    fuel: int = 0
    logs: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Result:
    """What came of a run. `error` is what ended it (message, cause, fix); `start_fuel` what the start-up took."""

    steps: list[Step] = field(default_factory=list)
    start_logs: list[tuple[int, str]] = field(default_factory=list)
    start_fuel: int = 0
    memory_bytes: int = 0
    error: tuple[str, str, str] | None = None
    not_run: int = 0

    @property
    def fuel(self) -> int:
        """Of all records."""
        return sum(step.fuel for step in self.steps)


# Between the processes: a line of JSON, then the module; JSON back. Records go as a batch each.


def _packed(record: Record) -> str:
    return b64encode(encode_batch([record], base_offset=record.offset)).decode("ascii")


def _unpacked(text: str) -> Record:
    ((record,),) = (batch.records() for batch in decode_batches(b64decode(text)))
    return record


def encode(request: Request) -> bytes:
    data = {item.name: getattr(request, item.name) for item in fields(request)}
    data |= {"records": [_packed(record) for record in request.records], "limits": asdict(request.limits)}
    return json.dumps(data).encode()


def _decode_request(line: bytes) -> Request:
    data: Any = json.loads(line)
    records = [_unpacked(text) for text in data["records"]]
    return Request(**{**data, "records": records, "limits": Limits(**data["limits"])})


def _encode_result(result: Result) -> bytes:
    steps = [
        {item.name: getattr(step, item.name) for item in fields(step)}
        | {"record": _packed(step.record), "outputs": [(topic, _packed(made)) for topic, made in step.outputs]}
        for step in result.steps
    ]
    return json.dumps({item.name: getattr(result, item.name) for item in fields(result)} | {"steps": steps}).encode()


def decode(answer: bytes) -> Result:
    data: Any = json.loads(answer)
    steps = [
        Step(
            _unpacked(step.pop("record")),
            [(topic, _unpacked(text)) for topic, text in step.pop("outputs")],
            logs=[(fd, text) for fd, text in step.pop("logs")],
            **step,
        )
        for step in data.pop("steps")
    ]
    logs = [(fd, text) for fd, text in data.pop("start_logs")]
    error = data.pop("error")
    return Result(**data, steps=steps, start_logs=logs, error=None if error is None else tuple(error))


def execute(request: Request, wasm: bytes, wall_s: float = _WALL_S) -> Result:
    """Run the request in this process."""
    from rpkpy.engine import Engine, Instance

    result = Result()
    logs: list[tuple[int, str]] = result.start_logs
    logged = 0

    def on_log(fd: int, data: bytes) -> None:
        nonlocal logged
        logged += 1
        if logged <= _MAX_LOGS:
            logs.append((fd, data.decode("utf-8", "replace")))

    try:
        module = Engine(request.limits).compile(wasm)
        with Instance(
            module,
            name=request.name,
            input_topic=request.input_topic,
            output_topics=request.output_topics,
            env=request.environment,
            on_log=on_log,
            metered=True,
            check_crcs=False,
            partition=0,
            wall_time_s=wall_s,
        ) as instance:
            result.start_fuel = instance.start().stats.fuel_used
            until_s = time.monotonic() + wall_s
            for record in request.records:
                if time.monotonic() > until_s:
                    raise InvalidError("The records took too long.", cause=f"They had {wall_s:g} s together.")
                step = Step(cut(record, _MAX_SHOWN_BYTES))
                result.steps.append(step)
                logs = step.logs
                _process(instance, request, record, step)
                result.memory_bytes = instance.memory_bytes
    except RpkpyError as error:
        result.error = (error.message, error.cause or "", error.fix or "")
    result.not_run = len(request.records) - len(result.steps)
    return result


def _process(instance: "Instance", request: Request, record: Record, step: Step) -> None:
    from rpkpy.engine import GuestTrap

    try:
        output = instance.process(encode_batch([record], base_offset=record.offset))
    except GuestTrap as trap:
        step.fuel = trap.fuel_used
        raise
    step.fuel = output.stats.fuel_used
    made = zip(request.output_topics, output.records, strict=True)
    flat = [(topic, record) for topic, records in made for record in records]
    step.outputs = [(topic, cut(record, _MAX_SHOWN_BYTES)) for topic, record in flat[:_MAX_OUTPUTS]]
    step.more = len(flat) - len(step.outputs)


def _bound_this_process() -> None:
    import resource

    for which, most in (
        (resource.RLIMIT_DATA, _DATA_BYTES),
        (resource.RLIMIT_CPU, int(PROCESS_S)),
        (resource.RLIMIT_FSIZE, 0),
    ):
        _, hard = resource.getrlimit(which)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (bound, bound))


def main(stdin: BinaryIO, stdout: BinaryIO) -> None:
    """The child: a request from `stdin`, its result to `stdout`."""
    _bound_this_process()
    request = _decode_request(stdin.readline())
    result = execute(request, stdin.read())
    stdout.write(_encode_result(result))
    stdout.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
