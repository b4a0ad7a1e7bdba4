# Puts each record into an envelope: {"source":"the input topic","data":the JSON value, or a string of the text}.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

start = "{\"source\":#{RawJson.quote(Settings.text("REDPANDA_INPUT_TOPIC"))},\"data\":"

Redpanda.on_record_written do |event, writer|
  record = event.record
  if record.value.nil?
    writer.write(record)
  elsif record.value.valid_encoding?
    writer.write(record, value: "#{start}#{RawJson.parse(record.value) || RawJson.quote(record.value)}}")
  else
    warn "multiple-ingestion: value is not UTF-8, left out"
  end
end
