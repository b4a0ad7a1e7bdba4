"""Puts each record into an envelope: {"source":"the input topic","data":the JSON value, or a string of the text}."""

import sys

from rawjson import parse, quote
from redpanda_transform import on_record_written
from settings import setting

start = b'{"source":' + quote(setting("REDPANDA_INPUT_TOPIC")) + b',"data":'


@on_record_written
def transform(event, writer):
    record = event.record
    if record.value is not None:
        try:
            record.value = start + (parse(record.value) or quote(record.value.decode())) + b"}"
        except UnicodeError:
            print("multiple-ingestion: value is not UTF-8, left out", file=sys.stderr)
            return
    writer.write(record)
