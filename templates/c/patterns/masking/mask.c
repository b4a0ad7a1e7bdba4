#include "mask.h"

#include <stdlib.h>
#include <string.h>

enum { KEEP = 4, KEEP_ABOVE = 8 };

typedef struct scanner {
  const uint8_t *text;
  size_t size, at;
  const mask_fields *fields;
  mask_output *output;
  size_t copied; /* how much of the text the output covers */
  bool changed;
} scanner;

/* A string of the text: the bytes between its quotes, and where each of its last characters starts. */
typedef struct string {
  size_t start, end;
  size_t characters;
  size_t starts[KEEP]; /* character n starts at starts[n % KEEP] */
  bool escaped;
} string;

static void reserve(mask_output *output, size_t capacity) {
  if (capacity <= output->capacity) return;
  uint8_t *data = realloc(output->data, capacity);
  if (!data) abort(); /* the broker starts the module again */
  output->data = data;
  output->capacity = capacity;
}

static void append(mask_output *output, const void *bytes, size_t size) {
  if (output->size + size > output->capacity) reserve(output, (output->size + size) / 4 * 5 + 64);
  if (size > 0) memcpy(output->data + output->size, bytes, size);
  output->size += size;
}

/* The byte at hand, or 0 at the end (a zero byte is nowhere allowed in JSON, so the two need no telling apart). */
static uint8_t peek(const scanner *s) { return s->at < s->size ? s->text[s->at] : 0; }

static bool accept(scanner *s, uint8_t byte) {
  if (s->at >= s->size || s->text[s->at] != byte) return false;
  s->at++;
  return true;
}

static void skip_spaces(scanner *s) {
  while (peek(s) == ' ' || peek(s) == '\t' || peek(s) == '\n' || peek(s) == '\r') s->at++;
}

static bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

/* The number that four hexadecimal digits at `at` write, or -1. */
static int32_t hex4(const uint8_t *text, size_t size, size_t at) {
  int32_t value = 0;
  if (size - at < 4) return -1;
  for (size_t i = at; i < at + 4; i++) {
    uint8_t c = text[i];
    int32_t digit = is_digit(c)              ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static bool is_high_surrogate(int32_t code) { return code >= 0xD800 && code <= 0xDBFF; }
static bool is_low_surrogate(int32_t code) { return code >= 0xDC00 && code <= 0xDFFF; }

/* How many bytes the UTF-8 character at `at` has, or 0 when it is not UTF-8 (RFC 3629, table 3-7 of Unicode). */
static size_t utf8_size(const uint8_t *text, size_t size, size_t at) {
  uint8_t first = text[at], low = 0x80, high = 0xBF;
  size_t more;
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) {
    more = 1;
  } else if (first >= 0xE0 && first <= 0xEF) {
    more = 2;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    more = 3;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  } else {
    return 0;
  }
  if (size - at <= more) return 0;
  for (size_t i = 1; i <= more; i++) {
    if (text[at + i] < low || text[at + i] > high) return 0;
    low = 0x80, high = 0xBF;
  }
  return more + 1;
}

/* How many bytes the escape at `at` (a backslash) has, a surrogate pair whole, or 0 when it is none. */
static size_t escape_size(const uint8_t *text, size_t size, size_t at) {
  if (size - at < 2) return 0;
  if (text[at + 1] != 'u') return text[at + 1] && strchr("\"\\/bfnrt", text[at + 1]) ? 2 : 0;
  int32_t code = hex4(text, size, at + 2);
  if (code < 0) return 0;
  bool pair = is_high_surrogate(code) && size - at >= 12 && text[at + 6] == '\\' && text[at + 7] == 'u' &&
              is_low_surrogate(hex4(text, size, at + 8));
  return pair ? 12 : 6;
}

static bool scan_string(scanner *s, string *found) {
  if (!accept(s, '"')) return false;
  memset(found, 0, sizeof *found);
  found->start = s->at;
  while (s->at < s->size) {
    uint8_t c = s->text[s->at];
    if (c == '"') {
      found->end = s->at++;
      return true;
    }
    if (c < 0x20) return false;
    size_t size = c == '\\' ? escape_size(s->text, s->size, s->at) : utf8_size(s->text, s->size, s->at);
    if (size == 0) return false;
    found->escaped |= c == '\\';
    found->starts[found->characters++ % KEEP] = s->at;
    s->at += size;
  }
  return false;
}

static bool scan_digits(scanner *s) {
  if (!is_digit(peek(s))) return false;
  while (is_digit(peek(s))) s->at++;
  return true;
}

static bool scan_number(scanner *s) {
  accept(s, '-');
  if (!accept(s, '0') && !scan_digits(s)) return false;
  if (accept(s, '.') && !scan_digits(s)) return false;
  if (accept(s, 'e') || accept(s, 'E')) {
    if (!accept(s, '+')) accept(s, '-');
    return scan_digits(s);
  }
  return true;
}

static bool scan_word(scanner *s, const char *word) {
  size_t size = strlen(word);
  if (s->size - s->at < size || memcmp(s->text + s->at, word, size) != 0) return false;
  s->at += size;
  return true;
}

static bool scan_scalar(scanner *s) {
  string ignored;
  switch (peek(s)) {
    case '"': return scan_string(s, &ignored);
    case 't': return scan_word(s, "true");
    case 'f': return scan_word(s, "false");
    case 'n': return scan_word(s, "null");
    default: return scan_number(s);
  }
}

/* Decodes the character at *at (checked before) to UTF-8 and moves on. Its size, or 0 for a lone surrogate. */
static size_t decode(const scanner *s, size_t *at, uint8_t out[4]) {
  const uint8_t *from = s->text + *at;
  if (*from != '\\') {
    size_t size = utf8_size(s->text, s->size, *at);
    memcpy(out, from, size);
    *at += size;
    return size;
  }
  size_t escape = escape_size(s->text, s->size, *at);
  *at += escape;
  if (escape == 2) {
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, from[1]);
    out[0] = letter ? (uint8_t)meanings[letter - letters] : from[1];
    return 1;
  }
  uint32_t code = (uint32_t)hex4(from, escape, 2);
  if (escape == 12) code = 0x10000 + ((code - 0xD800) << 10) + ((uint32_t)hex4(from, escape, 8) - 0xDC00);
  if (code >= 0xD800 && code <= 0xDFFF) return 0;
  if (code < 0x80) {
    out[0] = (uint8_t)code;
    return 1;
  }
  size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = size - 1; i > 0; i--, code >>= 6) out[i] = (uint8_t)(0x80 | (code & 0x3F));
  out[0] = (uint8_t)(leads[size] | code);
  return size;
}

static bool equals(const scanner *s, const string *key, const char *name) {
  size_t size = strlen(name), compared = 0;
  if (!key->escaped) return key->end - key->start == size && memcmp(s->text + key->start, name, size) == 0;
  for (size_t at = key->start; at < key->end;) {
    uint8_t character[4];
    size_t n = decode(s, &at, character);
    if (n == 0 || size - compared < n || memcmp(name + compared, character, n) != 0) return false;
    compared += n;
  }
  return compared == size;
}

static bool is_masked(const scanner *s, const string *key) {
  for (size_t i = 0; i < s->fields->count; i++) {
    if (equals(s, key, s->fields->names[i])) return true;
  }
  return false;
}

static bool walk(scanner *s, size_t depth, bool masking);

/* Scans the value at hand and writes its mask in its place. */
static bool mask_value(scanner *s, size_t depth) {
  size_t start = s->at;
  string value = {0};
  bool is_string = peek(s) == '"';
  if (!(is_string ? scan_string(s, &value) : walk(s, depth, false))) return false;
  if (!s->changed) reserve(s->output, s->size + 64); /* a mask is seldom longer than its value */
  append(s->output, s->text + s->copied, start - s->copied);
  append(s->output, "\"****", 5);
  if (value.characters > KEEP_ABOVE) {
    size_t tail = value.starts[value.characters % KEEP]; /* the oldest of the last four */
    append(s->output, s->text + tail, value.end - tail);
  }
  append(s->output, "\"", 1);
  s->copied = s->at;
  s->changed = true;
  return true;
}

/* Walks one whole value, without recursion but for the value of a masked field (where `masking` is false). */
static bool walk(scanner *s, size_t depth, bool masking) {
  uint8_t closers[MASK_MAX_DEPTH];
  size_t open = 0;
  enum { VALUE, KEY, AFTER_VALUE } expected = VALUE;
  for (;;) {
    if (expected == VALUE) {
      skip_spaces(s);
      bool is_object = peek(s) == '{';
      if (is_object || peek(s) == '[') {
        if (depth + open == MASK_MAX_DEPTH) return false;
        s->at++;
        closers[open++] = is_object ? '}' : ']';
        skip_spaces(s);
        if (accept(s, closers[open - 1])) {
          open--;
          expected = AFTER_VALUE;
        } else {
          expected = is_object ? KEY : VALUE;
        }
      } else {
        if (!scan_scalar(s)) return false;
        expected = AFTER_VALUE;
      }
    } else if (expected == KEY) {
      string key;
      skip_spaces(s);
      if (!scan_string(s, &key)) return false;
      skip_spaces(s);
      if (!accept(s, ':')) return false;
      skip_spaces(s);
      expected = VALUE;
      if (masking && is_masked(s, &key)) {
        if (!mask_value(s, depth + open)) return false;
        expected = AFTER_VALUE;
      }
    }
    if (expected == AFTER_VALUE) {
      if (open == 0) return true;
      skip_spaces(s);
      if (accept(s, ',')) {
        expected = closers[open - 1] == '}' ? KEY : VALUE;
      } else if (accept(s, closers[open - 1])) {
        open--;
      } else {
        return false;
      }
    }
  }
}

mask_result mask_json(const uint8_t *text, size_t size, const mask_fields *fields, mask_output *output) {
  scanner s = {.text = text, .size = size, .fields = fields, .output = output};
  output->size = 0;
  if (!walk(&s, 0, true)) return MASK_NOT_JSON;
  skip_spaces(&s);
  if (s.at != size) return MASK_NOT_JSON;
  if (!s.changed) return MASK_UNCHANGED;
  append(output, text + s.copied, size - s.copied);
  return MASK_CHANGED;
}

mask_fields mask_parse_fields(const char *list) {
  size_t room = 1;
  for (const char *at = list; *at; at++) room += *at == ',';
  mask_fields fields = {calloc(room, sizeof(char *)), 0};
  char *copy = strdup(list);
  if (!fields.names || !copy) return fields;
  for (char *name = copy, *next; name; name = next) {
    next = strchr(name, ',');
    if (next) *next++ = '\0';
    name += strspn(name, " \t");
    size_t size = strlen(name);
    while (size > 0 && strchr(" \t", name[size - 1])) size--;
    name[size] = '\0';
    if (size > 0) fields.names[fields.count++] = name;
  }
  return fields;
}
