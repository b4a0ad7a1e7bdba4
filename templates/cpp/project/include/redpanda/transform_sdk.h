// redpanda/transform_sdk.h: data transforms for Redpanda and Kafka, in C++23. One header, no exceptions needed.
//
//   #include <redpanda/transform_sdk.h>
//
//   int main() {
//     redpanda::on_record_written([](const redpanda::write_event& event, redpanda::record_writer& writer) {
//       return writer.write(event.record);
//     });
//   }
//
// on_record_written never returns: it hands each record that was written to the input topic to the callback. A callback
// that returns an error ends the module; the broker starts it again and offers the same record again.
//
// Null and empty differ: a null key or value is std::nullopt. A callback's views are valid until it returns.
//
// std::cout is buffered and a transform does not end: log with redpanda::log and redpanda::warn, which write one line as
// one log record.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace redpanda {

using bytes = std::vector<std::uint8_t>;
using bytes_view = std::span<const std::uint8_t>;

inline bytes_view as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

inline std::string_view as_text(bytes_view data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

struct header_view {
  bytes_view key;
  std::optional<bytes_view> value;
};

struct record_view {
  std::optional<bytes_view> key;
  std::optional<bytes_view> value;
  std::vector<header_view> headers;
};

// A record of the input topic.
struct write_event {
  record_view record;
  std::chrono::sys_time<std::chrono::milliseconds> timestamp;
  std::int64_t offset = 0;  // in its partition
};

struct write_options {
  std::optional<std::string_view> topic;  // one of the transform's output topics; the first when not given
};

// What a write can end with. Compare: `if (error == redpanda::errc::unknown_topic)`.
enum class errc { invalid_record = 2, unknown_topic = 3 };

class record_writer {
 public:
  // Write a record to an output topic.
  [[nodiscard]] std::error_code write(const record_view& record, const write_options& options = {});
};

// One line to the transform's logs, at level INFO (log) or WARN (warn).
inline void log(std::string_view line);
inline void warn(std::string_view line);

// Read records for ever, handing each to `callback(const write_event&, record_writer&) -> std::error_code`.
template <typename Callback>
  requires std::is_invocable_r_v<std::error_code, Callback&, const write_event&, record_writer&>
[[noreturn]] void on_record_written(Callback callback);

// ---------------------------------------------------------------------------------------------------------------------
// How it is done. The names and types of the imports are the broker's ABI, version 2.

namespace detail {

extern "C" {
#define REDPANDA_IMPORT(name) __attribute__((import_module("redpanda_transform"), import_name(name)))
REDPANDA_IMPORT("check_abi_version_2") void redpanda_check_abi_version_2();
REDPANDA_IMPORT("read_batch_header")
std::int32_t redpanda_read_batch_header(std::int64_t* base_offset, std::int32_t* record_count,
                                        std::int32_t* partition_leader_epoch, std::int16_t* attributes,
                                        std::int32_t* last_offset_delta, std::int64_t* base_timestamp,
                                        std::int64_t* max_timestamp, std::int64_t* producer_id,
                                        std::int16_t* producer_epoch, std::int32_t* base_sequence);
REDPANDA_IMPORT("read_next_record")
std::int32_t redpanda_read_next_record(std::uint8_t* attributes, std::int64_t* timestamp, std::int64_t* offset,
                                       std::uint8_t* buffer, std::uint32_t size);
REDPANDA_IMPORT("write_record_with_options")
std::int32_t redpanda_write_record_with_options(const std::uint8_t* record, std::uint32_t size,
                                                const std::uint8_t* options, std::uint32_t options_size);
#undef REDPANDA_IMPORT
}

class error_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "redpanda"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::invalid_record: return "the broker could not read the record";
      case errc::unknown_topic: return "not an output topic of this transform";
    }
    return "the broker refused with " + std::to_string(-code);
  }
};

inline const error_category category;

inline void write_line(int fd, std::string_view line, std::string_view more = {}) {
  // one write, so one log record
  const auto part = [](std::string_view text) { return iovec{const_cast<char*>(text.data()), text.size()}; };
  const iovec parts[] = {part(line), part(more), part("\n")};
  if (::writev(fd, parts, 3) < 0) {  // the broker takes every line
  }
}

[[noreturn]] inline void fail(std::string_view what, std::string_view more = {}) {
  write_line(2, what, more);
  std::_Exit(1);
}

// Integers are zigzag varints; bytes are their size (-1: null) and themselves.

// The record being read and, behind it, the one being written. A broker gives a transform 2 MiB, and an allocator keeps
// the old buffer when it hands out a larger one; so this is pages at the end of the memory, which grow in place as
// long as nothing else took pages behind them.
class page_buffer {
 public:
  // Room for `size` bytes of input, or nullptr. What was written before is gone. Where it can be had, room for an output
  // of about that size is taken at once, before the transform's own allocations stand behind it.
  std::uint8_t* input(std::size_t size) {
    if (!grow(size + size + size / 8 + 256) && !grow(size)) return nullptr;
    input_ = std::max(input_, size);
    return data_;
  }

  // Room for `size` bytes of output, or nullptr.
  std::uint8_t* output(std::size_t size) { return grow(input_ + size) ? data_ + input_ : nullptr; }

  std::uint8_t* data() { return data_; }

 private:
  static constexpr std::size_t page = 65'536;

  bool grow(std::size_t size) {
    if (size <= capacity_) return true;
    auto* memory_end = reinterpret_cast<std::uint8_t*>(__builtin_wasm_memory_size(0) * page);
    const bool in_place = data_ && data_ + capacity_ == memory_end;
    const auto pages = (size - (in_place ? capacity_ : 0) + page - 1) / page;
    if (__builtin_wasm_memory_grow(0, pages) == static_cast<std::size_t>(-1)) return false;
    if (!in_place) {
      data_ = memory_end;  // the old pages stay as they are: a view may point there
      capacity_ = 0;
    }
    capacity_ += pages * page;
    return true;
  }

  std::uint8_t* data_ = nullptr;
  std::size_t input_ = 0;
  std::size_t capacity_ = 0;
};

inline page_buffer buffer;

inline constexpr std::size_t varint_max = 5;

inline std::size_t room(const std::optional<bytes_view>& data) { return varint_max + (data ? data->size() : 0); }

inline std::uint8_t* put_int(std::uint8_t* at, std::int32_t value) {
  auto bits = (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
  for (; bits >= 0x80; bits >>= 7) *at++ = static_cast<std::uint8_t>(bits | 0x80);
  *at++ = static_cast<std::uint8_t>(bits);
  return at;
}

inline std::uint8_t* put_bytes(std::uint8_t* at, const std::optional<bytes_view>& data) {
  if (!data) return put_int(at, -1);
  return std::ranges::copy(*data, put_int(at, static_cast<std::int32_t>(data->size()))).out;
}

// Reads the broker's form of a record; a record that cannot be read ends the module.
class reader {
 public:
  explicit reader(bytes_view data) : data_(data) {}

  std::int32_t integer() {
    std::uint32_t bits = 0;
    for (unsigned shift = 0; shift < 35; shift += 7) {
      if (data_.empty()) break;
      const auto byte = data_.front();
      data_ = data_.subspan(1);
      bits |= static_cast<std::uint32_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return static_cast<std::int32_t>(bits >> 1) ^ -static_cast<std::int32_t>(bits & 1);
    }
    unreadable();
  }

  std::optional<bytes_view> data() {
    const auto size = integer();
    if (size < 0) return std::nullopt;
    if (static_cast<std::size_t>(size) > data_.size()) unreadable();
    const auto found = data_.first(static_cast<std::size_t>(size));
    data_ = data_.subspan(static_cast<std::size_t>(size));
    return found;
  }

  void record(record_view& record) {
    record.key = data();
    record.value = data();
    const auto count = integer();
    // each header takes two bytes at least
    if (count < 0 || static_cast<std::size_t>(count) > data_.size() / 2) unreadable();
    record.headers.clear();
    record.headers.reserve(static_cast<std::size_t>(count));
    for (std::int32_t i = 0; i < count; i++) {
      const auto key = data().value_or(bytes_view{});
      record.headers.push_back({key, data()});
    }
  }

 private:
  [[noreturn]] static void unreadable() { fail("redpanda: the broker sent a record that cannot be read"); }

  bytes_view data_;
};

}  // namespace detail

inline std::error_code make_error_code(errc code) { return {static_cast<int>(code), detail::category}; }

inline void log(std::string_view line) { detail::write_line(1, line); }
inline void warn(std::string_view line) { detail::write_line(2, line); }

inline std::error_code record_writer::write(const record_view& record, const write_options& options) {
  const auto topic = options.topic ? std::optional(as_bytes(*options.topic)) : std::nullopt;
  const auto options_room = topic ? 1 + detail::room(topic) : 0;
  auto room = options_room + detail::room(record.key) + detail::room(record.value) + detail::varint_max;
  for (const auto& header : record.headers) room += detail::room(header.key) + detail::room(header.value);

  auto* const first = detail::buffer.output(room);
  if (!first) return std::make_error_code(std::errc::not_enough_memory);
  auto* first_end = first;
  if (topic) {
    *first_end++ = 1;  // the option's number: output topic
    first_end = detail::put_bytes(first_end, topic);
  }
  auto* const start = first + options_room;
  auto* end = detail::put_bytes(detail::put_bytes(start, record.key), record.value);
  end = detail::put_int(end, static_cast<std::int32_t>(record.headers.size()));
  for (const auto& header : record.headers) end = detail::put_bytes(detail::put_bytes(end, header.key), header.value);

  const auto written = detail::redpanda_write_record_with_options(start, static_cast<std::uint32_t>(end - start), first,
                                                                  static_cast<std::uint32_t>(first_end - first));
  if (written >= 0) return {};
  return {-written, detail::category};
}

template <typename Callback>
  requires std::is_invocable_r_v<std::error_code, Callback&, const write_event&, record_writer&>
[[noreturn]] void on_record_written(Callback callback) {
  detail::redpanda_check_abi_version_2();
  record_writer writer;
  write_event event;
  for (;;) {
    std::int64_t base_offset, base_timestamp, max_timestamp, producer_id;
    std::int32_t count, leader_epoch, last_offset_delta, base_sequence;
    std::int16_t batch_attributes, producer_epoch;
    const auto size = detail::redpanda_read_batch_header(&base_offset, &count, &leader_epoch, &batch_attributes,
                                                         &last_offset_delta, &base_timestamp, &max_timestamp,
                                                         &producer_id, &producer_epoch, &base_sequence);
    if (size < 0) detail::fail("redpanda: the broker offered no batch");
    if (!detail::buffer.input(static_cast<std::size_t>(size))) detail::fail("redpanda: no memory for this record");
    for (std::int32_t i = 0; i < count; i++) {
      std::uint8_t attributes;
      std::int64_t timestamp_ms;
      auto* const payload = detail::buffer.data();
      const auto got = detail::redpanda_read_next_record(&attributes, &timestamp_ms, &event.offset, payload,
                                                         static_cast<std::uint32_t>(size));
      if (got < 0) detail::fail("redpanda: the broker offered no record");
      event.timestamp = std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(timestamp_ms));
      detail::reader(bytes_view(payload, static_cast<std::size_t>(got))).record(event.record);
      const std::error_code error = callback(std::as_const(event), writer);
      if (error) detail::fail("redpanda: the transform refused a record: ", error.message());
    }
  }
}

}  // namespace redpanda

template <>
struct std::is_error_code_enum<redpanda::errc> : std::true_type {};
