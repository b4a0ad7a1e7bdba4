// Normalizes JSON records: each becomes an object of the fields that NORMALIZE_FIELDS names, with the values found at their
// paths.
#include <redpanda/transform_sdk.h>

#include <ranges>

#include "json.h"
#include "settings.h"

// What is found at the first of the paths, which have | between them, that leads somewhere.
std::string_view first_of(std::string_view text, std::string_view paths) {
  for (const auto path : paths | std::views::split('|')) {
    if (const auto found = json::get(text, std::string_view(path))) return *found;
  }
  return "null";
}

int main() {
  const auto fields = settings::pairs("NORMALIZE_FIELDS");
  std::string output;

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    if (!event.record.value) return writer.write(event.record);
    const auto text = json::parse_object(redpanda::as_text(*event.record.value));
    if (!text) {
      redpanda::warn("normalize: value is not a JSON object, left out");
      return {};
    }
    output.clear();
    for (const auto& [name, paths] : fields) {
      output += output.empty() ? '{' : ',';
      output += json::quote(name) + ':';
      output += first_of(*text, paths);
    }
    output += '}';
    auto record = event.record;
    record.value = redpanda::as_bytes(output);
    return writer.write(record);
  });
}
