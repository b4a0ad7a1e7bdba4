"""Sends records with one of REROUTE_HEADERS to the second output topic while REROUTE is "on"; all else to the first one."""

from redpanda_transform import on_record_written
from settings import pairs, setting

is_on = setting("REROUTE") == "on"
rules = [(name.encode(), value.encode()) for name, value in pairs("REROUTE_HEADERS")]
detour = setting("REDPANDA_OUTPUT_TOPIC_1")


@on_record_written
def transform(event, writer):
    is_rerouted = is_on and any(header in rules for header in event.record.headers)
    writer.write(event.record, to=detour if is_rerouted else None)
