"""Masks fields of JSON records: MASK_FIELDS names them, separated by commas."""

import os
import sys

from mask import NotJson, mask, parse_fields
from redpanda_transform import on_record_written

fields = parse_fields(os.getenv("MASK_FIELDS") or "")
if not fields:
    sys.exit("masking: MASK_FIELDS names no field")
print("masking:", ", ".join(fields))


@on_record_written
def transform(event, writer):
    record = event.record
    if record.value is not None:
        try:
            record.value = mask(record.value, fields)
        except NotJson:
            print("masking: value is not JSON, passed on unchanged", file=sys.stderr)
    writer.write(record)
