"""Writes every record to the first output topic, and a copy to the second one, which says where it was tapped."""

from redpanda_transform import on_record_written
from settings import setting

source = ("tapped-from", setting("REDPANDA_INPUT_TOPIC"))
tap = setting("REDPANDA_OUTPUT_TOPIC_1")


@on_record_written
def transform(event, writer):
    record = event.record
    writer.write(record)
    writer.write(record, headers=record.headers + [source], to=tap)
