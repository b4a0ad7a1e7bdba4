"""Normalizes JSON records: each becomes an object of the fields that NORMALIZE_FIELDS names, with the values found at their
paths.
"""

import sys

from rawjson import get, parse_object, quote
from redpanda_transform import on_record_written
from settings import pairs

fields = [(quote(name), paths.split("|")) for name, paths in pairs("NORMALIZE_FIELDS")]


@on_record_written
def transform(event, writer):
    record = event.record
    if record.value is not None:
        text = parse_object(record.value)
        if text is None:
            print("normalize: value is not a JSON object, left out", file=sys.stderr)
            return
        members = [name + b":" + first_of(text, paths) for name, paths in fields]
        record.value = b"{" + b",".join(members) + b"}"
    writer.write(record)


def first_of(text, paths):
    """What is found at the first path that leads somewhere."""
    for path in paths:
        found = get(text, path)
        if found is not None:
            return found
    return b"null"
