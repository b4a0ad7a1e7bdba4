"""A transform on the test bench: records piped in, records read out, no broker."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rpkpy.batches.record import Record

if TYPE_CHECKING:
    from rpkpy.engine import Instance, Stats
    from rpkpy.project.fixtures.running import Bench

Content = str | bytes | None
Headers = Mapping[str, Content] | Iterable[tuple[str | bytes, Content]]

START_MS = 1_735_689_600_000
"""What a driver's clock shows at first: the beginning of 2025 in UTC, so that each run is the same."""


class NoOutput(AssertionError):
    """A record was to be read where none is left."""


class TransformDriver:
    """One transform in the engine, under the broker's limits.

    The guest starts with the first record, so `environment` may be changed until then. A guest that fails raises
    GuestTrap out of `pipe_input`; as on a broker, the next record finds a new one, which remembers nothing.

    `logs` are the lines that it printed; `time_ms` is the clock, which stands still but for `advance_time`: records
    that go in without a timestamp, and those that come out, carry it. `stats` are those of the last record.
    """

    def __init__(
        self,
        bench: "Bench",
        *,
        environment: Mapping[str, str] | None = None,
        input_topic: str = "",
        output_topics: Sequence[str] = (),
        schemas: Sequence[Any] = (),
    ) -> None:
        from rpkpy.project.schemas import of_entries

        self.environment = dict(bench.environment) | dict(environment or {})
        self.input_topic = input_topic or bench.input_topic
        self.output_topics = tuple(output_topics) or bench.output_topics
        self.logs: list[str] = []
        self.time_ms = START_MS
        self.stats: Stats | None = None
        self._bench = bench
        self._registry = of_entries(schemas, "schemas", Path()) if schemas else None
        self._instance: Instance | None = None
        self._offsets: dict[int, int] = {}
        self._outputs: dict[str, list[Record]] = {topic: [] for topic in self.output_topics}

    @classmethod
    def of_project(
        cls, folder: Path, *, file: Path | None = None, limits: str | None = None, **options: Any
    ) -> "TransformDriver":
        """The built module of the project in `folder` (or `file`); `limits` as `rpkpy transform test --limits`."""
        return cls(bench_of(folder, file=file, limits=limits), **options)

    def start(self) -> None:
        """Start the guest, unless it runs. Raises GuestTrap, and InvalidError where it does not fit the limits."""
        from rpkpy.engine import Instance

        if self._instance is not None:
            return
        instance = Instance(
            self._bench.module,
            name=self._bench.name_for(self.input_topic),
            input_topic=self.input_topic,
            output_topics=self.output_topics,
            env=self.environment,
            on_log=lambda _fd, text: self.logs.append(text.decode("utf-8", "replace").removesuffix("\n")),
            clock=lambda: self.time_ms,
            schema_registry=self._registry,
            metered=True,
            check_crcs=False,
        )
        self.stats = instance.start().stats
        self._instance = instance

    def pipe_input(
        self,
        value: Content,
        key: Content = None,
        headers: Headers = (),
        *,
        timestamp_ms: int | None = None,
        partition: int = 0,
    ) -> None:
        """Give it a record. Texts are UTF-8, None is null. Raises GuestTrap."""
        from rpkpy.batches.codec import encode_batch
        from rpkpy.engine import GuestTrap

        self.start()
        instance = self._instance
        assert instance is not None  # noqa: S101
        offset = self._offsets.get(partition, 0)
        self._offsets[partition] = offset + 1
        record = Record(
            _bytes(key),
            _bytes(value),
            _headers(headers),
            self.time_ms if timestamp_ms is None else timestamp_ms,
            offset,
        )
        instance.partition = partition
        try:
            output = instance.process(encode_batch([record], base_offset=offset))
        except GuestTrap:
            self._instance = None
            raise
        self.stats = output.stats
        for topic, records in zip(self.output_topics, output.records, strict=True):
            self._outputs[topic] += records

    def read_output(self, topic: str | None = None) -> Record:
        """The next record of an output topic, the transform's first by default. NoOutput where none is left."""
        records = self._of(topic)
        if not records:
            raise NoOutput(f"No record is left in {topic or self.output_topics[0]}.")
        return records.pop(0)

    def read_outputs(self, topic: str | None = None) -> list[Record]:
        """All records of an output topic that have not been read."""
        records = self._of(topic)
        taken = records[:]
        records.clear()
        return taken

    def is_empty(self, topic: str | None = None) -> bool:
        """Whether no record is left: in `topic`, or in any."""
        return not any(self._outputs.values()) if topic is None else not self._of(topic)

    def advance_time(self, milliseconds: int) -> None:
        """Move the clock on."""
        self.time_ms += milliseconds

    def close(self) -> None:
        """End the guest. What it wrote can still be read."""
        instance, self._instance = self._instance, None
        if instance is not None:
            instance.close()

    def __enter__(self) -> "TransformDriver":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _of(self, topic: str | None) -> list[Record]:
        name = self.output_topics[0] if topic is None else topic
        if name not in self._outputs:
            raise KeyError(f"{name} is none of the transform's output topics: {', '.join(self.output_topics)}")
        return self._outputs[name]


def bench_of(folder: Path, *, file: Path | None = None, limits: str | None = None) -> "Bench":
    """The module of the project in `folder`, or `file`, compiled. UsageError or ProjectError where there is none."""
    from rpkpy.project import limits as limits_of
    from rpkpy.project import project as projects
    from rpkpy.project.fixtures.running import Bench
    from rpkpy.project.manifest import FILE_NAME
    from rpkpy.wasm import file as files

    project = projects.load(folder) if file is None or (folder / FILE_NAME).is_file() else None
    manifest = project.manifest if project else None
    path = file or (project.wasm_path if project else folder)
    applied = limits_of.resolve(limits_of.Choice(limits), manifest, cwd=folder)
    return Bench.of(files.read(path), applied.limits, manifest)


def _bytes(content: Content) -> bytes | None:
    return content.encode() if isinstance(content, str) else content


def _headers(headers: Headers) -> tuple[tuple[bytes, bytes | None], ...]:
    items = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((key.encode() if isinstance(key, str) else key, _bytes(value)) for key, value in items)
