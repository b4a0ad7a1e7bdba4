# Writes every record to the first output topic, and a copy to the second one, which says where it was tapped.

require "redpanda_transform"
require_relative "settings"

source = ["tapped-from", Settings.text("REDPANDA_INPUT_TOPIC")]
tap_topic = Settings.text("REDPANDA_OUTPUT_TOPIC_1")

Redpanda.on_record_written do |event, writer|
  record = event.record
  writer.write(record)
  writer.write(record, headers: record.headers + [source], to: tap_topic)
end
