# Splits JSON records: each element of the array in SPLIT_FIELD becomes a record. What has no array passes unchanged.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

field = Settings.text("SPLIT_FIELD")

Redpanda.on_record_written do |event, writer|
  record = event.record
  text = RawJson.parse(record.value)
  array = text && text.start_with?("[") ? text : RawJson.get(text, field)
  if array && array.start_with?("[")
    RawJson.items(array).each { |_, element| writer.write(record, value: element) }
  else
    writer.write(record)
  end
end
