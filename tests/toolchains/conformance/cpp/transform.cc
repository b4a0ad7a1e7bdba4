// Does what each record's value asks for; see ../README.md.
#include <redpanda/transform_sdk.h>

namespace {

using redpanda::as_bytes;

std::string joined(std::optional<redpanda::bytes_view> bytes, std::string_view more) {
  return std::string(redpanda::as_text(bytes.value_or(redpanda::bytes_view{}))).append(more);
}

std::error_code on_record(const redpanda::write_event& event, redpanda::record_writer& writer) {
  const auto value = redpanda::as_text(event.record.value.value_or(redpanda::bytes_view{}));
  const auto space = value.find(' ');
  const auto verb = value.substr(0, space);
  const std::string argument(space == value.npos ? "" : value.substr(space + 1));

  const auto write_value = [&](const std::string& text) {
    auto changed = event.record;
    changed.value = as_bytes(text);
    return writer.write(changed);
  };
  if (verb == "to") {
    const auto error = writer.write(event.record, {.topic = argument});
    if (error == redpanda::errc::unknown_topic) redpanda::warn("refused: " + argument);
    return {};
  }
  if (verb == "offset") return write_value(std::to_string(event.offset));
  if (verb == "timestamp") return write_value(std::to_string(event.timestamp.time_since_epoch().count()));
  if (verb == "environment") return write_value(std::getenv(argument.c_str()));
  if (verb == "change") {
    const auto key = joined(event.record.key, "-key"), longer = joined(event.record.value, "-value");
    auto changed = event.record;
    changed.key = as_bytes(key);
    changed.value = as_bytes(longer);
    changed.headers.push_back({as_bytes("more"), std::nullopt});
    if (const auto error = writer.write(changed)) return error;
  }
  if (verb == "empty") return writer.write({as_bytes(""), as_bytes(""), {{as_bytes(""), as_bytes("")}}});
  if (verb == "null") return writer.write({});
  if (verb == "drop") return {};
  if (verb == "log") return redpanda::log(argument), std::error_code();
  if (verb == "warn") return redpanda::warn(argument), std::error_code();
  if (verb == "fail") {
    redpanda::warn(argument);
    return std::make_error_code(std::errc::invalid_argument);
  }
  return writer.write(event.record);
}

}  // namespace

int main() { redpanda::on_record_written(on_record); }
