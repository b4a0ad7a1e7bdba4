// Masks fields of JSON records: MASK_FIELDS names them, separated by commas.
#include <redpanda/transform_sdk.h>

#include <cstdlib>
#include <string>

#include "mask.h"

int main() {
  const char* list = std::getenv("MASK_FIELDS");
  const auto fields = masking::parse_fields(list ? list : "");
  if (fields.empty()) {
    redpanda::warn("masking: MASK_FIELDS names no field");
    return 1;
  }
  std::string line = "masking: ";
  for (const auto& field : fields) line += (&field == &fields.front() ? "" : ", ") + field;
  redpanda::log(line);

  std::string masked;
  redpanda::on_record_written([&](const redpanda::write_event& event, redpanda::record_writer& writer) {
    if (!event.record.value) return writer.write(event.record);
    switch (masking::mask(redpanda::as_text(*event.record.value), fields, masked)) {
      case masking::result::changed: {
        auto record = event.record;
        record.value = redpanda::as_bytes(masked);
        return writer.write(record);
      }
      case masking::result::not_json:
        redpanda::warn("masking: value is not JSON, passed on unchanged");
        break;
      case masking::result::unchanged:
        break;
    }
    return writer.write(event.record);
  });
}
