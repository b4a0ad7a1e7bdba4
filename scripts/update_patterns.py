"""Writes the gallery of docs/patterns.md: what each pattern is, how large its module is in each language, and how much
fuel a record takes. It builds every cell, which takes minutes.

python scripts/update_patterns.py [LANGUAGE...]    # of these languages anew, of others the page's figures
"""

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rpkpy.project import scaffold  # noqa: E402
from tests.toolchains.gallery import Gallery, cells  # noqa: E402

PAGE = ROOT / "docs" / "patterns.md"
BLOCK = re.compile(r"(?<=<!-- gallery -->\n).*?(?=<!-- end -->)", re.DOTALL)
Figures = dict[tuple[str, str], str]
# It comes from no package registry, so no figures can be had where the others are taken.
UNMEASURED = {"tinygo"}


def measure(languages: set[str]) -> tuple[Figures, Figures]:
    """Size in KB and fuel in thousands of each cell of these languages (templates' folders)."""
    sizes: Figures = {}
    fuel: Figures = {}
    folders = {template.languages[0]: template.folder.name for template in scaffold.load_all()}
    with tempfile.TemporaryDirectory() as root:
        gallery = Gallery(Path(root))
        for key, pattern in cells():
            if folders[key] not in languages:
                continue
            build = gallery.build(key, pattern)
            suite = gallery.suite(build, pattern, only="all samples")
            (result,) = suite.run().tests
            cell = folders[key], pattern
            sizes[cell] = f"{build.out.stat().st_size / 1000:,.0f}"
            fuel[cell] = f"{result.fuel / 1000:,.0f}"
            print(*cell, sizes[cell], "KB", fuel[cell], "thousand", flush=True)
    return sizes, fuel


def known(page: str) -> tuple[Figures, Figures]:
    """The figures of the page's two tables."""
    found: list[Figures] = []
    for table in re.findall(r"(?:^\|.*\n)+", page, re.MULTILINE):
        head, _, *rows = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in table.splitlines(True))
        figures = {(name, row[0]): cell for row in rows for name, cell in zip(head[1:], row[1:], strict=True) if cell}
        found.append(figures)
    return (found[0], found[1]) if len(found) == 2 else ({}, {})


def render(sizes: Figures, fuel: Figures) -> str:
    """The block of the page: a list of pictures, and two tables."""
    templates = sorted(template.folder.name for template in scaffold.load_all())
    patterns = scaffold.load_patterns()
    lines = []
    for pattern in patterns:
        lines += [f"**{pattern.name}**: {pattern.summary}.", "", "```text", pattern.picture, "```", ""]
        for name, reason in pattern.not_offered.items():
            lines += [f"Not in {name}: {reason}", ""]
    for title, figures in (("Size of the module, KB", sizes), ("Fuel of a record, thousands", fuel)):
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
    sizes, fuel = ({**old, **figures} for old, figures in zip(known(page), new, strict=True))
    PAGE.write_text(BLOCK.sub(lambda _: render(sizes, fuel), page), encoding="utf-8")


if __name__ == "__main__":
    main()
