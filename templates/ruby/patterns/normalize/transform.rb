# Normalizes JSON records: each becomes an object of the fields that NORMALIZE_FIELDS names, with the values found at their
# paths.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

# What is found at the first path that leads somewhere.
def first_of(text, paths)
  paths.each do |path|
    found = RawJson.get(text, path)
    return found if found
  end
  "null"
end

fields = Settings.pairs("NORMALIZE_FIELDS").map { |name, paths| [RawJson.quote(name), paths.split("|")] }

Redpanda.on_record_written do |event, writer|
  record = event.record
  text = RawJson.parse_object(record.value)
  if record.value.nil?
    writer.write(record)
  elsif text
    members = fields.map { |name, paths| "#{name}:#{first_of(text, paths)}" }
    writer.write(record, value: "{#{members.join(",")}}")
  else
    warn "normalize: value is not a JSON object, left out"
  end
end
