"""Dispatches JSON records: the value of DISPATCH_FIELD chooses the output topic, as DISPATCH_ROUTES says. All else goes to the
first one.
"""

from rawjson import get, parse, text
from redpanda_transform import on_record_written
from settings import pairs, setting

field = setting("DISPATCH_FIELD")
routes = dict(pairs("DISPATCH_ROUTES"))


@on_record_written
def transform(event, writer):
    found = get(parse(event.record.value), field)
    writer.write(event.record, to=None if found is None else routes.get(text(found)))
