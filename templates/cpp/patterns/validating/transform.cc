// Validates JSON records: those whose fields are as VALIDATE_FIELDS says go to the first output topic, others to the second
// one, with the reason in the header "error".
#include <redpanda/transform_sdk.h>

#include <string>

#include "json.h"
#include "settings.h"

int main() {
  const auto rules = settings::pairs("VALIDATE_FIELDS");
  const auto dead_letters = settings::text("REDPANDA_OUTPUT_TOPIC_1");

  // What is wrong with the value; empty when nothing is.
  const auto error_of = [&](std::string_view value) -> std::string {
    const auto text = json::parse_object(value);
    if (!text) return "value is not a JSON object";
    for (const auto& [field, rule] : rules) {
      const bool is_optional = rule.ends_with('?');
      const auto type = rule.substr(0, rule.size() - is_optional);
      const auto found = json::get(*text, field);
      if (is_optional && (!found || *found == "null")) continue;
      if (!found) return field + " is missing";
      if (type == "any" || type == json::kind(*found)) continue;
      return field + (type[0] == 'a' || type[0] == 'o' ? " is not an " : " is not a ") + type;
    }
    return "";
  };

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) {
    const auto& value = event.record.value;
    const auto error = value ? error_of(redpanda::as_text(*value)) : "";
    if (error.empty()) return writer.write(event.record);
    auto record = event.record;
    record.headers.push_back({redpanda::as_bytes("error"), redpanda::as_bytes(error)});
    return writer.write(record, {.topic = dead_letters});
  });
}
