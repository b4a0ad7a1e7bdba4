"""Makes a line of CSV (RFC 4180) of each JSON object: the fields that CSV_COLUMNS names, in that order."""

import sys

from rawjson import get, parse_object, text
from redpanda_transform import on_record_written
from settings import items

columns = items("CSV_COLUMNS")


@on_record_written
def transform(event, writer):
    record = event.record
    if record.value is not None:
        found = parse_object(record.value)
        if found is None:
            print("json-to-csv: value is not a JSON object, left out", file=sys.stderr)
            return
        record.value = ",".join([cell(get(found, column)) for column in columns])
    writer.write(record)


def cell(value):
    if value is None or value == b"null":
        return ""
    plain = text(value)
    if any(mark in plain for mark in ',"\r\n'):
        return '"' + plain.replace('"', '""') + '"'
    return plain
