"""The project in this folder: its manifest, its module."""

import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy import atomic
from rpkpy.doctor.model import Finding, Fix, inapplicable, ok, problem, warning
from rpkpy.doctor.surroundings import Surroundings
from rpkpy.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from rpkpy.project.project import Project

_NONE = "there is no transform.yaml in this folder"
_UNUSABLE = "transform.yaml cannot be used"


def manifest(around: Surroundings) -> Finding:
    """transform.yaml can be read, and says nothing that is ignored."""
    from rpkpy.project.manifest import parse
    from rpkpy.project.manifest.reading import read_text

    project = around.project
    if project is None:
        return inapplicable(_NONE)
    if not project.manifest.warnings:
        return ok(f"{project.manifest.name}, {project.manifest.language or 'no language'}")
    text = read_text(project.manifest_path, project.manifest_path.name)
    respelled = _respelled(text)
    fixes = []
    if respelled != text and replace(parse(respelled), warnings=()) == replace(parse(text), warnings=()):
        fixes = [
            Fix("write transform.yaml's keys as rpk knows them", partial(_write, project.manifest_path, respelled))
        ]
    return warning(" ".join(project.manifest.warnings), fixes=fixes)


def module(around: Surroundings) -> Finding:
    """The module is built, from the sources as they are now."""
    from rpkpy.deployment import plan

    found = _built(around)
    if isinstance(found, Finding):
        return found
    project, data = found
    try:
        plan.check_fresh(project, data)
    except ProjectError as error:
        return warning(error.message)
    return ok(f"{project.wasm_path.name}, {len(data):,} bytes")


def verdict(around: Surroundings) -> Finding:
    """A broker takes the module, under the limits that the project states."""
    from rpkpy.wasm import validate

    found = _built(around)
    if isinstance(found, Finding):
        return found if found.status == "not applicable" else inapplicable("it is not built")
    project, data = found
    report = validate.check(data, project.manifest.limits())
    if report.failures:
        first = report.failures[0]
        more = f" (and {len(report.failures) - 1} more)" if len(report.failures) > 1 else ""
        return problem(f"{first.rule}: {first.detail}{more}", first.fix)
    remarks = len(report.warnings)
    return ok("every rule passed" + (f", {remarks} remarks: rpkpy transform validate" if remarks else ""))


def _built(around: Surroundings) -> tuple["Project", bytes] | Finding:
    """The project and its module, or why there is none."""
    from rpkpy.wasm import file as files

    project = around.usable_project
    if project is None:
        return inapplicable(_UNUSABLE if (around.cwd / "transform.yaml").exists() else _NONE)
    try:
        return project, files.read(project.wasm_path, project.wasm_path.name)
    except UsageError as error:
        return warning(error.message)


def _respelled(text: str) -> str:
    """Underscores in rpk's keys as dashes: `input_topic:` is read, but not by rpk."""
    from rpkpy.project.manifest import KEYS

    for key in KEYS:
        if "-" in key:
            text = re.sub(rf"(?m)^{key.replace('-', '_')}(?=[ \t]*:)", key, text)
    return text


def _write(path: Path, text: str) -> None:
    atomic.replace(path, text.encode(), mode=path.stat().st_mode & 0o777)
