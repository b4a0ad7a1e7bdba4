"""What becomes of a guest's output: the broker's rules for log events (src/v/transform/logging)."""

# Control characters but newline and tab, as the broker's check of printable text has them.
_CONTROL = frozenset(range(0x20)) - {0x09, 0x0A} | {0x7F}
_NO_CONTROL = bytes(sorted(_CONTROL))


def event(written: bytes, limit: int) -> bytes | None:
    """The log event that one fd_write makes, or None when the broker drops it.

    The text is cut to `limit` bytes (data_transforms_logging_line_max_bytes); what is then not valid UTF-8 (a cut can
    split a character) or holds a control character other than newline and tab is dropped whole.
    """
    cut = written[:limit]
    try:
        cut.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if len(cut.translate(None, _NO_CONTROL)) != len(cut):
        return None
    return cut
