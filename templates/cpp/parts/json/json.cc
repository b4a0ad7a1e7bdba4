#include "json.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace json {
namespace {

constexpr std::string_view spaces = " \t\n\r";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

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

std::size_t escape_size(std::string_view text) {
  if (text.size() < 2) return 0;
  if (text[1] == 'u') return hex4(text.substr(2)) ? 6 : 0;
  return std::string_view("\"\\/bfnrt").contains(text[1]) ? 2 : 0;
}

// Reads one value from the front of a text; a false says that it is not JSON.
class checker {
 public:
  explicit checker(std::string_view text) : left_(text) {}

  std::string_view left() const { return left_; }

  // One whole value, without recursion.
  bool value() {
    std::array<char, max_depth> closers;
    std::size_t open = 0;
    for (;;) {
      skip_spaces();
      const char first = peek();
      const bool is_container = first == '{' || first == '[';
      if (is_container) {
        if (open == max_depth) return false;
        left_.remove_prefix(1);
        closers[open++] = static_cast<char>(first + 2);  // in ASCII, ] and } lie two behind [ and {
        skip_spaces();
      } else if (!scalar()) {
        return false;
      }
      bool is_next = is_container && peek() != closers[open - 1];
      while (!is_next) {  // behind a value: a comma, or the ends of what is around it
        if (open == 0) return true;
        skip_spaces();
        if (accept(',')) {
          is_next = true;
        } else if (accept(closers[open - 1])) {
          open--;
        } else {
          return false;
        }
      }
      if (closers[open - 1] == '}' && !key()) return false;
    }
  }

 private:
  // The character at hand, or 0 at the end (which JSON allows nowhere, so the two need no telling apart).
  char peek() const { return left_.empty() ? '\0' : left_.front(); }

  bool accept(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }

  bool accept(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }

  void skip_spaces() { left_.remove_prefix(std::min(left_.find_first_not_of(spaces), left_.size())); }

  bool key() {
    skip_spaces();
    if (!string()) return false;
    skip_spaces();
    return accept(':');
  }

  bool string() {
    if (!accept('"')) return false;
    while (!left_.empty()) {
      if (accept('"')) return true;
      if (static_cast<std::uint8_t>(left_.front()) < 0x20) return false;
      const auto size = left_.front() == '\\' ? escape_size(left_) : utf8_size(left_);
      if (size == 0) return false;
      left_.remove_prefix(size);
    }
    return false;
  }

  bool digits() {
    if (!is_digit(peek())) return false;
    while (is_digit(peek())) left_.remove_prefix(1);
    return true;
  }

  bool number() {
    accept('-');
    if (!accept('0') && !digits()) return false;
    if (accept('.') && !digits()) return false;
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      return digits();
    }
    return true;
  }

  bool scalar() {
    switch (peek()) {
      case '"': return string();
      case 't': return accept("true");
      case 'f': return accept("false");
      case 'n': return accept("null");
      default: return number();
    }
  }

  std::string_view left_;
};

std::string_view trim(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
  return text.substr(0, text.find_last_not_of(spaces) + 1);
}

// What follows takes JSON that was checked.

std::size_t string_size(std::string_view text) {
  std::size_t at = 1;
  while (text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at + 1;
}

std::size_t value_size(std::string_view text) {
  if (text.front() == '"') return string_size(text);
  if (text.front() != '{' && text.front() != '[') return std::min(text.find_first_of(",]} \t\n\r"), text.size());
  std::size_t at = 0, depth = 0;
  do {
    const char c = text[at];
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
    at += c == '"' ? string_size(text.substr(at)) : 1;
  } while (depth > 0);
  return at;
}

void put_utf8(std::uint32_t code, std::string& out) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      put(0xE0 | code >> 12);
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
    }
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

}  // namespace

std::optional<std::string_view> parse(std::string_view text) {
  checker check(text);
  if (!check.value() || !trim(check.left()).empty()) return std::nullopt;
  return trim(text);
}

std::optional<std::string_view> parse_object(std::string_view text) {
  const auto found = parse(text);
  return found && found->front() == '{' ? found : std::nullopt;
}

std::string_view kind(std::string_view value) {
  switch (value.front()) {
    case '{': return "object";
    case '[': return "array";
    case '"': return "string";
    case 't':
    case 'f': return "boolean";
    case 'n': return "null";
    default: return "number";
  }
}

bool items::next() {
  left_ = trim(left_);
  if (left_.starts_with(',')) left_ = trim(left_.substr(1));
  if (left_.size() <= 1) return false;  // the closing bracket
  if (is_object_) {
    key = left_.substr(0, string_size(left_));
    left_ = trim(trim(left_.substr(key.size())).substr(1));
  }
  value = left_.substr(0, value_size(left_));
  left_.remove_prefix(value.size());
  return true;
}

std::optional<std::string_view> get(std::string_view value, std::string_view path) {
  for (;;) {
    if (value.front() != '{') return std::nullopt;
    const auto name = path.substr(0, path.find('.'));
    std::optional<std::string_view> found;
    for (items members(value); members.next();) {
      if (text(members.key) == name) found = members.value;
    }
    if (!found || name.size() == path.size()) return found;
    value = *found;
    path.remove_prefix(name.size() + 1);
  }
}

std::string text(std::string_view value) {
  if (value.front() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string out;
  out.reserve(value.size());
  while (!value.empty()) {
    const auto plain = value.substr(0, value.find('\\'));
    out += plain;
    value.remove_prefix(plain.size());
    if (value.empty()) break;
    if (value[1] != 'u') {
      constexpr std::string_view letters = "bfnrt", meanings = "\b\f\n\r\t";
      const auto at = letters.find(value[1]);
      out += at == letters.npos ? value[1] : meanings[at];
      value.remove_prefix(2);
      continue;
    }
    auto code = *hex4(value.substr(2));
    value.remove_prefix(6);
    if (code >= 0xD800 && code <= 0xDBFF && value.starts_with("\\u")) {
      if (const auto low = *hex4(value.substr(2)); low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        value.remove_prefix(6);
      }
    }
    put_utf8(code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code, out);  // a lone surrogate is no character
  }
  return out;
}

std::string quote(std::string_view text) {
  constexpr std::string_view meanings = "\"\\\b\f\n\r\t", letters = "\"\\bfnrt", digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    if (const auto at = meanings.find(c); at != meanings.npos) {
      out += '\\';
      out += letters[at];
    } else if (static_cast<std::uint8_t>(c) < 0x20) {
      out += c < 0x10 ? "\\u000" : "\\u001";
      out += digits[c & 0xF];
    } else {
      out += c;
    }
  }
  return out += '"';
}

}  // namespace json
