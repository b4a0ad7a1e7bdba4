# Validates JSON records: those whose fields are as VALIDATE_FIELDS says go to the first output topic, others to the second
# one, with the reason in the header "error".

require "redpanda_transform"
require_relative "raw_json"
require_relative "settings"

# What is wrong with the value, or nil.
def error_of(value, rules)
  text = RawJson.parse_object(value)
  return "value is not a JSON object" if text.nil?
  rules.each do |field, rule|
    is_optional = rule.end_with?("?")
    type = is_optional ? rule[0...-1] : rule
    found = RawJson.get(text, field)
    next if is_optional && (found.nil? || found == "null")
    return "#{field} is missing" if found.nil?
    next if type == "any" || type == RawJson.kind(found)
    return "#{field} is not #{type.start_with?("a", "o") ? "an" : "a"} #{type}"
  end
  nil
end

rules = Settings.pairs("VALIDATE_FIELDS")
dead_letters = Settings.text("REDPANDA_OUTPUT_TOPIC_1")

Redpanda.on_record_written do |event, writer|
  record = event.record
  error = record.value && error_of(record.value, rules)
  if error
    writer.write(record, headers: record.headers + [["error", error]], to: dead_letters)
  else
    writer.write(record)
  end
end
