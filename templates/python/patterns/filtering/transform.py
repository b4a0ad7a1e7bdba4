"""Filters JSON records: those whose FILTER_FIELD has one of FILTER_VALUES pass, and tombstones do."""

from rawjson import get, parse, text
from redpanda_transform import on_record_written
from settings import items, setting

field = setting("FILTER_FIELD")
wanted = items("FILTER_VALUES")


@on_record_written
def transform(event, writer):
    value = event.record.value
    found = get(parse(value), field)
    if value is None or (found is not None and text(found) in wanted):
        writer.write(event.record)
