// Sends records with one of REROUTE_HEADERS to the second output topic while REROUTE is "on"; all else to the first one.
#include <redpanda/transform_sdk.h>

#include <algorithm>

#include "settings.h"

int main() {
  const bool is_on = settings::text("REROUTE") == "on";
  const auto rules = settings::pairs("REROUTE_HEADERS");
  const auto detour = settings::text("REDPANDA_OUTPUT_TOPIC_1");

  const auto is_rerouted = [&](const redpanda::header_view& header) {
    return header.value && std::ranges::any_of(rules, [&](const auto& rule) {
      return rule.first == redpanda::as_text(header.key) && rule.second == redpanda::as_text(*header.value);
    });
  };

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) {
    redpanda::write_options options;
    if (is_on && std::ranges::any_of(event.record.headers, is_rerouted)) options.topic = detour;
    return writer.write(event.record, options);
  });
}
