// Makes a line of CSV (RFC 4180) of each JSON object: the fields that CSV_COLUMNS names, in that order.
#include <redpanda/transform_sdk.h>

#include "json.h"
#include "settings.h"

std::string cell(std::optional<std::string_view> value) {
  if (!value || *value == "null") return "";
  const auto text = json::text(*value);
  if (text.find_first_of(",\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

int main() {
  const auto columns = settings::list("CSV_COLUMNS");

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    if (!event.record.value) return writer.write(event.record);
    const auto text = json::parse_object(redpanda::as_text(*event.record.value));
    if (!text) {
      redpanda::warn("json-to-csv: value is not a JSON object, left out");
      return {};
    }
    std::string line;
    for (const auto& column : columns) {
      if (&column != &columns.front()) line += ',';
      line += cell(json::get(*text, column));
    }
    auto record = event.record;
    record.value = redpanda::as_bytes(line);
    return writer.write(record);
  });
}
