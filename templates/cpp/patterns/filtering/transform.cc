// Filters JSON records: those whose FILTER_FIELD has one of FILTER_VALUES pass, and tombstones do.
#include <redpanda/transform_sdk.h>

#include <algorithm>

#include "json.h"
#include "settings.h"

int main() {
  const auto field = settings::text("FILTER_FIELD");
  const auto wanted = settings::list("FILTER_VALUES");

  const auto is_wanted = [&](redpanda::bytes_view value) {
    const auto text = json::parse(redpanda::as_text(value));
    const auto found = text ? json::get(*text, field) : std::nullopt;
    return found && std::ranges::contains(wanted, json::text(*found));
  };

  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) {
    const auto& value = event.record.value;
    return !value || is_wanted(*value) ? writer.write(event.record) : std::error_code();
  });
}
