"""rpkpy itself: Python, its libraries, its folders."""

import os
import re
import stat
import struct
import sys
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path

from rpkpy.doctor.model import Finding, Fix, inapplicable, ok, problem, warning
from rpkpy.doctor.numbers import version_numbers
from rpkpy.doctor.surroundings import Surroundings

PACKAGE = "rpkpy"
MINIMUM_PYTHON = (3, 11)
# As importlib.metadata gives them: name[extras]specifiers; extra == 'NAME'. Lines with other markers are left alone.
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)(?:\[([^\]]*)\])?([^;]*)(?:;\s*extra == ['\"]([^'\"]+)['\"])?$")
_SPECIFIER = re.compile(r"(>=|<|==|!=|<=|>)\s*([0-9][0-9.]*)")
_NOT_FOR_USERS = "dev"
_OTHERS_CACHE = "Remove it, or name another cache folder: RPKPY_CACHE_DIR."

# ELF 64: offset of the section headers, their size and number (System V ABI). Compiled modules are ELF files.
_ELF = b"\x7fELF\x02"
_ELF_HEADER_BYTES = 64


def python(around: Surroundings) -> Finding:
    """Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    return ok(version) if sys.version_info >= MINIMUM_PYTHON else problem(f"{version} is older than 3.11")


def libraries(around: Surroundings) -> Finding:
    """Every library is there in a version that rpkpy was made for."""
    wrong = list(_unmet(PACKAGE, None))
    if wrong:
        return problem("; ".join(wrong))
    return ok(f"wasmtime {metadata.version('wasmtime')}, confluent-kafka {metadata.version('confluent-kafka')}")


def extras(around: Surroundings) -> Finding:
    """The extras that are installed are whole."""
    names = sorted(set(metadata.metadata(PACKAGE).get_all("Provides-Extra") or ()) - {_NOT_FOR_USERS})
    unmet = {name: list(_unmet(PACKAGE, name)) for name in names}
    outdated = [line for lines in unmet.values() for line in lines if "not installed" not in line]
    if outdated:
        return warning("; ".join(dict.fromkeys(outdated)))
    whole = [name for name in names if not unmet[name]]
    missing = [name for name in names if unmet[name]]
    parts = [", ".join(whole) or "none"] + ([f"without {', '.join(missing)}"] if missing else [])
    return ok("; ".join(parts))


def terminal(around: Surroundings) -> Finding:
    """Standard output takes any character."""
    if around.encoding.lower().replace("-", "") == "utf8":
        return ok(around.encoding)
    return warning(f"standard output is {around.encoding}: names and records may not be shown as they are")


def folders(around: Surroundings) -> Finding:
    """rpkpy may write where it keeps things."""
    denied = []
    for kind in ("cache", "data", "state"):
        folder: Path = getattr(around.folders, kind)
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
            denied.append(f"{around.shown(existing)} cannot be written (RPKPY_{kind.upper()}_DIR)")
    return problem("; ".join(denied)) if denied else ok(", ".join(map(around.shown, _all(around))))


def module_cache(around: Surroundings) -> Finding:
    """Compiled modules are this user's alone and whole; others are not used, which costs the time of compiling."""
    folder = around.folders.cache / "modules"
    if not folder.is_dir():
        return inapplicable("nothing has been compiled yet")
    if exposed := _exposed(around, folder):
        return exposed
    entries = sorted(folder.glob("*.cwasm"))
    bad = [path for path in entries if not _whole(path)]
    if not bad:
        return ok(f"{len(entries)} compiled module{'' if len(entries) == 1 else 's'}")
    fixes = [Fix(f"remove {around.shown(path)}", partial(path.unlink, missing_ok=True)) for path in bad]
    return warning(f"{len(bad)} of {len(entries)} compiled modules are damaged", fixes=fixes)


def _exposed(around: Surroundings, folder: Path) -> Finding | None:
    status = folder.lstat()
    if stat.S_ISLNK(status.st_mode):
        return warning(f"{around.shown(folder)} is a link, so it is not used", _OTHERS_CACHE)
    if status.st_uid != os.getuid():
        return warning(
            f"{around.shown(folder)} belongs to another user, so it is not used",
            _OTHERS_CACHE,
        )
    if not status.st_mode & 0o022:
        return None
    fix = Fix(f"chmod 700 {around.shown(folder)}", partial(folder.chmod, 0o700))
    mode = stat.S_IMODE(status.st_mode)
    return warning(f"others may write {around.shown(folder)} (mode {mode:04o}), so it is not used", fixes=[fix])


def _whole(path: Path) -> bool:
    """Whether an ELF file is as long as it says."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_ELF_HEADER_BYTES)
    if len(head) < _ELF_HEADER_BYTES or not head.startswith(_ELF):
        return False
    (table,) = struct.unpack_from("<Q", head, 0x28)
    entry, count = struct.unpack_from("<HH", head, 0x3A)
    return bool(table + entry * count <= size)


def _all(around: Surroundings) -> tuple[Path, ...]:
    return around.folders.cache, around.folders.data, around.folders.state


def _unmet(package: str, extra: str | None) -> Iterator[str]:
    """What `package` (its `extra`, or without any) requires and does not have, one text each."""
    for line in metadata.requires(package) or ():
        match = _REQUIREMENT.fullmatch(line.strip())
        if match is None or match[4] != extra:
            continue
        name, inner, specifiers = match[1], match[2], match[3].strip()
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield f"{name} is not installed"
            continue
        if not all(_satisfies(version, *each) for each in _SPECIFIER.findall(specifiers)):
            yield f"{name} {version} is installed, {specifiers} is needed"
        for each in filter(None, (inner or "").split(",")):
            yield from _unmet(name, each.strip())


def _satisfies(version: str, relation: str, bound: str) -> bool:
    have, wanted = version_numbers(version), version_numbers(bound)
    width = max(len(have), len(wanted))
    left, right = (numbers + (0,) * (width - len(numbers)) for numbers in (have, wanted))
    return {
        ">=": left >= right, "<": left < right, "==": left == right,
        "!=": left != right, "<=": left <= right, ">": left > right,
    }[relation]  # fmt: skip
