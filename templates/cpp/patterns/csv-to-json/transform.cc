// Makes a JSON object of each line of CSV (RFC 4180): CSV_COLUMNS names its columns.
#include <redpanda/transform_sdk.h>

#include "json.h"
#include "settings.h"

// Takes a cell off the front of the line; nothing when there is none.
std::optional<std::string> take_cell(std::string_view& line) {
  if (!line.starts_with('"')) {
    const auto cell = line.substr(0, line.find(','));
    if (cell.find_first_of("\"\r\n") != cell.npos) return std::nullopt;
    line.remove_prefix(cell.size());
    return std::string(cell);
  }
  std::string cell;
  for (std::size_t at = 1; at < line.size(); at++) {
    if (line[at] == '"' && (++at == line.size() || line[at] != '"')) {  // two quotes are one
      line.remove_prefix(at);
      return cell;
    }
    cell += line[at];
  }
  return std::nullopt;
}

std::optional<std::string> object_of(std::string_view line, const std::vector<std::string>& columns) {
  if (line.ends_with('\n')) line.remove_suffix(line.ends_with("\r\n") ? 2 : 1);
  std::string object;
  for (const auto& column : columns) {
    if (!object.empty()) {
      if (!line.starts_with(',')) return std::nullopt;
      line.remove_prefix(1);
    }
    const auto cell = take_cell(line);
    if (!cell) return std::nullopt;
    object += (object.empty() ? "{" : ",") + json::quote(column) + ':' + json::quote(*cell);
  }
  object += '}';
  const bool is_utf8 = json::parse(object).has_value();
  return line.empty() && is_utf8 ? std::optional(object) : std::nullopt;
}

int main() {
  const auto columns = settings::list("CSV_COLUMNS");
  const auto count = std::to_string(columns.size());

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    if (!event.record.value) return writer.write(event.record);
    const auto object = object_of(redpanda::as_text(*event.record.value), columns);
    if (!object) {
      redpanda::warn("csv-to-json: value is not a line of " + count + " columns, left out");
      return {};
    }
    auto record = event.record;
    record.value = redpanda::as_bytes(*object);
    return writer.write(record);
  });
}
