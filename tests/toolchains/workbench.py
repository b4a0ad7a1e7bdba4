"""What tests of toolchains share: fake tools on a PATH of their own, real projects from the templates, real builds."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rpkpy.project import scaffold
from rpkpy.toolchains import languages
from rpkpy.toolchains.base import BuildInfo, BuildRequest
from rpkpy.wasm import binary
from rpkpy.wasm.abi import LINK_TABLE
from tests.toolchains import npm


class FakeTools:
    """Folders of fake tools: small shell scripts that answer as the real tool would, and nothing else on PATH."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folders: list[Path] = []

    def put(self, name: str, script: str, folder: str = "bin") -> Path:
        """Make the tool `name` of the shell commands `script`; a new folder comes after those before it on PATH."""
        where = self.root / folder
        if where not in self.folders:
            where.mkdir(parents=True, exist_ok=True)
            self.folders.append(where)
        tool = where / name
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
        return tool

    def environ(self, **more: str) -> dict[str, str]:
        """An environment whose PATH is these folders alone."""
        return {"PATH": os.pathsep.join(map(str, self.folders)), "HOME": str(self.root), **more}


@dataclass
class Build:
    """A project made from a template, and its builds."""

    root: Path
    language: str
    name: str = "demo"
    said: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, root: Path, language: str, pattern: str) -> "Build":
        """A new project of `language` and `pattern` in the folder `root`, what it gets from npm installed."""
        template = scaffold.find(scaffold.load_all(), language)
        created = scaffold.create(template, language=language, pattern=pattern, directory=root, name="demo")
        if ("npm", "install") in created.install:
            npm.link(root)
        return cls(root, language)

    @property
    def out(self) -> Path:
        """Where the module is written."""
        return self.root / "out.wasm"

    def __call__(
        self, *extra: str, environ: Mapping[str, str] = os.environ, debug: bool = False, timeout_s: float = 600
    ) -> BuildInfo:
        """Build with the machine's own tools, or those of `environ`."""
        request = BuildRequest(
            root=self.root,
            name=self.name,
            out=self.out,
            extra=extra,
            environ=environ,
            cache=self.root / ".cache",
            say=self.said.append,
            debug=debug,
            timeout_s=timeout_s,
        )
        return languages.find(self.language).build(request)

    def module(self) -> binary.Module:
        """The module that was built, parsed."""
        return binary.parse(self.out.read_bytes())


def imports(module: binary.Module) -> set[str]:
    """The module's imports as `module.name`, each checked to be one that a broker's linker has."""
    names = {(entry.module, entry.name) for entry in module.imports}
    assert names <= set(LINK_TABLE)
    return {f"{module}.{name}" for module, name in names}


def edited(path: Path, before: str, after: str) -> None:
    """Replace the one `before` in a file."""
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))


def names(paths: Sequence[Path]) -> list[str]:
    """Paths as text, with slashes."""
    return [path.as_posix() for path in paths]
