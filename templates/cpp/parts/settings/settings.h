// Reads the transform's environment variables. One that is missing ends the transform with a word in its log.
#pragma once

#include <redpanda/transform_sdk.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace settings {

namespace detail {

inline std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

inline std::string_view read(const char* variable) {
  const char* text = std::getenv(variable);
  return trim(text ? text : "");
}

[[noreturn]] inline void missing(const char* variable) {
  redpanda::warn(std::string(variable) + " is not set");
  std::_Exit(1);
}

}  // namespace detail

// The variable's text, spaces around it dropped.
inline std::string text(const char* variable) {
  const auto found = detail::read(variable);
  if (found.empty()) detail::missing(variable);
  return std::string(found);
}

// The items of "a, b", of which there is at least one.
inline std::vector<std::string> list(const char* variable) {
  std::vector<std::string> items;
  const auto text = detail::read(variable);
  for (std::size_t start = 0; start <= text.size();) {
    const auto end = std::min(text.find(',', start), text.size());
    const auto item = detail::trim(text.substr(start, end - start));
    if (!item.empty()) items.emplace_back(item);
    start = end + 1;
  }
  if (items.empty()) detail::missing(variable);
  return items;
}

// The pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself.
inline std::vector<std::pair<std::string, std::string>> pairs(const char* variable) {
  std::vector<std::pair<std::string, std::string>> found;
  for (const std::string_view item : list(variable)) {
    const auto sign = item.find('=');
    const auto value = sign == item.npos ? item : item.substr(sign + 1);
    found.emplace_back(detail::trim(item.substr(0, sign)), detail::trim(value));
  }
  return found;
}

}  // namespace settings
