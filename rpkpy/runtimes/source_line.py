"""A line of a program as it is shown below an error."""

_MAX_CHARS = 200


def shown(text: str, line: int, column: int | None = None) -> str | None:
    """Line `line` of `text`, numbered, with a mark below `column` where that is given; None for no line of it."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return None
    content = lines[line - 1].rstrip()[:_MAX_CHARS]
    numbered = f"{line:5} | {content}"
    if column is None or column > len(content) + 1:
        return numbered
    blank = "".join("\t" if char == "\t" else " " for char in content[: column - 1])
    return f"{numbered}\n      | {blank}^"
