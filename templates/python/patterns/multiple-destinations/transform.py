"""Gives each topic of DESTINATIONS the fields of JSON records that it needs."""

import sys

from rawjson import get, parse_object, quote
from redpanda_transform import on_record_written
from settings import pairs

destinations = [(topic, fields.split("|")) for topic, fields in pairs("DESTINATIONS")]


@on_record_written
def transform(event, writer):
    record = event.record
    text = parse_object(record.value)
    if record.value is not None and text is None:
        print("multiple-destinations: value is not a JSON object, left out", file=sys.stderr)
        return
    for topic, fields in destinations:
        writer.write(record, value=text and part_of(text, fields), to=topic)


def part_of(text, fields):
    """An object of the fields that are there."""
    found = [(field, get(text, field)) for field in fields]
    return b"{" + b",".join([quote(field) + b":" + value for field, value in found if value is not None]) + b"}"
