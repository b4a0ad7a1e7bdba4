// Enriches JSON records: what the table (table.h) has for the value of ENRICH_FIELD is added as ENRICH_AS.
#include <redpanda/transform_sdk.h>

#include "json.h"
#include "settings.h"
#include "table.h"

std::string_view row_of(std::optional<std::string_view> value) {
  const auto row = value ? table.find(json::text(*value)) : table.end();
  return row == table.end() ? "null" : row->second;
}

int main() {
  const auto field = settings::text("ENRICH_FIELD");
  const auto added = settings::text("ENRICH_AS");

  const auto enrich = [&](std::string_view text) {
    std::string output = "{";
    output.reserve(text.size() + 256);  // once: growing would hold two of them in the little memory there is
    for (json::items items(text); items.next();) {
      if (json::text(items.key) == added) continue;
      output += items.key;
      output += ':';
      output += items.value;
      output += ',';
    }
    output += json::quote(added) + ':';
    output += row_of(json::get(text, field));
    return output += '}';
  };

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) {
    const auto& value = event.record.value;
    const auto text = value ? json::parse_object(redpanda::as_text(*value)) : std::nullopt;
    if (!text) return writer.write(event.record);
    const auto enriched = enrich(*text);
    auto record = event.record;
    record.value = redpanda::as_bytes(enriched);
    return writer.write(record);
  });
}
