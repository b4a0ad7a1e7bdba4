# Makes a JSON object of each line of CSV (RFC 4180): CSV_COLUMNS names its columns.

require "redpanda_transform"
require "strscan"
require_relative "raw_json"
require_relative "settings"

# The cells of a line; none when it is not one line of CSV.
def cells_of(line)
  return [] unless line.valid_encoding?
  scanner = StringScanner.new(line.sub(/\r?\n\z/, ""))
  cells = []
  loop do
    if scanner.skip(/"((?:[^"]|"")*+)"/)
      cells << scanner[1].gsub('""', '"')
    else
      cells << (scanner.scan(/[^",\r\n]++/) || "")
    end
    return cells if scanner.eos?
    return [] unless scanner.skip(/,/)
  end
end

columns = Settings.list("CSV_COLUMNS")

Redpanda.on_record_written do |event, writer|
  record = event.record
  cells = record.value && cells_of(record.value)
  if cells.nil?
    writer.write(record)
  elsif cells.size == columns.size
    members = columns.zip(cells).map { |name, cell| "#{RawJson.quote(name)}:#{RawJson.quote(cell)}" }
    writer.write(record, value: "{#{members.join(",")}}")
  else
    warn "csv-to-json: value is not a line of #{columns.size} columns, left out"
  end
end
