"""Programs in one language are one code with different data, so an edit is not compiled again."""

from pathlib import Path

import pytest

from rpkpy.engine.linking import prepare
from tests.toolchains.workbench import Build

PROGRAMS = {
    "javascript": (
        "index.js",
        'import { onRecordWritten } from "@redpanda-data/transform-sdk";\n'
        "onRecordWritten((event, writer) => writer.write(event.record));\n",
        "const table = {}; for (let i = 0; i < 9000; i++) table[i] = String(i);\n",
    ),
    "python": (
        "transform.py",
        "from redpanda_transform import on_record_written\n"
        "@on_record_written\ndef transform(event, writer):\n    writer.write(event.record)\n",
        "table = [str(number) for number in range(9000)]\n",
    ),
    "ruby": (
        "transform.rb",
        'require "redpanda_transform"\nRedpanda.on_record_written { |event, writer| writer.write(event.record) }\n',
        "TABLE = [" + ", ".join(f'"{number}"' for number in range(2000)) + "]\n",
    ),
}


@pytest.mark.parametrize(
    "language", [pytest.param(language, marks=pytest.mark.toolchain(language)) for language in PROGRAMS]
)
def test_two_programs_have_one_code(language: str, tmp_path: Path) -> None:
    name, short, more = PROGRAMS[language]
    parts = []
    for folder, text in (("one", short), ("two", short + more)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
        build = Build(tmp_path / folder, language)
        build()
        parts.append(prepare(build.out.read_bytes()))
    first, second = parts
    assert first.code == second.code
    assert first.data != second.data
