// Puts each record into an envelope: {"source":"the input topic","data":the JSON value, or a string of the text}.
#include <redpanda/transform_sdk.h>

#include "json.h"
#include "settings.h"

int main() {
  const auto start = "{\"source\":" + json::quote(settings::text("REDPANDA_INPUT_TOPIC")) + ",\"data\":";

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    if (!event.record.value) return writer.write(event.record);
    const auto value = redpanda::as_text(*event.record.value);
    const auto text = json::parse(value);
    const auto envelope = start + (text ? std::string(*text) : json::quote(value)) + '}';
    if (!text && !json::parse(envelope)) {
      redpanda::warn("multiple-ingestion: value is not UTF-8, left out");
      return {};
    }
    auto record = event.record;
    record.value = redpanda::as_bytes(envelope);
    return writer.write(record);
  });
}
