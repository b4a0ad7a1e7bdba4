/* strscan.c: StringScanner, which goes through a text by regular expressions; positions are those of bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "regexp.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/string.h>

/* Kept inside the object. STATE is the position, the regular expression's way to look at the text (bit 0: as bytes). */
enum { TEXT, STATE, MATCH, SLOTS };

static mrb_value *slots(mrb_value self) { return ((struct RArray *)mrb_ptr(self))->as.ary; }
static mrb_int position(mrb_value self) { return mrb_integer(slots(self)[STATE]) >> 1; }
static bool binary(mrb_value self) { return mrb_integer(slots(self)[STATE]) & 1; }
static mrb_int left(mrb_value self) { return RSTRING_LEN(slots(self)[TEXT]) - position(self); }

static void move(mrb_value self, mrb_int to) { slots(self)[STATE] = mrb_fixnum_value(to << 1 | binary(self)); }

static void set_match(mrb_state *mrb, mrb_value self, mrb_value match) {
  slots(self)[MATCH] = match;
  mrb_write_barrier(mrb, mrb_basic_ptr(self));
}

static mrb_value initialize(mrb_state *mrb, mrb_value self) {
  mrb_value text;
  mrb_get_args(mrb, "S", &text);
  ARY_SET_EMBED_LEN((struct RArray *)mrb_ptr(self), SLOTS);
  for (int i = 0; i < SLOTS; i++) slots(self)[i] = mrb_nil_value();
  slots(self)[TEXT] = mrb_obj_freeze(mrb, mrb_str_dup(mrb, text));
  mrb_write_barrier(mrb, mrb_basic_ptr(self));
  slots(self)[STATE] = mrb_fixnum_value(regexp_is_binary(text));
  return self;
}

/* Matches here, or (search) here or later. The bytes up to the match's end, -1 when there is none. */
static mrb_int advance(mrb_state *mrb, mrb_value self, bool search, bool moves) {
  mrb_value pattern;
  mrb_get_args(mrb, "o", &pattern);
  mrb_int at = position(self);
  if (!regexp_p(mrb, pattern)) {
    pattern = mrb_ensure_string_type(mrb, pattern);
    mrb_int size = RSTRING_LEN(pattern);
    if (!search && (size > left(self) || memcmp(RSTRING_PTR(pattern), RSTRING_PTR(slots(self)[TEXT]) + at, (size_t)size))) {
      set_match(mrb, self, mrb_nil_value());
      return -1;
    }
    search = true;
  }
  mrb_value text = slots(self)[TEXT];
  const OnigRegion *found = search ? regexp_search(mrb, pattern, text, at, binary(self))
                                   : regexp_match_here(mrb, pattern, text, at, binary(self));
  if (!found) {
    set_match(mrb, self, mrb_nil_value());
    return -1;
  }
  mrb_int end = found->end[0];
  set_match(mrb, self, match_new(mrb, pattern, text, found));
  if (moves) move(self, end);
  return end - at;
}

static mrb_value text_before(mrb_state *mrb, mrb_value self, mrb_int start, mrb_int size) {
  return size < 0 ? mrb_nil_value() : mrb_str_new(mrb, RSTRING_PTR(slots(self)[TEXT]) + start, size);
}

static mrb_value as_number(mrb_int size) { return size < 0 ? mrb_nil_value() : mrb_fixnum_value(size); }

static mrb_value scan(mrb_state *mrb, mrb_value self) {
  mrb_int start = position(self);
  return text_before(mrb, self, start, advance(mrb, self, false, true));
}
static mrb_value scan_until(mrb_state *mrb, mrb_value self) {
  mrb_int start = position(self);
  return text_before(mrb, self, start, advance(mrb, self, true, true));
}
static mrb_value check(mrb_state *mrb, mrb_value self) {
  return text_before(mrb, self, position(self), advance(mrb, self, false, false));
}
static mrb_value check_until(mrb_state *mrb, mrb_value self) {
  return text_before(mrb, self, position(self), advance(mrb, self, true, false));
}
static mrb_value skip(mrb_state *mrb, mrb_value self) { return as_number(advance(mrb, self, false, true)); }
static mrb_value skip_until(mrb_state *mrb, mrb_value self) { return as_number(advance(mrb, self, true, true)); }
static mrb_value match_p(mrb_state *mrb, mrb_value self) { return as_number(advance(mrb, self, false, false)); }

static mrb_value getch(mrb_state *mrb, mrb_value self) {
  mrb_int start = position(self), size = left(self) > 0;
  if (size == 0) return mrb_nil_value();
  const char *at = RSTRING_PTR(slots(self)[TEXT]) + start;
  while (!binary(self) && size < left(self) && (at[size] & 0xc0) == 0x80) size++;
  move(self, start + size);
  return mrb_str_new(mrb, at, size);
}

static mrb_value peek(mrb_state *mrb, mrb_value self) {
  mrb_int size;
  mrb_get_args(mrb, "i", &size);
  if (size < 0) mrb_raise(mrb, E_ARGUMENT_ERROR, "negative string size (or size too big)");
  return text_before(mrb, self, position(self), size < left(self) ? size : left(self));
}

static mrb_value peek_byte(mrb_state *mrb, mrb_value self) {
  if (left(self) == 0) return mrb_nil_value();
  return mrb_fixnum_value((uint8_t)RSTRING_PTR(slots(self)[TEXT])[position(self)]);
}

static mrb_value pos(mrb_state *mrb, mrb_value self) { return mrb_fixnum_value(position(self)); }

static mrb_value set_pos(mrb_state *mrb, mrb_value self) {
  mrb_int to;
  mrb_get_args(mrb, "i", &to);
  if (to < 0) to += RSTRING_LEN(slots(self)[TEXT]);
  if (to < 0 || to > RSTRING_LEN(slots(self)[TEXT])) mrb_raise(mrb, E_RANGE_ERROR, "index out of range");
  move(self, to);
  return mrb_fixnum_value(to);
}

static mrb_value terminate(mrb_state *mrb, mrb_value self) {
  move(self, RSTRING_LEN(slots(self)[TEXT]));
  set_match(mrb, self, mrb_nil_value());
  return self;
}

static mrb_value eos_p(mrb_state *mrb, mrb_value self) { return mrb_bool_value(left(self) == 0); }
static mrb_value rest(mrb_state *mrb, mrb_value self) { return text_before(mrb, self, position(self), left(self)); }
static mrb_value string(mrb_state *mrb, mrb_value self) { return slots(self)[TEXT]; }

static mrb_value matched(mrb_state *mrb, mrb_value self) {
  return mrb_nil_p(slots(self)[MATCH]) ? mrb_nil_value() : match_group(mrb, slots(self)[MATCH], 0);
}

static mrb_value aref(mrb_state *mrb, mrb_value self) {
  mrb_value group = mrb_get_arg1(mrb), match = slots(self)[MATCH];
  return mrb_nil_p(match) ? match : mrb_funcall_argv(mrb, match, MRB_OPSYM(aref), 1, &group);
}

void strscan_init(mrb_state *mrb) {
  struct RClass *scanner = mrb_define_class(mrb, "StringScanner", mrb->object_class);
  MRB_SET_INSTANCE_TT(scanner, MRB_TT_STRUCT);
  mrb_define_method(mrb, scanner, "initialize", initialize, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "scan", scan, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "scan_until", scan_until, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "check", check, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "check_until", check_until, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "skip", skip, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "skip_until", skip_until, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "match?", match_p, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "getch", getch, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "peek", peek, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "peek_byte", peek_byte, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "pos", pos, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "pos=", set_pos, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, scanner, "terminate", terminate, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "eos?", eos_p, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "rest", rest, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "string", string, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "matched", matched, MRB_ARGS_NONE());
  mrb_define_method(mrb, scanner, "[]", aref, MRB_ARGS_REQ(1));
}
