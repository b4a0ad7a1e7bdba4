"""Names made of other names: of a folder's a transform's, of a transform's a package's."""

import re

# Go takes no module path with one of these in it, on any system.
_DEVICE = re.compile("con|prn|aux|nul|(com|lpt)[1-9]")


def name_from(folder: str) -> str:
    """A transform's name made of a folder's name: what cannot stand in one becomes a dash."""
    name = re.sub(r"[^\w.-]+", "-", folder).strip("-.")
    while len(name.encode()) > 100:
        name = name[:-1]
    return name


def slug(name: str) -> str:
    """`name` as a package name: lower case ASCII letters, digits, `-` and `_`, a letter first; no device of Windows."""
    text = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")
    plain = re.match("[a-z]", text) and not _DEVICE.fullmatch(text)
    return text if plain else f"transform-{text}".rstrip("-")
