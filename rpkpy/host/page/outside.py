"""Text from records, guests, logs and names, made fit to be read: what templates then escape."""

from typing import TYPE_CHECKING, Any

from rpkpy.text import printable, well_formed

if TYPE_CHECKING:
    from markupsafe import Markup


def fit(value: Any) -> Any:
    """A text without what acts on the reader: controls, bidirectional overrides, lone surrogates. Others stay."""
    return printable(well_formed(value)) if type(value) is str else value


def verbatim(value: str) -> "Markup":
    """Escaped and nothing else: for a form's own fields, which come back as they went out."""
    from markupsafe import escape

    return escape(well_formed(value))


def shown(content: bytes | None) -> str | None:
    """A key or value as text: UTF-8 where it is, escapes where not; None for null."""
    return None if content is None else content.decode("utf-8", "backslashreplace")
