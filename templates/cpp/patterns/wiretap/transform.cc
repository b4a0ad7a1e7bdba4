// Writes every record to the first output topic, and a copy to the second one, which says where it was tapped.
#include <redpanda/transform_sdk.h>

#include "settings.h"

int main() {
  const auto input = settings::text("REDPANDA_INPUT_TOPIC");
  const auto tap = settings::text("REDPANDA_OUTPUT_TOPIC_1");

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) -> std::error_code {
    if (const auto error = writer.write(event.record)) return error;
    auto copy = event.record;
    copy.headers.push_back({redpanda::as_bytes("tapped-from"), redpanda::as_bytes(input)});
    return writer.write(copy, {.topic = tap});
  });
}
