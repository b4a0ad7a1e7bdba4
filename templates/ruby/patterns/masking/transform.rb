# Masks fields of JSON records: MASK_FIELDS names them, separated by commas.

require "redpanda_transform"
require_relative "mask"

fields = Mask.parse_fields(ENV["MASK_FIELDS"] || "")
abort "masking: MASK_FIELDS names no field" if fields.empty?
puts "masking: #{fields.join(", ")}"

Redpanda.on_record_written do |event, writer|
  record = event.record
  if record.value
    begin
      record.value = Mask.mask(record.value, fields)
    rescue Mask::NotJson
      warn "masking: value is not JSON, passed on unchanged"
    end
  end
  writer.write(record)
end
