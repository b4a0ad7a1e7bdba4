# Enriches JSON records: what the table (table.rb) has for the value of ENRICH_FIELD is added as ENRICH_AS.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"
require_relative "table"

field = Settings.text("ENRICH_FIELD")
added = Settings.text("ENRICH_AS")

Redpanda.on_record_written do |event, writer|
  record = event.record
  text = RawJson.parse_object(record.value)
  if text
    value = RawJson.get(text, field)
    row = (value && TABLE[RawJson.text(value)]) || "null"
    members = RawJson.items(text).reject { |key, _| RawJson.text(key) == added }.map { |key, member| "#{key}:#{member}" }
    members << "#{RawJson.quote(added)}:#{row}"
    record.value = "{#{members.join(",")}}"
  end
  writer.write(record)
end
