"""A transform project: a folder with a transform.yaml."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.errors import ProjectError
from rpkpy.project import manifest as manifests
from rpkpy.project.manifest import FILE_NAME, Manifest

if TYPE_CHECKING:
    from rpkpy.toolchains.base import Toolchain


@dataclass(frozen=True, slots=True)
class Project:
    """A project folder and what its transform.yaml says."""

    root: Path
    manifest: Manifest

    def in_environment(self, name: str) -> "Project":
        """The project as one of its environments has it; as it stands without one. ProjectError for an unknown."""
        return replace(self, manifest=self.manifest.in_environment(name)) if name else self

    @property
    def manifest_path(self) -> Path:
        """The project's transform.yaml."""
        return self.root / FILE_NAME

    @property
    def wasm_path(self) -> Path:
        """Where `build` writes the module: NAME.wasm beside transform.yaml."""
        return self.root / f"{self.manifest.name}.wasm"

    def toolchain(self) -> "Toolchain":
        """The toolchain of the project's language; ProjectError naming the line when it is unknown or missing."""
        from rpkpy.toolchains import languages

        place = self.manifest.places.get("language", FILE_NAME)
        if not self.manifest.language:
            choice = ", ".join(languages.keys())
            raise ProjectError(f"{place}: `language` is missing.", fix=f"Add `language:` with one of {choice}.")
        try:
            return languages.find(self.manifest.language)
        except ProjectError as error:
            raise ProjectError(f"{place}: {error.message}", cause=error.cause, fix=error.fix) from error

    def source_hash(self, toolchain: "Toolchain") -> str:
        """sha256 (hex) over the path and content of each file that decides the module, and the language's key."""
        digest = hashlib.sha256(self.manifest.language.encode() + b"\0")
        for path in toolchain.sources(self.root):
            content = (self.root / path).read_bytes()
            digest.update(f"{path.as_posix()}\0{len(content)}\0".encode())
            digest.update(content)
        return digest.hexdigest()


def load(cwd: Path) -> Project:
    """The project in `cwd`. ProjectError when there is none, or its transform.yaml is wrong."""
    path = cwd / FILE_NAME
    if not path.is_file():
        above = next((parent for parent in cwd.parents if (parent / FILE_NAME).is_file()), None)
        fix = f"cd {above}" if above else "Change to the project's folder, or make one with rpkpy transform init."
        raise ProjectError(f"There is no {FILE_NAME} in this folder.", fix=fix)
    return Project(cwd, manifests.load(path, FILE_NAME))
