// Gives each topic of DESTINATIONS the fields of JSON records that it needs.
#include <redpanda/transform_sdk.h>

#include <ranges>

#include "json.h"
#include "settings.h"

// An object of the fields, which have | between them, that are there.
std::string part_of(std::string_view text, std::string_view fields) {
  std::string part;
  for (const auto range : fields | std::views::split('|')) {
    const std::string_view field(range);
    const auto found = json::get(text, field);
    if (!found) continue;
    part += (part.empty() ? "{" : ",") + json::quote(field) + ':';
    part += *found;
  }
  return part.empty() ? "{}" : part + '}';
}

int main() {
  const auto destinations = settings::pairs("DESTINATIONS");

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    const auto& value = event.record.value;
    const auto text = value ? json::parse_object(redpanda::as_text(*value)) : std::nullopt;
    if (value && !text) {
      redpanda::warn("multiple-destinations: value is not a JSON object, left out");
      return {};
    }
    for (const auto& [topic, fields] : destinations) {
      auto record = event.record;
      const auto part = text ? part_of(*text, fields) : "";
      if (text) record.value = redpanda::as_bytes(part);
      if (const auto error = writer.write(record, {.topic = topic})) return error;
    }
    return {};
  });
}
