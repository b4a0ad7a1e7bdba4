"""The gallery of patterns: every pattern in every language gives the same records, those of its fixtures."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.engine import Instance
from rpkpy.project import manifest, scaffold
from rpkpy.toolchains import languages, process
from rpkpy.wasm import validate
from tests.toolchains import masking_reference
from tests.toolchains.gallery import Gallery, cells
from tests.toolchains.json_values import NAMES, VALUES

# TinyGo is not in the package registries: its cells are Go's own code, and test_tinygo.py says what is known of it.
CELLS = [
    pytest.param(language, pattern, marks=pytest.mark.toolchain(languages.find(language).keys[0]))
    for language, pattern in cells()
    if not language.startswith("tinygo")
]


@pytest.mark.parametrize(("language", "pattern"), CELLS)
def test_each_cell_builds_validates_and_passes_its_fixtures(gallery: Gallery, language: str, pattern: str) -> None:
    build = gallery.build(language, pattern)
    project = manifest.load(build.root / "transform.yaml")
    if language == "typescript":
        types = process.ask(["npm", "run", "--silent", "typecheck"], env=os.environ, cwd=build.root, timeout_s=120)
        assert types.code == 0, types.out
    verdict = validate.check(build.out.read_bytes(), project.limits())
    assert verdict.ok, verdict
    report = gallery.suite(build, pattern).run()
    assert report.ok, json.dumps([str(failure) for test in report.tests for failure in test.failures], indent=1)


def test_each_cell_is_there_or_says_why_not() -> None:
    offered = set(cells())
    for pattern in scaffold.load_patterns():
        for template in scaffold.load_all():
            there = (template.languages[0], pattern.name) in offered
            assert there != (template.folder.name in pattern.not_offered), f"{template.title}, {pattern.name}"


@pytest.mark.parametrize("pattern", [pattern.name for pattern in scaffold.load_patterns()])
def test_each_pattern_has_what_people_read(pattern: str) -> None:
    (found,) = (each for each in scaffold.load_patterns() if each.name == pattern)
    assert len(found.picture) <= 78
    assert found.summary[0].isupper() and not found.summary.endswith(".")
    assert found.change or pattern == "identity"
    assert f"\n## {pattern}\n" in (Path(scaffold.templates_dir()) / "PATTERNS.md").read_text()


LANGUAGES = sorted({param.values[0] for param in CELLS}, key=str)


def instance_of(gallery: Gallery, language: str, pattern: str, variable: str) -> Instance:
    """A running instance of a cell whose only list is the names."""
    bench = gallery.bench(gallery.build(language, pattern), pattern)
    instance = Instance(
        bench.module,
        name=pattern,
        input_topic="in",
        output_topics=["out"],
        env={**bench.environment, variable: ", ".join(NAMES)},
        on_log=lambda stream, text: None,
    )
    instance.start()
    return instance


def outputs(instance: Instance, values: list[bytes | None]) -> list[bytes | None]:
    output = instance.process(codec.encode_batch([Record(None, value) for value in values]))
    return [record.value for record in output.records[0]]


@pytest.mark.parametrize("language", [pytest.param(key, marks=pytest.mark.toolchain(key)) for key in LANGUAGES])
def test_records_of_100_kb_pass_in_the_memory_that_the_template_states(gallery: Gallery, language: str) -> None:
    items = b",".join([b'{"sku":"abcdefgh","count":1}'] * 1700)
    value = b'{"note":"' + b"x" * 50_000 + b'","items":[' + items + b"]"
    with instance_of(gallery, language, "enrich", "UNUSED") as instance:
        assert outputs(instance, [value + b"}"] * 3) == [value + b',"country_info":null}'] * 3


class Number(str):
    """A number as it is written."""


def parsed(value: bytes) -> Any:
    return json.loads(value, parse_int=Number, parse_float=Number)


def objects(values: list[bytes | None]) -> list[dict[str, Any] | None]:
    """What shall come out of a pattern that leaves out all but objects and null."""
    found: list[dict[str, Any] | None] = []
    for value in values:
        try:
            made = None if value is None else parsed(masking_reference.mask(value, []) or b"")
        except masking_reference.NotJson:
            continue
        if made is None and value is not None:
            continue
        if made is None or isinstance(made, dict):
            found.append(made)
    return found


@pytest.mark.parametrize("language", [pytest.param(key, marks=pytest.mark.toolchain(key)) for key in LANGUAGES])
def test_json_is_read_as_another_reader_reads_it(gallery: Gallery, language: str) -> None:
    with instance_of(gallery, language, "normalize", "NORMALIZE_FIELDS") as instance:

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(VALUES)
        def compare(values: list[bytes | None]) -> None:
            expected = [made and {name: made.get(name) for name in NAMES} for made in objects(values)]
            got = [value if value is None else parsed(value) for value in outputs(instance, values)]
            assert got == [made if made is None or made else dict.fromkeys(NAMES) for made in expected]

        compare()


def text_of(value: Any) -> str | None:
    """The text of a value, without lone surrogates; None for what is no scalar."""
    if value is None or isinstance(value, dict | list):
        return "" if value is None else None
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@pytest.mark.parametrize("language", [pytest.param(key, marks=pytest.mark.toolchain(key)) for key in LANGUAGES])
def test_strings_are_decoded_as_another_reader_decodes_them(gallery: Gallery, language: str) -> None:
    with instance_of(gallery, language, "json-to-csv", "CSV_COLUMNS") as instance:

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(VALUES)
        def compare(values: list[bytes | None]) -> None:
            made = objects(values)
            got = outputs(instance, values)
            assert len(got) == len(made)
            for line, members in zip(got, made, strict=True):
                texts = None if members is None else [text_of(members.get(name)) for name in NAMES]
                if texts is None or None in texts:
                    assert (line is None) == (texts is None)
                    continue
                cells = [str(text) for text in texts]
                quoted = ['"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\r\n') else cell for cell in cells]
                assert line == ",".join(quoted).encode()

        compare()
