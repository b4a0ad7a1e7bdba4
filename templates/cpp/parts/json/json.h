// Reads JSON without changing it: what is taken out of a text is a view into it, as it was written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace json {

inline constexpr std::size_t max_depth = 128;  // arrays and objects inside each other

// The text without spaces around it; nothing when it is not JSON.
std::optional<std::string_view> parse(std::string_view text);

// The same, but nothing unless it is an object.
std::optional<std::string_view> parse_object(std::string_view text);

// "object", "array", "string", "number", "boolean" or "null".
std::string_view kind(std::string_view value);

// The member that a path ("address.city") leads to, as it is written. Of duplicate keys the last one counts.
std::optional<std::string_view> get(std::string_view value, std::string_view path);

// The text that a string stands for; any other value as it is written.
std::string text(std::string_view value);

// The text as a JSON string.
std::string quote(std::string_view text);

// What is in an object or array: `for (json::items items(value); items.next();) use(items.key, items.value);`
class items {
 public:
  explicit items(std::string_view container) : left_(container.substr(1)), is_object_(container.front() == '{') {}

  bool next();

  std::string_view key;  // with its quotes; empty in an array
  std::string_view value;

 private:
  std::string_view left_;
  bool is_object_;
};

}  // namespace json
