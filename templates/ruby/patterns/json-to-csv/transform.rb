# Makes a line of CSV (RFC 4180) of each JSON object: the fields that CSV_COLUMNS names, in that order.

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

def cell(value)
  return "" if value.nil? || value == "null"
  text = RawJson.text(value)
  text =~ /[,"\r\n]/ ? "\"#{text.gsub('"', '""')}\"" : text
end

columns = Settings.list("CSV_COLUMNS")

Redpanda.on_record_written do |event, writer|
  record = event.record
  text = RawJson.parse_object(record.value)
  if record.value.nil?
    writer.write(record)
  elsif text
    writer.write(record, value: columns.map { |column| cell(RawJson.get(text, column)) }.join(","))
  else
    warn "json-to-csv: value is not a JSON object, left out"
  end
end
