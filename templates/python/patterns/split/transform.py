"""Splits JSON records: each element of the array in SPLIT_FIELD becomes a record. What has no array passes unchanged."""

from rawjson import get, items, parse
from redpanda_transform import on_record_written
from settings import setting

field = setting("SPLIT_FIELD")


@on_record_written
def transform(event, writer):
    record = event.record
    text = parse(record.value)
    array = text if text and text.startswith(b"[") else get(text, field)
    if not array or not array.startswith(b"["):
        writer.write(record)
        return
    for _, element in items(array):
        writer.write(record, value=element)
