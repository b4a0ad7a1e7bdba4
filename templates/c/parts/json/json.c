#include "json.h"

typedef struct scanner {
  const uint8_t *at, *end;
} scanner;

static bool is_space(uint8_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* The byte at hand, or 0 at the end (a zero byte is nowhere allowed in JSON, so the two need no telling apart). */
static uint8_t peek(const scanner *s) { return s->at < s->end ? *s->at : 0; }

static bool accept(scanner *s, uint8_t byte) {
  if (s->at == s->end || *s->at != byte) return false;
  s->at++;
  return true;
}

static void skip_spaces(scanner *s) {
  while (is_space(peek(s))) s->at++;
}

/* Checking: a false says that the text is not JSON. */

/* The number that four hexadecimal digits write, or -1. */
static int32_t hex4(const uint8_t *at, const uint8_t *end) {
  int32_t value = 0;
  if (end - at < 4) return -1;
  for (int i = 0; i < 4; i++) {
    uint8_t c = at[i];
    int32_t digit = is_digit(c)              ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* How many bytes the UTF-8 character at hand has, or 0 when it is not UTF-8 (RFC 3629, table 3-7 of Unicode). */
static size_t utf8_size(const scanner *s) {
  uint8_t first = *s->at;
  if (first < 0x80) return 1;
  size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  if (size == 0 || (size_t)(s->end - s->at) < size) return 0;
  uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (s->at[1] < low || s->at[1] > high) return 0;
  for (size_t i = 2; i < size; i++) {
    if (s->at[i] < 0x80 || s->at[i] > 0xBF) return 0;
  }
  return size;
}

static size_t escape_size(const scanner *s) {
  if (s->end - s->at < 2 || !s->at[1]) return 0;
  if (s->at[1] == 'u') return hex4(s->at + 2, s->end) < 0 ? 0 : 6;
  return strchr("\"\\/bfnrt", s->at[1]) ? 2 : 0;
}

static bool check_string(scanner *s) {
  if (!accept(s, '"')) return false;
  while (s->at < s->end) {
    if (accept(s, '"')) return true;
    if (*s->at < 0x20) return false;
    size_t size = *s->at == '\\' ? escape_size(s) : utf8_size(s);
    if (size == 0) return false;
    s->at += size;
  }
  return false;
}

static bool check_digits(scanner *s) {
  if (!is_digit(peek(s))) return false;
  while (is_digit(peek(s))) s->at++;
  return true;
}

static bool check_number(scanner *s) {
  accept(s, '-');
  if (!accept(s, '0') && !check_digits(s)) return false;
  if (accept(s, '.') && !check_digits(s)) return false;
  if (accept(s, 'e') || accept(s, 'E')) {
    if (!accept(s, '+')) accept(s, '-');
    return check_digits(s);
  }
  return true;
}

static bool check_word(scanner *s, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0) return false;
  s->at += size;
  return true;
}

static bool check_scalar(scanner *s) {
  switch (peek(s)) {
    case '"': return check_string(s);
    case 't': return check_word(s, "true");
    case 'f': return check_word(s, "false");
    case 'n': return check_word(s, "null");
    default: return check_number(s);
  }
}

/* One whole value, without recursion. */
static bool check(scanner *s) {
  uint8_t closers[JSON_MAX_DEPTH];
  size_t open = 0;
  for (;;) {
    bool is_empty = false;
    skip_spaces(s);
    uint8_t first = peek(s);
    if (first == '{' || first == '[') {
      if (open == JSON_MAX_DEPTH) return false;
      s->at++;
      closers[open++] = first + 2; /* in ASCII, ] and } lie two behind [ and { */
      skip_spaces(s);
      is_empty = peek(s) == closers[open - 1];
    } else if (!check_scalar(s)) {
      return false;
    }
    bool is_first = (first == '{' || first == '[') && !is_empty;
    while (!is_first) { /* behind a value: a comma, or the ends of what is around it */
      if (open == 0) return true;
      skip_spaces(s);
      if (accept(s, ',')) break;
      if (!accept(s, closers[open - 1])) return false;
      open--;
    }
    if (closers[open - 1] == '}') {
      skip_spaces(s);
      if (!check_string(s)) return false;
      skip_spaces(s);
      if (!accept(s, ':')) return false;
    }
  }
}

rp_bytes json_parse(rp_bytes value) {
  if (rp_is_null(value)) return value;
  scanner s = {value.data, value.data + value.size};
  skip_spaces(&s);
  const uint8_t *start = s.at;
  if (!check(&s)) return rp_null();
  const uint8_t *end = s.at;
  skip_spaces(&s);
  return s.at == s.end ? rp_of(start, (size_t)(end - start)) : rp_null();
}

rp_bytes json_parse_object(rp_bytes value) {
  rp_bytes text = json_parse(value);
  return !rp_is_null(text) && text.data[0] == '{' ? text : rp_null();
}

/* What follows takes JSON that was checked. */

const char *json_kind(rp_bytes value) {
  switch (value.data[0]) {
    case '{': return "object";
    case '[': return "array";
    case '"': return "string";
    case 't':
    case 'f': return "boolean";
    case 'n': return "null";
    default: return "number";
  }
}

static void skip_string(scanner *s) {
  s->at++;
  while (*s->at != '"') s->at += *s->at == '\\' ? 2 : 1;
  s->at++;
}

static void skip_value(scanner *s) {
  size_t depth = 0;
  do {
    uint8_t c = *s->at;
    if (c == '"') {
      skip_string(s);
    } else if (c == '{' || c == '[') {
      depth++, s->at++;
    } else if (c == '}' || c == ']') {
      depth--, s->at++;
    } else if (depth > 0) {
      s->at++;
    } else {
      while (s->at < s->end && !is_space(*s->at) && *s->at != ',' && *s->at != '}' && *s->at != ']') s->at++;
    }
  } while (depth > 0);
}

json_items json_open(rp_bytes container) {
  json_items items = {rp_null(), rp_null(), container.data, container.data + container.size};
  return items;
}

bool json_next(json_items *items) {
  scanner s = {items->at, items->end};
  bool is_first = rp_is_null(items->value);
  uint8_t opened = is_first ? *s.at : 0;
  if (is_first) s.at++;
  skip_spaces(&s);
  if (peek(&s) == ',') s.at++, skip_spaces(&s);
  if (peek(&s) == '}' || peek(&s) == ']') return false;
  if (opened == '{' || !rp_is_null(items->key)) {
    const uint8_t *key = s.at;
    skip_string(&s);
    items->key = rp_of(key, (size_t)(s.at - key));
    skip_spaces(&s);
    s.at++; /* the colon */
    skip_spaces(&s);
  }
  const uint8_t *value = s.at;
  skip_value(&s);
  items->value = rp_of(value, (size_t)(s.at - value));
  items->at = s.at;
  return true;
}

rp_bytes json_get(rp_bytes value, const char *path) {
  static json_text name;
  for (; path; path = strchr(path, '.'), path = path ? path + 1 : NULL) {
    if (rp_is_null(value) || value.data[0] != '{') return rp_null();
    rp_bytes found = rp_null();
    size_t size = strcspn(path, ".");
    for (json_items items = json_open(value); json_next(&items);) {
      name.size = 0;
      json_put_decoded(&name, items.key);
      if (name.size == size && memcmp(name.data, path, size) == 0) found = items.value;
    }
    value = found;
  }
  return value;
}

void json_put(json_text *to, const void *data, size_t size) {
  if (to->size + size + 1 > to->capacity) { /* a quarter more than needed, and room for a zero */
    to->capacity = (to->size + size) / 4 * 5 + 64;
    to->data = realloc(to->data, to->capacity);
    if (!to->data) abort(); /* the broker starts the module again */
  }
  if (size > 0) memcpy(to->data + to->size, data, size);
  to->size += size;
}

void json_put_string(json_text *to, const char *text) { json_put(to, text, strlen(text)); }

void json_put_value(json_text *to, rp_bytes value) { json_put(to, value.data, (size_t)value.size); }

static void put_utf8(json_text *to, uint32_t code) {
  static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
  uint8_t bytes[4];
  size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; i--, code >>= 6) bytes[i] = (uint8_t)(0x80 | (code & 0x3F));
  bytes[0] = (uint8_t)(leads[size] | code);
  json_put(to, bytes, size);
}

void json_put_decoded(json_text *to, rp_bytes value) {
  if (value.data[0] != '"') {
    json_put_value(to, value);
    return;
  }
  const uint8_t *at = value.data + 1, *end = value.data + value.size - 1;
  while (at < end) {
    const uint8_t *plain = at;
    while (at < end && *at != '\\') at++;
    json_put(to, plain, (size_t)(at - plain));
    if (at == end) return;
    if (at[1] != 'u') {
      static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
      const char *letter = strchr(letters, at[1]);
      json_put(to, letter ? &meanings[letter - letters] : (const char *)at + 1, 1);
      at += 2;
      continue;
    }
    uint32_t code = (uint32_t)hex4(at + 2, end);
    at += 6;
    if (code >= 0xD800 && code <= 0xDBFF && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
      uint32_t low = (uint32_t)hex4(at + 2, end);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 6;
      }
    }
    put_utf8(to, code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : code); /* a lone surrogate is no character */
  }
}

void json_put_quoted(json_text *to, const void *text, size_t size) {
  static const char meanings[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt", digits[] = "0123456789abcdef";
  json_put(to, "\"", 1);
  for (const char *at = text, *end = at + size; at < end; at++) {
    const char *found = *at ? strchr(meanings, *at) : NULL;
    if (found) {
      json_put(to, "\\", 1);
      json_put(to, &letters[found - meanings], 1);
    } else if ((uint8_t)*at < 0x20) {
      json_put(to, (uint8_t)*at < 0x10 ? "\\u000" : "\\u001", 5);
      json_put(to, &digits[*at & 0xF], 1);
    } else {
      json_put(to, at, 1);
    }
  }
  json_put(to, "\"", 1);
}

const char *json_decoded(rp_bytes value) {
  static json_text text;
  if (rp_is_null(value)) return NULL;
  text.size = 0;
  json_put_decoded(&text, value);
  json_put(&text, "", 0);
  text.data[text.size] = '\0';
  return memchr(text.data, '\0', text.size) ? NULL : text.data;
}
