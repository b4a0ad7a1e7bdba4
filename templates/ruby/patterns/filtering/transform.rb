# Filters JSON records: those whose FILTER_FIELD has one of FILTER_VALUES pass, and tombstones do.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

field = Settings.text("FILTER_FIELD")
wanted = Settings.list("FILTER_VALUES")

Redpanda.on_record_written do |event, writer|
  value = event.record.value
  found = RawJson.get(RawJson.parse(value), field)
  writer.write(event.record) if value.nil? || (found && wanted.include?(RawJson.text(found)))
end
