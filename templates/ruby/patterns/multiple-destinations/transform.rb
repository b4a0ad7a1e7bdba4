# Gives each topic of DESTINATIONS the fields of JSON records that it needs.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

# An object of the fields that are there.
def part_of(text, fields)
  there = fields.map { |field| [field, RawJson.get(text, field)] }.select { |_, value| value }
  "{#{there.map { |field, value| "#{RawJson.quote(field)}:#{value}" }.join(",")}}"
end

destinations = Settings.pairs("DESTINATIONS").map { |topic, fields| [topic, fields.split("|")] }

Redpanda.on_record_written do |event, writer|
  record = event.record
  text = RawJson.parse_object(record.value)
  if record.value && text.nil?
    warn "multiple-destinations: value is not a JSON object, left out"
  else
    destinations.each { |topic, fields| writer.write(record, value: text && part_of(text, fields), to: topic) }
  end
end
