// Splits JSON records: each element of the array in SPLIT_FIELD becomes a record. What has no array passes unchanged.
#include <redpanda/transform_sdk.h>

#include "json.h"
#include "settings.h"

int main() {
  const auto field = settings::text("SPLIT_FIELD");

  const auto array_of = [&](redpanda::bytes_view value) -> std::optional<std::string_view> {
    const auto text = json::parse(redpanda::as_text(value));
    const auto found = text && text->front() == '{' ? json::get(*text, field) : text;
    return found && found->front() == '[' ? found : std::nullopt;
  };

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    const auto array = event.record.value.and_then(array_of);
    if (!array) return writer.write(event.record);
    auto element = event.record;
    for (json::items items(*array); items.next();) {
      element.value = redpanda::as_bytes(items.value);
      if (const auto error = writer.write(element)) return error;
    }
    return {};
  });
}
