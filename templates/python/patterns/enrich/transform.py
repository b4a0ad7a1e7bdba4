"""Enriches JSON records: what the table (table.py) has for the value of ENRICH_FIELD is added as ENRICH_AS."""

from rawjson import get, items, parse_object, quote, text
from redpanda_transform import on_record_written
from settings import setting
from table import TABLE

field = setting("ENRICH_FIELD")
added = setting("ENRICH_AS")


@on_record_written
def transform(event, writer):
    record = event.record
    found = parse_object(record.value)
    if found is not None:
        value = get(found, field)
        row = TABLE.get(value and text(value), b"null")
        members = [key + b":" + member for key, member in items(found) if text(key) != added]
        members.append(quote(added) + b":" + row)
        record.value = b"{" + b",".join(members) + b"}"
    writer.write(record)
