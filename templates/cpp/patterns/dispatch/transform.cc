// Dispatches JSON records: the value of DISPATCH_FIELD chooses the output topic, as DISPATCH_ROUTES says. All else goes to
// the first one.
#include <redpanda/transform_sdk.h>

#include <algorithm>

#include "json.h"
#include "settings.h"

int main() {
  const auto field = settings::text("DISPATCH_FIELD");
  const auto routes = settings::pairs("DISPATCH_ROUTES");

  const auto topic_of = [&](redpanda::bytes_view value) -> std::optional<std::string_view> {
    const auto text = json::parse(redpanda::as_text(value));
    const auto found = text ? json::get(*text, field) : std::nullopt;
    if (!found) return std::nullopt;
    const auto route = std::ranges::find(routes, json::text(*found), [](const auto& pair) { return pair.first; });
    if (route == routes.end()) return std::nullopt;
    return route->second;
  };

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) {
    const auto topic = event.record.value.and_then(topic_of);
    return writer.write(event.record, {.topic = topic});
  });
}
