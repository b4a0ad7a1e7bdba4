/* patterns.c: String's methods that take a Regexp: sub, gsub, scan, split, index, [] and start_with?; the rarer ones are in
 * lib/regexp.rb.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "regexp.h"

#include <mruby/array.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/internal.h>
#include <mruby/string.h>

/* Behind an empty match the search goes on at the next character. */
static mrb_int next_start(mrb_value text, const OnigRegion *found) {
  mrb_int end = found->end[0];
  if (found->beg[0] < end) return end;
  const char *bytes = RSTRING_PTR(text);
  mrb_int size = RSTRING_LEN(text);
  for (end++; end < size && (bytes[end] & 0xc0) == 0x80; end++) {
  }
  return end;
}

static void append_group(mrb_state *mrb, mrb_value out, mrb_value text, const OnigRegion *found, int number) {
  if (number < 0 || number >= found->num_regs || found->beg[number] < 0) return;
  mrb_str_cat(mrb, out, RSTRING_PTR(text) + found->beg[number], (size_t)(found->end[number] - found->beg[number]));
}

/* Appends a replacement with \1, \0, \&, \k<name>, \`, \' and \\ expanded. */
static void expand(mrb_state *mrb, mrb_value out, mrb_value with, mrb_value regexp, mrb_value text, const OnigRegion *found) {
  const char *at = RSTRING_PTR(with), *end = RSTRING_END(with);
  while (at < end) {
    const char *slash = memchr(at, '\\', (size_t)(end - at));
    if (!slash || slash + 1 == end) {
      mrb_str_cat(mrb, out, at, (size_t)(end - at));
      return;
    }
    mrb_str_cat(mrb, out, at, (size_t)(slash - at));
    char kind = slash[1];
    at = slash + 2;
    if (kind >= '0' && kind <= '9') {
      append_group(mrb, out, text, found, kind - '0');
    } else if (kind == '&') {
      append_group(mrb, out, text, found, 0);
    } else if (kind == '`') {
      mrb_str_cat(mrb, out, RSTRING_PTR(text), (size_t)found->beg[0]);
    } else if (kind == '\'') {
      mrb_str_cat(mrb, out, RSTRING_PTR(text) + found->end[0], (size_t)(RSTRING_LEN(text) - found->end[0]));
    } else if (kind == '\\') {
      mrb_str_cat(mrb, out, "\\", 1);
    } else {
      const char *close = kind == 'k' && at < end && *at == '<' ? memchr(at, '>', (size_t)(end - at)) : NULL;
      if (close) {
        int number = regexp_group(mrb, regexp, found, at + 1, (size_t)(close - at - 1));
        if (number < 0) mrb_raise(mrb, E_INDEX_ERROR, "undefined group name reference");
        append_group(mrb, out, text, found, number);
        at = close + 1;
      } else {
        mrb_str_cat(mrb, out, slash, 2);
      }
    }
  }
}

static mrb_value pattern_of(mrb_state *mrb, mrb_value given) {
  return regexp_p(mrb, given) ? given : mrb_ensure_string_type(mrb, given);
}

/* `self` with what matches replaced, by the String or Hash `with` or by what `block` gives; nil when nothing matched. */
static mrb_value replaced(mrb_state *mrb, mrb_value self, mrb_value pattern, mrb_value with, mrb_value block, bool once) {
  mrb_value text = mrb_obj_freeze(mrb, mrb_str_dup(mrb, self)), match = mrb_nil_value();
  mrb_value out = mrb_str_new_capa(mrb, RSTRING_LEN(text));
  mrb_int from = 0, copied = 0;
  int arena = mrb_gc_arena_save(mrb);
  bool binary = regexp_is_binary(text);
  const OnigRegion *found;
  while ((found = regexp_search(mrb, pattern, text, from, binary))) {
    from = next_start(text, found);
    mrb_str_cat(mrb, out, RSTRING_PTR(text) + copied, (size_t)(found->beg[0] - copied));
    copied = found->end[0];
    match = match_new(mrb, pattern, text, found);
    match_set_last(mrb, match);
    if (mrb_string_p(with)) {
      expand(mrb, out, with, pattern, text, found);
    } else {
      mrb_value whole = match_group(mrb, match, 0);
      mrb_value value = mrb_hash_p(with) ? mrb_hash_get(mrb, with, whole) : mrb_yield(mrb, block, whole);
      value = mrb_obj_as_string(mrb, value);
      mrb_str_cat(mrb, out, RSTRING_PTR(value), (size_t)RSTRING_LEN(value));
      match_set_last(mrb, match);
    }
    mrb_gc_arena_restore(mrb, arena);
    if (once) break;
  }
  if (mrb_nil_p(match)) {
    match_set_last(mrb, match);
    return match;
  }
  mrb_str_cat(mrb, out, RSTRING_PTR(text) + copied, (size_t)(RSTRING_LEN(text) - copied));
  return out;
}

static mrb_value replace(mrb_state *mrb, mrb_value self, mrb_sym method, bool once, bool in_place) {
  mrb_value pattern, with = mrb_undef_value(), block = mrb_nil_value();
  mrb_get_args(mrb, "o|o&", &pattern, &with, &block);
  if (in_place) mrb_check_frozen_value(mrb, self);
  pattern = pattern_of(mrb, pattern);
  if (mrb_undef_p(with)) {
    if (mrb_nil_p(block)) {
      if (once) mrb_argnum_error(mrb, 1, 2, 2);
      mrb_value arguments[] = {mrb_symbol_value(method), pattern};
      return mrb_funcall_argv(mrb, self, MRB_SYM(to_enum), 2, arguments);
    }
  } else if (!mrb_hash_p(with)) {
    with = mrb_ensure_string_type(mrb, with);
  }
  mrb_value made = replaced(mrb, self, pattern, with, block, once);
  if (!in_place) return mrb_nil_p(made) ? mrb_str_dup(mrb, self) : made;
  if (mrb_nil_p(made)) return made;
  return mrb_funcall_argv(mrb, self, MRB_SYM(replace), 1, &made);
}

static mrb_value sub(mrb_state *mrb, mrb_value self) { return replace(mrb, self, MRB_SYM(sub), true, false); }
static mrb_value sub_in_place(mrb_state *mrb, mrb_value self) { return replace(mrb, self, MRB_SYM_B(sub), true, true); }
static mrb_value gsub(mrb_state *mrb, mrb_value self) { return replace(mrb, self, MRB_SYM(gsub), false, false); }
static mrb_value gsub_in_place(mrb_state *mrb, mrb_value self) { return replace(mrb, self, MRB_SYM_B(gsub), false, true); }

/* What scan gives for a match: its text, or its groups where there are any. */
static mrb_value scanned(mrb_state *mrb, mrb_value match, int groups) {
  if (groups == 1) return match_group(mrb, match, 0);
  mrb_value all = mrb_ary_new_capa(mrb, groups - 1);
  for (int i = 1; i < groups; i++) mrb_ary_push(mrb, all, match_group(mrb, match, i));
  return all;
}

/* scan(pattern): an Array, or self with a block. */
static mrb_value scan(mrb_state *mrb, mrb_value self) {
  mrb_value regexp, block = mrb_nil_value();
  mrb_get_args(mrb, "o&", &regexp, &block);
  regexp = pattern_of(mrb, regexp);
  mrb_value text = mrb_obj_freeze(mrb, mrb_str_dup(mrb, self)), all = mrb_ary_new(mrb), last = mrb_nil_value();
  mrb_int from = 0;
  int arena = mrb_gc_arena_save(mrb);
  bool binary = regexp_is_binary(text);
  const OnigRegion *found;
  while ((found = regexp_search(mrb, regexp, text, from, binary))) {
    from = next_start(text, found);
    int groups = found->num_regs;
    last = match_new(mrb, regexp, text, found);
    match_set_last(mrb, last);
    mrb_value value = scanned(mrb, last, groups);
    if (mrb_nil_p(block)) {
      mrb_ary_push(mrb, all, value);
    } else {
      mrb_yield(mrb, block, value);
      match_set_last(mrb, last);
    }
    mrb_gc_arena_restore(mrb, arena);
  }
  if (mrb_nil_p(last)) match_set_last(mrb, last);
  return mrb_nil_p(block) ? all : self;
}

/* What mruby's own method gives, which is kept by another name. */
static mrb_value by_own(mrb_state *mrb, mrb_value self, mrb_sym own) {
  return mrb_funcall_argv(mrb, self, own, mrb_get_argc(mrb), mrb_get_argv(mrb));
}

static bool given_regexp(mrb_state *mrb) { return mrb_get_argc(mrb) > 0 && regexp_p(mrb, mrb_get_argv(mrb)[0]); }

static void push_part(mrb_state *mrb, mrb_value parts, mrb_value text, mrb_int start, mrb_int end) {
  mrb_ary_push(mrb, parts, mrb_str_new(mrb, RSTRING_PTR(text) + start, end - start));
}

static mrb_value split(mrb_state *mrb, mrb_value self) {
  mrb_value regexp;
  mrb_int limit = 0, from = 0, start = 0, size = RSTRING_LEN(self);
  if (!given_regexp(mrb)) return by_own(mrb, self, MRB_SYM(__split));
  mrb_get_args(mrb, "o|i", &regexp, &limit);
  mrb_value parts = mrb_ary_new(mrb);
  if (size == 0) return parts;
  int arena = mrb_gc_arena_save(mrb);
  bool binary = regexp_is_binary(self);
  const OnigRegion *found;
  while ((limit <= 0 || RARRAY_LEN(parts) + 1 < limit) && (found = regexp_search(mrb, regexp, self, from, binary))) {
    from = next_start(self, found);
    if (found->beg[0] == found->end[0] && (found->beg[0] == start || found->beg[0] == size)) continue;
    push_part(mrb, parts, self, start, found->beg[0]);
    start = found->end[0];
    for (int i = 1; i < found->num_regs; i++) {
      if (found->beg[i] >= 0) push_part(mrb, parts, self, found->beg[i], found->end[i]);
    }
    mrb_gc_arena_restore(mrb, arena);
  }
  push_part(mrb, parts, self, start, size);
  while (limit == 0 && RARRAY_LEN(parts) > 0 && RSTRING_LEN(RARRAY_PTR(parts)[RARRAY_LEN(parts) - 1]) == 0) {
    mrb_ary_pop(mrb, parts);
  }
  return parts;
}

static mrb_value index_of(mrb_state *mrb, mrb_value self) {
  mrb_value regexp;
  mrb_int from = 0;
  if (!given_regexp(mrb)) return by_own(mrb, self, MRB_SYM(__index));
  mrb_get_args(mrb, "o|i", &regexp, &from);
  const OnigRegion *found = regexp_search(mrb, regexp, self, byte_of(self, from), regexp_is_binary(self));
  mrb_value at = found ? mrb_int_value(mrb, characters(self, found->beg[0])) : mrb_nil_value();
  match_set_last(mrb, found ? match_new(mrb, regexp, self, found) : at);
  return at;
}

/* [](regexp, group = 0) */
static mrb_value aref(mrb_state *mrb, mrb_value self) {
  mrb_value index, length = mrb_undef_value();
  mrb_get_args(mrb, "o|o", &index, &length);
  if (!regexp_p(mrb, index)) return mrb_str_aref(mrb, self, index, length);
  mrb_value match = regexp_match(mrb, index, self, 0);
  if (mrb_nil_p(match)) return match;
  return mrb_undef_p(length) ? match_group(mrb, match, 0) : mrb_funcall_argv(mrb, match, MRB_OPSYM(aref), 1, &length);
}

static mrb_value start_with(mrb_state *mrb, mrb_value self) {
  const mrb_value *prefixes;
  mrb_int count;
  mrb_get_args(mrb, "*", &prefixes, &count);
  for (mrb_int i = 0; i < count; i++) {
    if (regexp_p(mrb, prefixes[i])) {
      const OnigRegion *found = regexp_match_here(mrb, prefixes[i], self, 0, regexp_is_binary(self));
      match_set_last(mrb, found ? match_new(mrb, prefixes[i], self, found) : mrb_nil_value());
      if (found) return mrb_true_value();
      continue;
    }
    mrb_value prefix = mrb_ensure_string_type(mrb, prefixes[i]);
    if (RSTRING_LEN(prefix) <= RSTRING_LEN(self) &&
        memcmp(RSTRING_PTR(prefix), RSTRING_PTR(self), (size_t)RSTRING_LEN(prefix)) == 0) {
      return mrb_true_value();
    }
  }
  return mrb_false_value();
}

/* mruby's own takes more for UTF-8 than CRuby does. */
static mrb_value valid_encoding(mrb_state *mrb, mrb_value self) {
  return mrb_bool_value(guest_is_utf8((const uint8_t *)RSTRING_PTR(self), (size_t)RSTRING_LEN(self)));
}

void patterns_init(mrb_state *mrb) {
  struct RClass *string = mrb->string_class;
  mrb_define_alias(mrb, string, "__split", "split");
  mrb_define_alias(mrb, string, "__index", "index");
  mrb_define_method(mrb, string, "sub", sub, MRB_ARGS_ARG(1, 1) | MRB_ARGS_BLOCK());
  mrb_define_method(mrb, string, "sub!", sub_in_place, MRB_ARGS_ARG(1, 1) | MRB_ARGS_BLOCK());
  mrb_define_method(mrb, string, "gsub", gsub, MRB_ARGS_ARG(1, 1) | MRB_ARGS_BLOCK());
  mrb_define_method(mrb, string, "gsub!", gsub_in_place, MRB_ARGS_ARG(1, 1) | MRB_ARGS_BLOCK());
  mrb_define_method(mrb, string, "scan", scan, MRB_ARGS_REQ(1) | MRB_ARGS_BLOCK());
  mrb_define_method(mrb, string, "split", split, MRB_ARGS_OPT(2));
  mrb_define_method(mrb, string, "index", index_of, MRB_ARGS_ARG(1, 1));
  mrb_define_method(mrb, string, "[]", aref, MRB_ARGS_ARG(1, 1));
  mrb_define_method(mrb, string, "slice", aref, MRB_ARGS_ARG(1, 1));
  mrb_define_method(mrb, string, "valid_encoding?", valid_encoding, MRB_ARGS_NONE());
  mrb_define_method(mrb, string, "start_with?", start_with, MRB_ARGS_ANY());
}
