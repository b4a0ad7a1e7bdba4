"""Custom sections: what a module carries about itself. Engines and brokers step over them."""

from rpkpy.wasm.binary import encode_section, sections

# The section in which `rpkpy transform build` writes a module's origin, as JSON: source hash, tools, SDK, time.
ORIGIN_SECTION = "rpkpy.build"


def write_section(data: bytes, name: str, payload: bytes) -> bytes:
    """`data` with one custom section `name` holding `payload`, at the end; earlier ones of that name are dropped.

    Every other byte stays. Raises MalformedModule when `data` is not a module.
    """
    parts: list[bytes] = []
    kept = 0
    for section in sections(data):
        if section.id == 0 and section.name == name:
            parts.append(data[kept : section.start])
            kept = section.end
    return b"".join([*parts, data[kept:], encode_section(0, payload, name)])


def read_section(data: bytes, name: str) -> bytes | None:
    """The payload of the first custom section `name`, or None. Raises MalformedModule when `data` is not a module."""
    for section in sections(data):
        if section.id == 0 and section.name == name:
            return data[section.payload : section.end]
    return None
