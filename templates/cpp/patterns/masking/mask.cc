#include "mask.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace masking {
namespace {

constexpr std::size_t keep = 4, keep_above = 8;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_high_surrogate(std::uint32_t code) { return code >= 0xD800 && code <= 0xDBFF; }
bool is_low_surrogate(std::uint32_t code) { return code >= 0xDC00 && code <= 0xDFFF; }

// The number that the first four characters write in hexadecimal.
std::optional<std::uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = is_digit(c)              ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

// How many bytes the UTF-8 character that `text` starts with has, or 0 when it is not UTF-8 (table 3-7 of Unicode).
std::size_t utf8_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  const std::uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const std::uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; i++) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return size;
}

// How many bytes the escape that `text` starts with has, a surrogate pair whole, or 0 when it is none.
std::size_t escape_size(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] != 'u') return std::string_view("\"\\/bfnrt").contains(text[1]) ? 2 : 0;
  const auto code = hex4(text.substr(2));
  if (!code) return 0;
  if (is_high_surrogate(*code) && text.substr(6).starts_with("\\u")) {
    if (const auto low = hex4(text.substr(8)); low && is_low_surrogate(*low)) return 12;
  }
  return 6;
}

// Appends what the escape means, in UTF-8; false for a lone surrogate.
bool decode_escape(std::string_view escape, std::string& out) {
  if (escape.size() == 2) {
    constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
    const auto at = letters.find(escape[1]);
    out += at == letters.npos ? escape[1] : meanings[at];
    return true;
  }
  auto code = *hex4(escape.substr(2));
  if (escape.size() == 12) code = 0x10000 + ((code - 0xD800) << 10) + (*hex4(escape.substr(8)) - 0xDC00);
  if (code >= 0xD800 && code <= 0xDFFF) return false;
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
  return true;
}

// A string of the text: what stands between its quotes, and where each of its last characters starts.
struct string {
  std::string_view text;
  std::size_t characters = 0;
  std::array<std::size_t, keep> starts{};  // character n starts at starts[n % keep]
  bool escaped = false;

  std::string_view tail() const {
    return characters > keep_above ? text.substr(starts[characters % keep]) : std::string_view{};
  }
};

class scanner {
 public:
  scanner(std::string_view text, const std::vector<std::string>& fields, std::string& output)
      : text_(text), fields_(fields), output_(output) {}

  result run() {
    output_.clear();
    if (!walk(0, true)) return result::not_json;
    skip_spaces();
    if (at_ != text_.size()) return result::not_json;
    if (copied_ == 0) return result::unchanged;
    output_ += text_.substr(copied_);
    return result::changed;
  }

 private:
  std::string_view rest() const { return text_.substr(at_); }

  // The character at hand, or 0 at the end (which JSON allows nowhere, so the two need no telling apart).
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool accept(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }

  bool accept(std::string_view word) {
    if (!rest().starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  void skip_spaces() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') at_++;
  }

  std::optional<string> scan_string() {
    if (!accept('"')) return std::nullopt;
    string found;
    const auto start = at_;
    while (at_ < text_.size()) {
      const auto c = static_cast<std::uint8_t>(text_[at_]);
      if (c == '"') {
        found.text = text_.substr(start, at_ - start);
        at_++;
        return found;
      }
      if (c < 0x20) return std::nullopt;
      const auto size = c == '\\' ? escape_size(rest()) : utf8_size(rest());
      if (size == 0) return std::nullopt;
      found.escaped |= c == '\\';
      found.starts[found.characters++ % keep] = at_ - start;
      at_ += size;
    }
    return std::nullopt;
  }

  bool scan_digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) at_++;
    return true;
  }

  bool scan_number() {
    accept('-');
    if (!accept('0') && !scan_digits()) return false;
    if (accept('.') && !scan_digits()) return false;
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      return scan_digits();
    }
    return true;
  }

  bool scan_scalar() {
    switch (peek()) {
      case '"': return scan_string().has_value();
      case 't': return accept("true");
      case 'f': return accept("false");
      case 'n': return accept("null");
      default: return scan_number();
    }
  }

  bool is_masked(const string& key) const {
    if (!key.escaped) return std::ranges::contains(fields_, key.text);
    std::string decoded;
    for (auto left = key.text; !left.empty();) {
      const auto size = left.front() == '\\' ? escape_size(left) : 1;
      if (left.front() != '\\') {
        decoded += left.front();
      } else if (!decode_escape(left.substr(0, size), decoded)) {
        return false;
      }
      left.remove_prefix(size);
    }
    return std::ranges::contains(fields_, decoded);
  }

  // Scans the value at hand and writes its mask in its place.
  bool mask_value(std::size_t depth) {
    const auto start = at_;
    std::string_view tail;
    if (peek() == '"') {
      const auto value = scan_string();
      if (!value) return false;
      tail = value->tail();
    } else if (!walk(depth, false)) {
      return false;
    }
    if (copied_ == 0 && output_.capacity() < text_.size()) {
      output_ = std::string();  // the old one goes before the new one comes: memory is scarce
      output_.reserve(text_.size() + 64);
    }
    output_ += text_.substr(copied_, start - copied_);
    output_ += "\"****";
    output_ += tail;
    output_ += '"';
    copied_ = at_;
    return true;
  }

  // Walks one whole value, without recursion but for the value of a masked field (where `masking` is false).
  bool walk(std::size_t depth, bool masking) {
    std::array<char, max_depth> closers;
    std::size_t open = 0;
    enum { value, key, after_value } expected = value;
    for (;;) {
      if (expected == value) {
        skip_spaces();
        const bool is_object = peek() == '{';
        if (is_object || peek() == '[') {
          if (depth + open == max_depth) return false;
          at_++;
          closers[open++] = is_object ? '}' : ']';
          skip_spaces();
          if (accept(closers[open - 1])) {
            open--;
            expected = after_value;
          } else {
            expected = is_object ? key : value;
          }
        } else {
          if (!scan_scalar()) return false;
          expected = after_value;
        }
      } else if (expected == key) {
        skip_spaces();
        const auto name = scan_string();
        if (!name) return false;
        skip_spaces();
        if (!accept(':')) return false;
        skip_spaces();
        expected = value;
        if (masking && is_masked(*name)) {
          if (!mask_value(depth + open)) return false;
          expected = after_value;
        }
      }
      if (expected == after_value) {
        if (open == 0) return true;
        skip_spaces();
        if (accept(',')) {
          expected = closers[open - 1] == '}' ? key : value;
        } else if (accept(closers[open - 1])) {
          open--;
        } else {
          return false;
        }
      }
    }
  }

  std::string_view text_;
  const std::vector<std::string>& fields_;
  std::string& output_;
  std::size_t at_ = 0;
  std::size_t copied_ = 0;  // how much of the text the output covers
};

}  // namespace

std::vector<std::string> parse_fields(std::string_view list) {
  std::vector<std::string> fields;
  for (std::size_t start = 0; start <= list.size();) {
    const auto end = std::min(list.find(',', start), list.size());
    auto name = list.substr(start, end - start);
    const auto first = name.find_first_not_of(" \t");
    if (first != name.npos) {
      name = name.substr(first, name.find_last_not_of(" \t") - first + 1);
      fields.emplace_back(name);
    }
    start = end + 1;
  }
  return fields;
}

result mask(std::string_view text, const std::vector<std::string>& fields, std::string& output) {
  return scanner(text, fields, output).run();
}

}  // namespace masking
