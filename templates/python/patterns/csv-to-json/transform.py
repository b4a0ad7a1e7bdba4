"""Makes a JSON object of each line of CSV (RFC 4180): CSV_COLUMNS names its columns."""

import sys

from rawjson import quote
from redpanda_transform import on_record_written
from settings import items

columns = items("CSV_COLUMNS")


@on_record_written
def transform(event, writer):
    record = event.record
    if record.value is not None:
        cells = cells_of(record.value)
        if len(cells) != len(columns):
            print("csv-to-json: value is not a line of", len(columns), "columns, left out", file=sys.stderr)
            return
        members = [quote(name) + b":" + quote(cell) for name, cell in zip(columns, cells)]
        record.value = b"{" + b",".join(members) + b"}"
    writer.write(record)


def cells_of(value):
    """The cells of a line; none when it is not one line of CSV."""
    try:
        line = value.decode()
    except UnicodeError:
        return []
    if line.endswith("\n"):
        line = line[: -2 if line.endswith("\r\n") else -1]
    cells = []
    at = 0
    while True:
        if line[at : at + 1] == '"':
            cell = ""
            while True:
                end = line.find('"', at + 1)
                if end < 0:
                    return []
                cell += line[at + 1 : end]
                at = end + 1
                if line[at : at + 1] != '"':
                    break
                cell += '"'  # two quotes are one
        else:
            end = line.find(",", at)
            cell = line[at:] if end < 0 else line[at:end]
            if any(mark in cell for mark in '"\r\n'):
                return []
            at += len(cell)
        cells.append(cell)
        if at == len(line):
            return cells
        if line[at] != ",":
            return []
        at += 1
