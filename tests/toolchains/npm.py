"""Packages of npm for tests: installed once, kept from session to session, and linked into projects."""

import functools
import hashlib
import json
import os
from pathlib import Path

from rpkpy.project import scaffold
from rpkpy.toolchains import process

# One of CommonJS, one of modules with types.
PACKAGES = {"ms": "2.1.3", "dequal": "2.0.3"}


@functools.cache
def modules() -> Path:
    """A node_modules with what the TypeScript template pins, and PACKAGES."""
    template = scaffold.find(scaffold.load_all(), "typescript")
    package = json.loads(
        (template.folder / "project" / "package.json.j2").read_text().replace("{{ slug | quote }}", '"x"')
    )
    text = json.dumps({"private": True, "devDependencies": package["devDependencies"] | PACKAGES})
    key = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = Path(os.environ["RPKPY_RUNTIMES_DIR"]).parent / f"npm-{key}"
    if not (folder / "node_modules" / ".package-lock.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text(text)
        command = ["npm", "install", "--no-audit", "--no-fund", "--no-update-notifier"]
        process.build(command, cwd=folder, env=os.environ, say=lambda line: None, timeout_s=300)
    return folder / "node_modules"


def link(project: Path) -> None:
    """Give a project these packages, as `npm install` would."""
    (project / "node_modules").symlink_to(modules())
