// Masks fields of a JSON text, leaving every other byte as it is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace masking {

inline constexpr std::size_t max_depth = 128;  // arrays and objects inside each other

enum class result {
  unchanged,  // JSON without one of the fields
  changed,    // the masked text is in `output`
  not_json,
};

// Reads "email, phone" into names: split at commas, spaces and tabs around a name dropped, empty names too.
std::vector<std::string> parse_fields(std::string_view list);

// Masks the value of each member whose key is in `fields`, at any depth: a string of more than 8 characters keeps its last
// 4 behind "****", every other value becomes "****".
result mask(std::string_view text, const std::vector<std::string>& fields, std::string& output);

}  // namespace masking
