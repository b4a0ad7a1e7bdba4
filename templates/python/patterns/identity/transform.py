"""Writes every record unchanged to the first output topic."""

from redpanda_transform import on_record_written


@on_record_written
def transform(event, writer):
    writer.write(event.record)
