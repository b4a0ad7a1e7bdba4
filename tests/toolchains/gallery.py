"""Projects of every language and pattern, built so that many cost little.

Cargo's target folder is shared, so the SDK is compiled once. A Go module takes the engine half a minute to compile, so
the Go patterns run from one module: `Gallery.go` joins the projects, each in a package of its own.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from rpkpy.project import manifest, scaffold
from rpkpy.project.fixtures.running import Bench
from rpkpy.project.fixtures.suite import Suite
from tests.toolchains.workbench import Build

WHICH = "GALLERY_PATTERN"


def cells() -> Iterator[tuple[str, str]]:
    """Each language (the first key of its template) with each pattern that it offers."""
    for template in scaffold.load_all():
        for pattern in template.patterns:
            yield template.languages[0], pattern


@dataclass
class Gallery:
    """Builds projects below `root`."""

    root: Path
    _go: Bench | None = None
    _built: dict[tuple[str, str], Build] = field(default_factory=dict)

    def build(self, language: str, pattern: str) -> Build:
        """The project of a cell, built by its toolchain."""
        if (language, pattern) in self._built:
            return self._built[language, pattern]
        root = self.root / language / pattern
        build = Build.of(root, language, pattern)
        if language == "rust":
            target = self.root / "target"
            target.mkdir(exist_ok=True)
            (root / "target").symlink_to(target, target_is_directory=True)
        build()
        self._built[language, pattern] = build
        return build

    def suite(self, build: Build, pattern: str, only: str = "") -> Suite:
        """The project's fixtures, with its module."""
        files = sorted((build.root / "tests").glob("*.yaml"))
        return Suite(self.bench(build, pattern), [(path, path.name) for path in files], build.root, only)

    def bench(self, build: Build, pattern: str) -> Bench:
        """The project's module, compiled, with its topics and environment."""
        project = manifest.load(build.root / "transform.yaml")
        limits = project.limits()
        if build.language == "go":
            self._go = self._go or Bench.of(self.go(), limits)
            return replace(
                self._go,
                input_topic=project.input_topic or "input",
                output_topics=project.output_topics or ("output",),
                environment={**project.env, WHICH: pattern},
            )
        return Bench.of(build.out.read_bytes(), limits, project)

    def go(self) -> bytes:
        """One module of every Go pattern; the environment says which of them runs."""
        root = self.root / "go-joined"
        joined = Build.of(root, "go", "identity")
        (root / "transform.go").unlink()
        (template,) = (template for template in scaffold.load_all() if "go" in template.languages)
        names = {pattern: re.sub(r"\W", "", pattern) for pattern in template.patterns}
        for pattern, package in names.items():
            project = self.root / "go-parts" / pattern
            scaffold.create(template, language="go", pattern=pattern, directory=project, name="demo")
            (root / package).mkdir()
            for path in project.iterdir():
                if path.suffix == ".json":
                    shutil.copy(path, root / package)
                elif path.suffix == ".go" and not path.name.endswith("_test.go"):
                    text = path.read_text().replace("package main", f"package {package}", 1)
                    (root / package / path.name).write_text(text.replace("func main()", "func Main()"))
        imports = "".join(f'\t"example.com/demo/{package}"\n' for package in names.values())
        choices = "".join(f'\tcase "{pattern}":\n\t\t{package}.Main()\n' for pattern, package in names.items())
        (root / "main.go").write_text(
            f'package main\n\nimport (\n\t"os"\n\n{imports})\n\n'
            f'func main() {{\n\tswitch os.Getenv("{WHICH}") {{\n{choices}\t}}\n}}\n'
        )
        joined()
        return joined.out.read_bytes()
