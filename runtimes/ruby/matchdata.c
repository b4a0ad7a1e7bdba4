/* matchdata.c: MatchData, and $~.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "regexp.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/string.h>

/* Kept inside the object: the Regexp, the text (frozen), and a String of each group's first byte and the byte behind it. */
enum { REGEXP, TEXT, PLACES, SLOTS };

static struct RClass *match_class;
static mrb_value last; /* an Array of one element, so that the collector sees it */

static mrb_value *slots(mrb_value self) { return ((struct RArray *)mrb_ptr(self))->as.ary; }
static mrb_int count(mrb_value self) { return RSTRING_LEN(slots(self)[PLACES]) / (mrb_int)(2 * sizeof(int)); }

static void place(mrb_value self, mrb_int number, int *start, int *end) {
  memcpy(start, RSTRING_PTR(slots(self)[PLACES]) + 2 * number * (mrb_int)sizeof(int), sizeof(int));
  memcpy(end, RSTRING_PTR(slots(self)[PLACES]) + (2 * number + 1) * (mrb_int)sizeof(int), sizeof(int));
}

mrb_int characters(mrb_value text, mrb_int bytes) {
  if (RSTR_ASCII_P(mrb_str_ptr(text))) return bytes;
  const char *at = RSTRING_PTR(text);
  mrb_int found = 0;
  for (mrb_int i = 0; i < bytes; i++) found += (at[i] & 0xc0) != 0x80;
  return found;
}

mrb_int byte_of(mrb_value text, mrb_int wanted) {
  if (wanted < 0) {
    wanted += characters(text, RSTRING_LEN(text));
    if (wanted < 0) return -1;
  }
  if (RSTR_ASCII_P(mrb_str_ptr(text))) return wanted;
  const char *at = RSTRING_PTR(text), *end = RSTRING_END(text);
  for (; wanted > 0 && at < end; wanted--) {
    at++;
    while (at < end && (*at & 0xc0) == 0x80) at++;
  }
  return wanted > 0 ? -1 : at - RSTRING_PTR(text);
}

void match_set_last(mrb_state *mrb, mrb_value match) {
  RARRAY_PTR(last)[0] = match;
  if (!mrb_nil_p(match)) mrb_field_write_barrier(mrb, mrb_basic_ptr(last), mrb_basic_ptr(match));
}

mrb_value match_last(void) { return RARRAY_PTR(last)[0]; }

mrb_value match_new(mrb_state *mrb, mrb_value regexp, mrb_value text, const OnigRegion *region) {
  struct RArray *made = (struct RArray *)mrb_obj_alloc(mrb, MRB_TT_STRUCT, match_class);
  ARY_SET_EMBED_LEN(made, SLOTS);
  for (int i = 0; i < SLOTS; i++) made->as.ary[i] = mrb_nil_value();
  mrb_value self = mrb_obj_value(made);
  slots(self)[REGEXP] = regexp;
  mrb_value places = mrb_str_new(mrb, NULL, region->num_regs * 2 * (mrb_int)sizeof(int));
  for (int i = 0; i < region->num_regs; i++) {
    memcpy(RSTRING_PTR(places) + 2 * i * (int)sizeof(int), &region->beg[i], sizeof(int));
    memcpy(RSTRING_PTR(places) + (2 * i + 1) * (int)sizeof(int), &region->end[i], sizeof(int));
  }
  slots(self)[PLACES] = places;
  slots(self)[TEXT] = MRB_FROZEN_P(mrb_basic_ptr(text)) ? text : mrb_obj_freeze(mrb, mrb_str_dup(mrb, text));
  mrb_write_barrier(mrb, mrb_basic_ptr(self));
  return self;
}

static mrb_value part(mrb_state *mrb, mrb_value self, mrb_int start, mrb_int end) {
  return mrb_str_new(mrb, RSTRING_PTR(slots(self)[TEXT]) + start, end - start);
}

mrb_value match_group(mrb_state *mrb, mrb_value self, mrb_int number) {
  if (number < 0) number += count(self);
  if (number < 0 || number >= count(self)) return mrb_nil_value();
  int start, end;
  place(self, number, &start, &end);
  return start < 0 ? mrb_nil_value() : part(mrb, self, start, end);
}

mrb_value match_before(mrb_state *mrb, mrb_value self) {
  int start, end;
  place(self, 0, &start, &end);
  return part(mrb, self, 0, start);
}

mrb_value match_after(mrb_state *mrb, mrb_value self) {
  int start, end;
  place(self, 0, &start, &end);
  return part(mrb, self, end, RSTRING_LEN(slots(self)[TEXT]));
}

/* The number of a group by a number or a name. */
static mrb_int number_of(mrb_state *mrb, mrb_value self, mrb_value group) {
  if (mrb_symbol_p(group)) group = mrb_obj_as_string(mrb, group);
  if (!mrb_string_p(group)) return mrb_as_int(mrb, group);
  int beg[ONIG_NREGION * 4], end[ONIG_NREGION * 4];
  OnigRegion region = {.num_regs = (int)count(self), .beg = beg, .end = end};
  if (region.num_regs > ONIG_NREGION * 4) region.num_regs = ONIG_NREGION * 4;
  for (int i = 0; i < region.num_regs; i++) place(self, i, &beg[i], &end[i]);
  int number = regexp_group(mrb, slots(self)[REGEXP], &region, RSTRING_PTR(group), (size_t)RSTRING_LEN(group));
  if (number < 0) mrb_raisef(mrb, E_INDEX_ERROR, "undefined group name reference: %v", group);
  return number;
}

static mrb_value at(mrb_state *mrb, mrb_value self) {
  mrb_value group, length = mrb_nil_value();
  mrb_get_args(mrb, "o|o", &group, &length);
  if (mrb_nil_p(length) && (mrb_integer_p(group) || mrb_string_p(group) || mrb_symbol_p(group))) {
    return match_group(mrb, self, number_of(mrb, self, group));
  }
  mrb_value all = mrb_funcall_argv(mrb, self, MRB_SYM(to_a), 0, NULL), arguments[] = {group, length};
  return mrb_funcall_argv(mrb, all, MRB_OPSYM(aref), mrb_nil_p(length) ? 1 : 2, arguments);
}

static mrb_value to_a(mrb_state *mrb, mrb_value self) {
  mrb_value all = mrb_ary_new_capa(mrb, count(self));
  for (mrb_int i = 0; i < count(self); i++) mrb_ary_push(mrb, all, match_group(mrb, self, i));
  return all;
}

static bool ends(mrb_state *mrb, mrb_value self, int *start, int *end) {
  mrb_int number = number_of(mrb, self, mrb_get_arg1(mrb));
  if (number < 0 || number >= count(self)) mrb_raisef(mrb, E_INDEX_ERROR, "index %i out of matches", number);
  place(self, number, start, end);
  return *start >= 0;
}

static mrb_value in_characters(mrb_state *mrb, mrb_value self, int byte) {
  return mrb_int_value(mrb, characters(slots(self)[TEXT], byte));
}

static mrb_value begin(mrb_state *mrb, mrb_value self) {
  int start, end;
  return ends(mrb, self, &start, &end) ? in_characters(mrb, self, start) : mrb_nil_value();
}

static mrb_value end_of(mrb_state *mrb, mrb_value self) {
  int start, end;
  return ends(mrb, self, &start, &end) ? in_characters(mrb, self, end) : mrb_nil_value();
}

static mrb_value byteoffset(mrb_state *mrb, mrb_value self) {
  int start, end;
  if (!ends(mrb, self, &start, &end)) return mrb_assoc_new(mrb, mrb_nil_value(), mrb_nil_value());
  return mrb_assoc_new(mrb, mrb_fixnum_value(start), mrb_fixnum_value(end));
}

static mrb_value before(mrb_state *mrb, mrb_value self) { return match_before(mrb, self); }
static mrb_value after(mrb_state *mrb, mrb_value self) { return match_after(mrb, self); }
static mrb_value regexp(mrb_state *mrb, mrb_value self) { return slots(self)[REGEXP]; }
static mrb_value string(mrb_state *mrb, mrb_value self) { return slots(self)[TEXT]; }
static mrb_value to_s(mrb_state *mrb, mrb_value self) { return match_group(mrb, self, 0); }
static mrb_value names(mrb_state *mrb, mrb_value self) { return regexp_names(mrb, slots(self)[REGEXP]); }

void match_init(mrb_state *mrb) {
  last = mrb_ary_new_capa(mrb, 1);
  mrb_ary_push(mrb, last, mrb_nil_value());
  mrb_gc_register(mrb, last);
  match_class = mrb_define_class(mrb, "MatchData", mrb->object_class);
  MRB_SET_INSTANCE_TT(match_class, MRB_TT_STRUCT);
  mrb_undef_class_method(mrb, match_class, "new");
  mrb_define_method(mrb, match_class, "[]", at, MRB_ARGS_ARG(1, 1));
  mrb_define_method(mrb, match_class, "to_a", to_a, MRB_ARGS_NONE());
  mrb_define_method(mrb, match_class, "begin", begin, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, match_class, "end", end_of, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, match_class, "byteoffset", byteoffset, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, match_class, "pre_match", before, MRB_ARGS_NONE());
  mrb_define_method(mrb, match_class, "post_match", after, MRB_ARGS_NONE());
  mrb_define_method(mrb, match_class, "regexp", regexp, MRB_ARGS_NONE());
  mrb_define_method(mrb, match_class, "string", string, MRB_ARGS_NONE());
  mrb_define_method(mrb, match_class, "to_s", to_s, MRB_ARGS_NONE());
  mrb_define_method(mrb, match_class, "names", names, MRB_ARGS_NONE());
}
