/* json.c: JSON.parse (RFC 8259).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/internal.h>
#include <mruby/numeric.h>
#include <mruby/string.h>
#include <string.h>

enum {
  NESTING_MAX = 100, /* Ruby's max_nesting */
  KEYS = 64,         /* keys that are kept, because the next record has them, too */
  KEY_MAX = 32,
  DIGITS_SAFE = 18, /* so many digits fit into 64 bits */
};

typedef struct parser {
  mrb_state *mrb;
  const char *text, *at, *end;
  int depth;
  bool symbolize;
} parser;

static mrb_value known_keys; /* an Array of KEYS frozen strings or nil */
static guest_buffer unescaped;

static _Noreturn void fail(parser *p, const char *what) {
  mrb_int line = 1;
  const char *start = p->text;
  for (const char *at = p->text; at < p->at; at++) {
    if (*at == '\n') line++, start = at + 1;
  }
  struct RClass *json = mrb_module_get_id(p->mrb, MRB_SYM(JSON));
  mrb_raisef(p->mrb, mrb_class_get_under_id(p->mrb, json, MRB_SYM(ParserError)), "%s at line %i column %i", what, line,
             (mrb_int)(p->at - start) + 1);
}

static _Noreturn void fail_here(parser *p) {
  if (p->at >= p->end) fail(p, "unexpected end of input");
  char what[] = "unexpected character '?'";
  if ((unsigned char)*p->at >= 0x20 && (unsigned char)*p->at < 0x7f) {
    what[sizeof what - 3] = *p->at;
    fail(p, what);
  }
  fail(p, "unexpected character");
}

static void skip_spaces(parser *p) {
  while (p->at < p->end && (*p->at == ' ' || *p->at == '\n' || *p->at == '\t' || *p->at == '\r')) p->at++;
}

static uint32_t read_hex(parser *p) {
  uint32_t value = 0;
  for (int i = 0; i < 4; i++, p->at++) {
    char c = p->at < p->end ? *p->at : 0;
    if (c >= '0' && c <= '9') {
      value = value << 4 | (uint32_t)(c - '0');
    } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
      value = value << 4 | (uint32_t)((c | 32) - 'a' + 10);
    } else {
      fail(p, "wrong \\u escape");
    }
  }
  return value;
}

/* Behind `\u`. Halves of pairs without the other half become U+FFFD. */
static void read_unicode(parser *p) {
  uint32_t c = read_hex(p);
  if (c >= 0xd800 && c < 0xdc00 && p->end - p->at >= 6 && p->at[0] == '\\' && p->at[1] == 'u') {
    const char *before = p->at;
    p->at += 2;
    uint32_t low = read_hex(p);
    if (low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
    } else {
      p->at = before;
    }
  }
  if (c >= 0xd800 && c < 0xe000) c = 0xfffd;
  guest_append_utf8(&unescaped, c);
}

static void read_escape(parser *p) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  if (++p->at >= p->end) fail_here(p);
  if (*p->at == 'u') {
    p->at++;
    read_unicode(p);
    return;
  }
  const char *found = memchr(from, *p->at, sizeof from - 1);
  if (!found) fail(p, "wrong escape");
  guest_append(&unescaped, &to[found - from], 1);
  p->at++;
}

/* The string at the quote that is next: its bytes, which are in the text or in `unescaped`. */
static guest_bytes read_string(parser *p) {
  const char *start = ++p->at;
  bool plain = true;
  guest_reset(&unescaped);
  for (;;) {
    const char *part = p->at;
    while (p->at < p->end && *p->at != '"' && *p->at != '\\' && (unsigned char)*p->at >= 0x20) p->at++;
    if (p->at >= p->end || (unsigned char)*p->at < 0x20) fail_here(p);
    if (*p->at == '"') {
      if (plain) return (guest_bytes){(const uint8_t *)start, (int32_t)(p->at++ - start)};
      guest_append(&unescaped, part, (size_t)(p->at++ - part));
      break;
    }
    guest_append(&unescaped, part, (size_t)(p->at - part));
    plain = false;
    read_escape(p);
  }
  if (unescaped.failed) mrb_exc_raise(p->mrb, mrb_obj_value(p->mrb->nomem_err));
  return (guest_bytes){unescaped.data, (int32_t)unescaped.size};
}

static mrb_value new_string(parser *p, guest_bytes text) {
  return mrb_str_new(p->mrb, (const char *)text.data, text.size);
}

static mrb_value key_of(parser *p, guest_bytes text) {
  if (p->symbolize) return mrb_symbol_value(mrb_intern(p->mrb, (const char *)text.data, (size_t)text.size));
  uint32_t hash = 2166136261u;
  for (int i = 0; i < text.size; i++) hash = (hash ^ text.data[i]) * 16777619u;
  mrb_value *kept = text.size <= KEY_MAX ? &RARRAY_PTR(known_keys)[hash % KEYS] : NULL;
  if (kept && mrb_string_p(*kept) && RSTRING_LEN(*kept) == text.size &&
      memcmp(RSTRING_PTR(*kept), text.data, (size_t)text.size) == 0) {
    return *kept;
  }
  mrb_value key = mrb_obj_freeze(p->mrb, new_string(p, text)); /* a Hash copies what is not frozen */
  if (kept) {
    *kept = key;
    mrb_write_barrier(p->mrb, mrb_basic_ptr(known_keys));
  }
  return key;
}

static mrb_value read_number(parser *p) {
  const char *start = p->at;
  if (*p->at == '-') p->at++;
  const char *digits = p->at;
  while (p->at < p->end && *p->at >= '0' && *p->at <= '9') p->at++;
  mrb_int count = p->at - digits;
  if (count == 0) fail_here(p);
  if (count > 1 && *digits == '0') {
    p->at = digits + 1;
    fail_here(p);
  }
  bool whole = true;
  if (p->at < p->end && *p->at == '.') {
    whole = false;
    const char *fraction = ++p->at;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') p->at++;
    if (p->at == fraction) fail_here(p);
  }
  if (p->at < p->end && (*p->at | 32) == 'e') {
    whole = false;
    p->at++;
    if (p->at < p->end && (*p->at == '-' || *p->at == '+')) p->at++;
    const char *exponent = p->at;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') p->at++;
    if (p->at == exponent) fail_here(p);
  }
  if (!whole) {
    double value; /* read from a copy: what stands behind the number may belong to another string */
    guest_reset(&unescaped);
    guest_append(&unescaped, start, (size_t)(p->at - start));
    guest_append(&unescaped, "", 1);
    if (unescaped.failed) mrb_exc_raise(p->mrb, mrb_obj_value(p->mrb->nomem_err));
    mrb_read_float((const char *)unescaped.data, NULL, &value);
    return mrb_float_value(p->mrb, value);
  }
  if (count > DIGITS_SAFE) return mrb_str_to_integer(p->mrb, mrb_str_new(p->mrb, start, p->at - start), 10, TRUE);
  int64_t value = 0;
  for (; digits < p->at; digits++) value = value * 10 + (*digits - '0');
  return mrb_int_value(p->mrb, *start == '-' ? -value : value);
}

static bool take_word(parser *p, const char *word, size_t size) {
  if ((size_t)(p->end - p->at) < size || memcmp(p->at, word, size) != 0) return false;
  p->at += size;
  return true;
}

static mrb_value read_value(parser *p);

/* After an element: true when another one follows, false at `close`. */
static bool goes_on(parser *p, char close) {
  skip_spaces(p);
  if (p->at >= p->end || (*p->at != ',' && *p->at != close)) fail_here(p);
  return *p->at++ == ',';
}

static void enter(parser *p) {
  if (++p->depth > NESTING_MAX) {
    struct RClass *json = mrb_module_get_id(p->mrb, MRB_SYM(JSON));
    mrb_raisef(p->mrb, mrb_class_get_under_id(p->mrb, json, MRB_SYM(NestingError)), "nesting of %i is too deep",
               (mrb_int)p->depth);
  }
  stack_check(p->mrb);
  p->at++;
  skip_spaces(p);
}

static mrb_value read_array(parser *p) {
  mrb_value array = mrb_ary_new(p->mrb);
  int arena = mrb_gc_arena_save(p->mrb);
  enter(p);
  if (p->at < p->end && *p->at == ']') {
    p->at++;
  } else {
    do {
      mrb_ary_push(p->mrb, array, read_value(p));
      mrb_gc_arena_restore(p->mrb, arena);
    } while (goes_on(p, ']'));
  }
  p->depth--;
  return array;
}

static mrb_value read_object(parser *p) {
  mrb_value object = mrb_hash_new(p->mrb);
  int arena = mrb_gc_arena_save(p->mrb);
  enter(p);
  if (p->at < p->end && *p->at == '}') {
    p->at++;
  } else {
    do {
      skip_spaces(p);
      if (p->at >= p->end || *p->at != '"') fail_here(p);
      mrb_value key = key_of(p, read_string(p));
      skip_spaces(p);
      if (p->at >= p->end || *p->at != ':') fail_here(p);
      p->at++;
      mrb_hash_set(p->mrb, object, key, read_value(p));
      mrb_gc_arena_restore(p->mrb, arena);
    } while (goes_on(p, '}'));
  }
  p->depth--;
  return object;
}

static mrb_value read_value(parser *p) {
  skip_spaces(p);
  if (p->at >= p->end) fail_here(p);
  switch (*p->at) {
    case '{': return read_object(p);
    case '[': return read_array(p);
    case '"': return new_string(p, read_string(p));
    case 't':
      if (take_word(p, "true", 4)) return mrb_true_value();
      break;
    case 'f':
      if (take_word(p, "false", 5)) return mrb_false_value();
      break;
    case 'n':
      if (take_word(p, "null", 4)) return mrb_nil_value();
      break;
    default:
      if (*p->at == '-' || (*p->at >= '0' && *p->at <= '9')) return read_number(p);
  }
  fail_here(p);
}

mrb_value json_parse(mrb_state *mrb, const char *text, mrb_int size, bool symbolize) {
  parser p = {mrb, text, text, text + size, 0, symbolize};
  if (!guest_is_utf8((const uint8_t *)text, (size_t)size)) fail(&p, "the text is not UTF-8");
  mrb_value value = read_value(&p);
  skip_spaces(&p);
  if (p.at < p.end) fail_here(&p);
  return value;
}

static mrb_value parse(mrb_state *mrb, mrb_value self) {
  mrb_sym name = MRB_SYM(symbolize_names);
  mrb_value text, symbolize;
  mrb_kwargs wanted = {1, 0, &name, &symbolize, NULL};
  mrb_get_args(mrb, "S:", &text, &wanted);
  return json_parse(mrb, RSTRING_PTR(text), RSTRING_LEN(text), !mrb_undef_p(symbolize) && mrb_test(symbolize));
}

void json_init(mrb_state *mrb) {
  struct RClass *json = mrb_define_module(mrb, "JSON");
  struct RClass *error = mrb_define_class_under(mrb, json, "JSONError", mrb->eStandardError_class);
  struct RClass *wrong = mrb_define_class_under(mrb, json, "ParserError", error);
  mrb_define_class_under(mrb, json, "NestingError", wrong);
  mrb_define_class_under(mrb, json, "GeneratorError", error);
  mrb_define_module_function(mrb, json, "parse", parse, MRB_ARGS_REQ(1) | MRB_ARGS_KEY(1, 0));
  known_keys = mrb_ary_new_capa(mrb, KEYS);
  for (int i = 0; i < KEYS; i++) mrb_ary_push(mrb, known_keys, mrb_nil_value());
  mrb_gc_register(mrb, known_keys);
  guest_reserve(&unescaped, 256);
}
