"""What tests of interpreted languages share: projects of small files, and large records in little memory."""

import json
from pathlib import Path

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import Engine, Instance
from rpkpy.wasm.limits import Limits
from tests.toolchains.workbench import Build


def project(root: Path, language: str, suffix: str, files: dict[str, str]) -> Build:
    """A project of `files`: their texts by their names without the suffix, with `__` for a slash."""
    root.mkdir(exist_ok=True)
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}{suffix}"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return Build(root, language)


def large_records_pass(root: Path, language: str, pattern: str) -> None:
    """Records of 100 KB pass `identity` or `masking` in 4 MiB, one after the other and beside small ones.

    They have long strings, many members, depth and characters of every width.
    """
    build = Build.of(root, language, pattern)
    build()
    rest = {"text": "é€🎉" * 3_000, "list": ["x" * 100] * 500, "deep": [{"a": {"b": n}} for n in range(1_500)]}
    mails = [f"{n}jane.doe@example.com" for n in range(4)]
    large = [json.dumps({"email": mail, **rest, "last": {"email": mail}}, ensure_ascii=False) for mail in mails]
    assert all(len(value.encode()) > 100_000 for value in large)
    values = [value for one in large for value in (one, '{"email":null}')]
    expected = values
    if pattern == "masking":
        expected = [value.replace(f'"{mail}"', '"****.com"') for mail, value in zip(mails, large, strict=True)]
        expected = [value for one in expected for value in (one, '{"email":"****"}')]
    with Instance(
        Engine(Limits(memory_bytes=4 << 20)).compile(build.out.read_bytes()),
        name="p",
        input_topic="in",
        output_topics=["out"],
        env={"MASK_FIELDS": "email"},
    ) as instance:
        instance.start()
        for _ in range(3):
            output = instance.process(codec.encode_batch([Record(b"k", value.encode()) for value in values]))
            assert [(record.value or b"").decode() for record in output.records[0]] == expected
