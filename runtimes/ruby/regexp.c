/* regexp.c: Regexp, on Oniguruma.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regexp.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/data.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>

enum {
  IGNORECASE = 1, EXTENDED = 2, MULTILINE = 4, /* Ruby's numbers, which are Oniguruma's, too */
  CACHED = 128,
  WAYS = 4, /* places for one that is kept */
  MATCH_STACK_MAX = 16 * 1024, /* entries of some 20 bytes, of the engine's own stack */
  PARSE_DEPTH_MAX = 48,
};

/* In CRuby \w, \d and \s are those of ASCII. */
#define SYNTAX_OPTIONS (ONIG_OPTION_WORD_IS_ASCII | ONIG_OPTION_DIGIT_IS_ASCII | ONIG_OPTION_SPACE_IS_ASCII)

typedef struct regexp_data {
  regex_t *text, *binary; /* for strings that are UTF-8, and for others: each made when it is needed */
  OnigOptionType options;
} regexp_data;

static void free_regexp(mrb_state *mrb, void *data) {
  regexp_data *regexp = data;
  if (!regexp) return;
  if (regexp->text) onig_free(regexp->text);
  if (regexp->binary) onig_free(regexp->binary);
  mrb_free(mrb, regexp);
}

static const mrb_data_type regexp_type = {"Regexp", free_regexp};

static struct RClass *regexp_class;
static mrb_value cache; /* an Array of what Regexp.compile made, by a hash of the source */
static OnigRegion *region;

static mrb_value source_of(mrb_state *mrb, mrb_value regexp) { return mrb_iv_get(mrb, regexp, MRB_IVSYM(source)); }

static regexp_data *data_of(mrb_state *mrb, mrb_value regexp) {
  regexp_data *data = mrb_data_check_get_ptr(mrb, regexp, &regexp_type);
  if (!data) mrb_raise(mrb, E_TYPE_ERROR, "uninitialized Regexp");
  return data;
}

bool regexp_p(mrb_state *mrb, mrb_value value) {
  return mrb_type(value) == MRB_TT_CDATA && DATA_TYPE(value) == &regexp_type;
}

static _Noreturn void fail(mrb_state *mrb, int code, OnigErrorInfo *info, mrb_value source) {
  char message[ONIG_MAX_ERROR_MESSAGE_LEN];
  if (code == ONIGERR_MEMORY) mrb_exc_raise(mrb, mrb_obj_value(mrb->nomem_err));
  int size = info ? onig_error_code_to_str((OnigUChar *)message, code, info) : onig_error_code_to_str((OnigUChar *)message, code);
  mrb_value text = mrb_str_new(mrb, message, size);
  mrb_raisef(mrb, mrb_class_get_id(mrb, MRB_SYM(RegexpError)), "%v: /%v/", text, source);
}

static regex_t *compiled_regex(mrb_state *mrb, regexp_data *data, mrb_value source, bool binary) {
  regex_t **made = binary ? &data->binary : &data->text;
  if (*made) return *made;
  stack_check(mrb);
  OnigErrorInfo info;
  const OnigUChar *start = (const OnigUChar *)RSTRING_PTR(source), *end = start + RSTRING_LEN(source);
  int code = onig_new(made, start, end, data->options | SYNTAX_OPTIONS, binary ? ONIG_ENCODING_ASCII : ONIG_ENCODING_UTF8,
                      ONIG_SYNTAX_RUBY, &info);
  if (code != ONIG_NORMAL) {
    *made = NULL;
    fail(mrb, code, &info, source);
  }
  return *made;
}

bool regexp_is_binary(mrb_value text) {
  return !RSTR_ASCII_P(mrb_str_ptr(text)) && !guest_is_utf8((const uint8_t *)RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
}

/* The first byte of `pattern` in `text` at or behind `from`, -1 when it is not there. */
static mrb_int find_bytes(mrb_value text, mrb_value pattern, mrb_int from) {
  const char *start = RSTRING_PTR(text), *end = RSTRING_END(text), *wanted = RSTRING_PTR(pattern);
  size_t size = (size_t)RSTRING_LEN(pattern);
  if (size == 0) return from;
  for (const char *at = start + from; (size_t)(end - at) >= size; at++) {
    at = memchr(at, *wanted, (size_t)(end - at) - size + 1);
    if (!at) break;
    if (memcmp(at, wanted, size) == 0) return at - start;
  }
  return -1;
}

static const OnigRegion *find_text(mrb_value pattern, mrb_value text, mrb_int from) {
  mrb_int at = find_bytes(text, pattern, from);
  if (at < 0) return NULL;
  onig_region_resize(region, 1);
  region->beg[0] = (int)at;
  region->end[0] = (int)(at + RSTRING_LEN(pattern));
  return region;
}

const OnigRegion *regexp_search(mrb_state *mrb, mrb_value regexp, mrb_value text, mrb_int from, bool binary) {
  if (from < 0 || from > RSTRING_LEN(text)) return NULL;
  if (mrb_string_p(regexp)) return find_text(regexp, text, from);
  regex_t *regex = compiled_regex(mrb, data_of(mrb, regexp), source_of(mrb, regexp), binary);
  stack_check(mrb);
  const OnigUChar *start = (const OnigUChar *)RSTRING_PTR(text), *end = start + RSTRING_LEN(text);
  int at = onig_search(regex, start, end, start + from, end, region, ONIG_OPTION_NONE);
  if (at < ONIG_MISMATCH) fail(mrb, at, NULL, source_of(mrb, regexp));
  return at < 0 ? NULL : region;
}

const OnigRegion *regexp_match_here(mrb_state *mrb, mrb_value regexp, mrb_value text, mrb_int at, bool binary) {
  regex_t *regex = compiled_regex(mrb, data_of(mrb, regexp), source_of(mrb, regexp), binary);
  stack_check(mrb);
  const OnigUChar *start = (const OnigUChar *)RSTRING_PTR(text), *end = start + RSTRING_LEN(text);
  int size = onig_match(regex, start, end, start + at, region, ONIG_OPTION_NONE);
  if (size < ONIG_MISMATCH) fail(mrb, size, NULL, source_of(mrb, regexp));
  return size < 0 ? NULL : region;
}

mrb_value regexp_match(mrb_state *mrb, mrb_value regexp, mrb_value text, mrb_int from) {
  const OnigRegion *found = regexp_search(mrb, regexp, text, from, regexp_is_binary(text));
  mrb_value match = found ? match_new(mrb, regexp, text, found) : mrb_nil_value();
  match_set_last(mrb, match);
  return match;
}

int regexp_group(mrb_state *mrb, mrb_value regexp, const OnigRegion *found, const char *name, size_t size) {
  if (mrb_string_p(regexp)) return -1;
  regexp_data *data = data_of(mrb, regexp);
  regex_t *regex = data->text ? data->text : data->binary;
  int number = onig_name_to_backref_number(regex, (const OnigUChar *)name, (const OnigUChar *)name + size, (OnigRegion *)found);
  return number < 0 ? -1 : number;
}

typedef struct naming {
  mrb_state *mrb;
  mrb_value names;
} naming;

/* Names come in no order; each goes where the number of its first group says, and the holes are taken out after. */
static int add_name(const OnigUChar *name, const OnigUChar *end, int count, int *numbers, regex_t *regex, void *data) {
  naming *to = data;
  mrb_ary_set(to->mrb, to->names, numbers[0], mrb_str_new(to->mrb, (const char *)name, end - name));
  return 0;
}

mrb_value regexp_names(mrb_state *mrb, mrb_value regexp) {
  if (mrb_string_p(regexp)) return mrb_ary_new(mrb);
  regexp_data *data = data_of(mrb, regexp);
  naming to = {mrb, mrb_ary_new(mrb)};
  onig_foreach_name(compiled_regex(mrb, data, source_of(mrb, regexp), false), add_name, &to);
  return mrb_funcall_argv(mrb, to.names, MRB_SYM(compact), 0, NULL);
}

/* ---- Ruby's class */

static OnigOptionType options_of(mrb_state *mrb, mrb_value given) {
  if (mrb_nil_p(given) || mrb_false_p(given)) return 0;
  if (mrb_integer_p(given)) return (OnigOptionType)mrb_integer(given) & (IGNORECASE | EXTENDED | MULTILINE);
  if (!mrb_string_p(given)) return IGNORECASE;
  OnigOptionType options = 0;
  for (mrb_int i = 0; i < RSTRING_LEN(given); i++) {
    switch (RSTRING_PTR(given)[i]) {
      case 'i': options |= IGNORECASE; break;
      case 'x': options |= EXTENDED; break;
      case 'm': options |= MULTILINE; break;
      case 'o': case 'n': case 'e': case 's': case 'u': break;
      default: mrb_raisef(mrb, E_ARGUMENT_ERROR, "unknown regexp option: %v", given);
    }
  }
  return options;
}

static void set_up(mrb_state *mrb, mrb_value self, mrb_value source, OnigOptionType options) {
  regexp_data *data = mrb_calloc(mrb, 1, sizeof *data);
  data->options = options;
  mrb_data_init(self, data, &regexp_type);
  source = mrb_obj_freeze(mrb, mrb_str_dup(mrb, source));
  mrb_iv_set(mrb, self, MRB_IVSYM(source), source);
  compiled_regex(mrb, data, source, false); /* says what is wrong with it */
}

static mrb_value initialize(mrb_state *mrb, mrb_value self) {
  mrb_value source, options = mrb_nil_value(), ignored;
  mrb_get_args(mrb, "o|oo", &source, &options, &ignored);
  if (regexp_p(mrb, source)) {
    set_up(mrb, self, source_of(mrb, source), data_of(mrb, source)->options);
  } else {
    set_up(mrb, self, mrb_ensure_string_type(mrb, source), options_of(mrb, options));
  }
  return self;
}

/* What a literal calls each time it is met: the last ones made are kept. */
static mrb_value compile_cached(mrb_state *mrb, mrb_value self) {
  mrb_value source, given = mrb_nil_value(), ignored;
  mrb_get_args(mrb, "o|oo", &source, &given, &ignored);
  if (!mrb_string_p(source)) return mrb_obj_new(mrb, regexp_class, 1, &source);
  OnigOptionType options = options_of(mrb, given);
  uint32_t hash = 2166136261u + options;
  for (mrb_int i = 0; i < RSTRING_LEN(source); i++) hash = (hash ^ (uint8_t)RSTRING_PTR(source)[i]) * 16777619u;
  mrb_int set = (mrb_int)((hash ^ hash >> 16) % (CACHED / WAYS)) * WAYS;
  for (mrb_int i = set; i < set + WAYS; i++) {
    mrb_value known = RARRAY_PTR(cache)[i];
    if (mrb_nil_p(known) || data_of(mrb, known)->options != options) continue;
    mrb_value text = source_of(mrb, known);
    if (RSTRING_LEN(text) == RSTRING_LEN(source) &&
        memcmp(RSTRING_PTR(text), RSTRING_PTR(source), (size_t)RSTRING_LEN(text)) == 0) {
      return known;
    }
  }
  static unsigned oldest;
  mrb_value arguments[] = {source, mrb_fixnum_value((mrb_int)options)};
  mrb_value made = mrb_obj_new(mrb, regexp_class, 2, arguments);
  mrb_ary_set(mrb, cache, set + oldest++ % WAYS, made);
  return made;
}

static mrb_value source(mrb_state *mrb, mrb_value self) { return source_of(mrb, self); }
static mrb_value options(mrb_state *mrb, mrb_value self) { return mrb_fixnum_value((mrb_int)data_of(mrb, self)->options); }
static mrb_value names(mrb_state *mrb, mrb_value self) { return regexp_names(mrb, self); }

/* What is matched against: nil stays, a Symbol is its name. */
static mrb_value subject(mrb_state *mrb, mrb_value given) {
  if (mrb_nil_p(given)) return given;
  return mrb_symbol_p(given) ? mrb_obj_as_string(mrb, given) : mrb_ensure_string_type(mrb, given);
}

static mrb_value match(mrb_state *mrb, mrb_value self) {
  mrb_value text, block = mrb_nil_value();
  mrb_int from = 0;
  mrb_get_args(mrb, "o|i&", &text, &from, &block);
  text = subject(mrb, text);
  if (mrb_nil_p(text)) {
    match_set_last(mrb, text);
    return text;
  }
  mrb_value found = regexp_match(mrb, self, text, byte_of(text, from));
  return mrb_nil_p(found) || mrb_nil_p(block) ? found : mrb_yield(mrb, block, found);
}

static mrb_value matches(mrb_state *mrb, mrb_value self) {
  mrb_value text;
  mrb_int from = 0;
  mrb_get_args(mrb, "o|i", &text, &from);
  text = subject(mrb, text);
  return mrb_bool_value(!mrb_nil_p(text) && regexp_search(mrb, self, text, byte_of(text, from), regexp_is_binary(text)));
}

static mrb_value match_position(mrb_state *mrb, mrb_value self) {
  mrb_value text = subject(mrb, mrb_get_arg1(mrb));
  if (mrb_nil_p(text)) {
    match_set_last(mrb, text);
    return text;
  }
  return mrb_nil_p(regexp_match(mrb, self, text, 0)) ? mrb_nil_value() : mrb_int_value(mrb, characters(text, region->beg[0]));
}

static mrb_value case_equal(mrb_state *mrb, mrb_value self) {
  mrb_value text = mrb_get_arg1(mrb);
  if (mrb_symbol_p(text)) text = mrb_obj_as_string(mrb, text);
  if (!mrb_string_p(text)) return mrb_false_value();
  return mrb_bool_value(!mrb_nil_p(regexp_match(mrb, self, text, 0)));
}

static mrb_value escape(mrb_state *mrb, mrb_value self) {
  mrb_value text = subject(mrb, mrb_get_arg1(mrb));
  static guest_buffer out;
  guest_reset(&out);
  static const char special[] = "[]{}()|-*.\\?+^$#", spaces[] = " \t\f\v\n\r", letters[] = " tfvnr";
  for (mrb_int i = 0; mrb_string_p(text) && i < RSTRING_LEN(text); i++) {
    char c = RSTRING_PTR(text)[i];
    const char *space = c ? memchr(spaces, c, sizeof spaces - 1) : NULL;
    if (space || (c && memchr(special, c, sizeof special - 1))) guest_append_text(&out, "\\");
    guest_append(&out, space ? &letters[space - spaces] : &c, 1);
  }
  return mrb_str_new(mrb, (const char *)out.data, (mrb_int)out.size);
}

static mrb_value last_match(mrb_state *mrb, mrb_value self) {
  mrb_value group = mrb_nil_value();
  mrb_get_args(mrb, "|o", &group);
  mrb_value last = match_last();
  if (mrb_nil_p(group) || mrb_nil_p(last)) return last;
  return mrb_funcall_argv(mrb, last, MRB_OPSYM(aref), 1, &group);
}

mrb_bool regexp_global(mrb_state *mrb, mrb_sym name, mrb_value *value) {
  static mrb_sym known[14], lowest = 0, highest;
  if (lowest == 0) {
    const mrb_sym all[] = {mrb_intern_lit(mrb, "$~"), mrb_intern_lit(mrb, "$&"), mrb_intern_lit(mrb, "$`"),
                           mrb_intern_lit(mrb, "$'"), mrb_intern_lit(mrb, "$+"), mrb_intern_lit(mrb, "$1"),
                           mrb_intern_lit(mrb, "$2"), mrb_intern_lit(mrb, "$3"), mrb_intern_lit(mrb, "$4"),
                           mrb_intern_lit(mrb, "$5"), mrb_intern_lit(mrb, "$6"), mrb_intern_lit(mrb, "$7"),
                           mrb_intern_lit(mrb, "$8"), mrb_intern_lit(mrb, "$9")};
    memcpy(known, all, sizeof known);
    lowest = highest = known[0];
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
      if (known[i] < lowest) lowest = known[i];
      if (known[i] > highest) highest = known[i];
    }
  }
  if (name < lowest || name > highest) return FALSE;
  for (int i = 0; i < 14; i++) {
    if (known[i] != name) continue;
    mrb_value last = match_last();
    if (mrb_nil_p(last) || i == 0) {
      *value = last;
    } else if (i == 1) {
      *value = match_group(mrb, last, 0);
    } else if (i == 2) {
      *value = match_before(mrb, last);
    } else if (i == 3) {
      *value = match_after(mrb, last);
    } else {
      *value = match_group(mrb, last, i == 4 ? -1 : i - 4);
    }
    return TRUE;
  }
  return FALSE;
}

void regexp_init(mrb_state *mrb) {
  OnigEncoding encodings[] = {ONIG_ENCODING_UTF8, ONIG_ENCODING_ASCII};
  onig_initialize(encodings, 2);
  onig_set_match_stack_limit_size(MATCH_STACK_MAX);
  onig_set_parse_depth_limit(PARSE_DEPTH_MAX);
  region = onig_region_new();

  regexp_class = mrb_define_class(mrb, "Regexp", mrb->object_class);
  MRB_SET_INSTANCE_TT(regexp_class, MRB_TT_CDATA);
  cache = mrb_ary_new_capa(mrb, CACHED);
  for (int i = 0; i < CACHED; i++) mrb_ary_push(mrb, cache, mrb_nil_value());
  mrb_gc_register(mrb, cache);
  mrb_define_const(mrb, regexp_class, "IGNORECASE", mrb_fixnum_value(IGNORECASE));
  mrb_define_const(mrb, regexp_class, "EXTENDED", mrb_fixnum_value(EXTENDED));
  mrb_define_const(mrb, regexp_class, "MULTILINE", mrb_fixnum_value(MULTILINE));
  mrb_define_class_method(mrb, regexp_class, "compile", compile_cached, MRB_ARGS_ARG(1, 2));
  mrb_define_class_method(mrb, regexp_class, "escape", escape, MRB_ARGS_REQ(1));
  mrb_define_class_method(mrb, regexp_class, "quote", escape, MRB_ARGS_REQ(1));
  mrb_define_class_method(mrb, regexp_class, "last_match", last_match, MRB_ARGS_OPT(1));
  mrb_define_method(mrb, regexp_class, "initialize", initialize, MRB_ARGS_ARG(1, 2));
  mrb_define_method(mrb, regexp_class, "source", source, MRB_ARGS_NONE());
  mrb_define_method(mrb, regexp_class, "options", options, MRB_ARGS_NONE());
  mrb_define_method(mrb, regexp_class, "names", names, MRB_ARGS_NONE());
  mrb_define_method(mrb, regexp_class, "match", match, MRB_ARGS_ARG(1, 1) | MRB_ARGS_BLOCK());
  mrb_define_method(mrb, regexp_class, "match?", matches, MRB_ARGS_ARG(1, 1));
  mrb_define_method(mrb, regexp_class, "=~", match_position, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, regexp_class, "===", case_equal, MRB_ARGS_REQ(1));
  match_init(mrb);
  patterns_init(mrb);
  strscan_init(mrb);
}
