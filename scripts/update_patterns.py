"""Writes the gallery of docs/patterns.md: what each pattern is, how large its module is in each language, how much fuel
a record takes and how many pass in a second. It builds every cell, which takes minutes.

python scripts/update_patterns.py [LANGUAGE...]    # of these languages anew, of others the page's figures
"""

import re
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rpkpy.batches import codec  # noqa: E402
from rpkpy.engine import Instance  # noqa: E402
from rpkpy.project import samples, scaffold  # noqa: E402
from rpkpy.project.fixtures.running import Bench  # noqa: E402
from tests.toolchains.gallery import Gallery, cells  # noqa: E402

PAGE = ROOT / "docs" / "patterns.md"
BLOCK = re.compile(r"(?<=<!-- gallery -->\n).*?(?=<!-- end -->)", re.DOTALL)
Figures = dict[tuple[str, str], str]
# It comes from no package registry, so no figures can be had where the others are taken.
UNMEASURED = {"tinygo"}


TITLES = ("Size of the module, KB", "Fuel of a record, thousands", "Records a second, thousands")
BATCH = 500
SECONDS = 0.5


def measure(languages: set[str]) -> list[Figures]:
    """What the tables of TITLES say of each cell of these languages (templates' folders)."""
    tables: list[Figures] = [{}, {}, {}]
    folders = {template.languages[0]: template.folder.name for template in scaffold.load_all()}
    with tempfile.TemporaryDirectory() as root:
        gallery = Gallery(Path(root))
        for key, pattern in cells():
            if folders[key] not in languages:
                continue
            build = gallery.build(key, pattern)
            suite = gallery.suite(build, pattern, only="all samples")
            (result,) = suite.run().tests
            speed = per_second(suite.bench, build.root / "samples" / "input.jsonl")
            cell = [build.out.stat().st_size / 1000, result.fuel / 1000, speed / 1000]
            for table, value in zip(tables, cell, strict=True):
                table[folders[key], pattern] = f"{value:,.0f}"
            print(folders[key], pattern, *(table[folders[key], pattern] for table in tables), flush=True)
    return tables


def per_second(bench: Bench, file: Path) -> float:
    """How many records of a samples file, read again and again, pass through one instance in a second."""
    records = samples.read_records(file)
    batch = codec.encode_batch((records * BATCH)[:BATCH])
    instance = Instance(
        bench.module,
        name="bench",
        input_topic=bench.input_topic,
        output_topics=list(bench.output_topics),
        env=dict(bench.environment),
        on_log=lambda stream, text: None,
    )
    with instance:
        instance.start()
        instance.process(batch)
        started, passes = time.perf_counter(), 0
        while (taken := time.perf_counter() - started) < SECONDS:
            instance.process(batch)
            passes += 1
    return passes * BATCH / taken


def known(page: str) -> list[Figures]:
    """The figures of the page's tables."""
    found: list[Figures] = []
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines(True))
        found.append(
            {(name, row[0]): cell for row in rows for name, cell in zip(head[1:], row[1:], strict=True) if cell}
        )
    return found if len(found) == len(TITLES) else [{} for _ in TITLES]


def render(tables: list[Figures]) -> str:
    """The block of the page: a list of pictures, and the tables."""
    templates = sorted(template.folder.name for template in scaffold.load_all())
    patterns = scaffold.load_patterns()
    lines = []
    for pattern in patterns:
        lines += [f"**{pattern.name}**: {pattern.summary}.", "", "```text", pattern.picture, "```", ""]
        for name, reason in pattern.not_offered.items():
            lines += [f"Not in {name}: {reason}", ""]
    for title, figures in zip(TITLES, tables, strict=True):
        lines += [f"### {title}", "", f"| pattern | {' | '.join(templates)} |", "|---|" + "---:|" * len(templates)]
        for pattern in patterns:
            cell = [figures.get((name, pattern.name), "") for name in templates]
            lines.append(f"| {pattern.name} | {' | '.join(cell)} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    """Measure, and write the page."""
    page = PAGE.read_text(encoding="utf-8")
    everything = {template.folder.name for template in scaffold.load_all()} - UNMEASURED
    new = measure(set(sys.argv[1:]) or everything)
    tables = [{**old, **figures} for old, figures in zip(known(page), new, strict=True)]
    PAGE.write_text(BLOCK.sub(lambda _: render(tables), page), encoding="utf-8")


if __name__ == "__main__":
    main()
