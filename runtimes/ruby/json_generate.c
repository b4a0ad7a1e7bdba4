/* json_generate.c: JSON.generate, JSON.pretty_generate and to_json.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <math.h>
#include <stdlib.h>
#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/string.h>

enum { NESTING_MAX = 100, NESTING_LEVELS = 16, KEPT = 32 * 1024 /* of the buffer, between texts */ };

typedef struct generator {
  mrb_state *mrb;
  guest_buffer *out;
  int depth;
  bool pretty, first;
} generator;

static _Noreturn void fail(mrb_state *mrb, mrb_sym error, const char *what) {
  mrb_raise(mrb, mrb_class_get_under_id(mrb, mrb_module_get_id(mrb, MRB_SYM(JSON)), error), what);
}

static void write_value(generator *g, mrb_value value);

static void write_string(generator *g, mrb_value text) {
  static const char hex[] = "0123456789abcdef", short_escapes[] = "btn?fr";
  const uint8_t *at = (const uint8_t *)RSTRING_PTR(text), *end = at + RSTRING_LEN(text), *plain = at;
  if (!guest_is_utf8(at, (size_t)(end - at))) fail(g->mrb, MRB_SYM(GeneratorError), "the string is not UTF-8");
  guest_append_text(g->out, "\"");
  for (; at < end; at++) {
    if (*at >= 0x20 && *at != '"' && *at != '\\') continue;
    guest_append(g->out, plain, (size_t)(at - plain));
    plain = at + 1;
    char escape[] = "\\u0000";
    if (*at >= 0x20) {
      escape[1] = (char)*at;
    } else if (*at >= '\b' && *at <= '\r' && *at != '\v') {
      escape[1] = short_escapes[*at - '\b'];
    } else {
      escape[4] = hex[*at >> 4];
      escape[5] = hex[*at & 15];
    }
    guest_append(g->out, escape, escape[1] == 'u' ? 6 : 2);
  }
  guest_append(g->out, plain, (size_t)(end - plain));
  guest_append_text(g->out, "\"");
}

static void new_line(generator *g) {
  if (!g->pretty) return;
  guest_append_text(g->out, "\n");
  for (int i = 0; i < g->depth; i++) guest_append_text(g->out, "  ");
}

static void open(generator *g, const char *bracket) {
  guest_append_text(g->out, bracket);
  if (++g->depth > NESTING_MAX) fail(g->mrb, MRB_SYM(NestingError), "nesting of 101 is too deep");
  stack_check(g->mrb);
  if (g->out->failed) mrb_exc_raise(g->mrb, mrb_obj_value(g->mrb->nomem_err));
  g->first = true;
}

static void close(generator *g, const char *bracket) {
  g->depth--;
  if (!g->first) new_line(g);
  guest_append_text(g->out, bracket);
  g->first = false;
}

static void separate(generator *g) {
  if (!g->first) guest_append_text(g->out, ",");
  g->first = false;
  new_line(g);
}

static int write_pair(mrb_state *mrb, mrb_value key, mrb_value value, void *data) {
  generator *g = data;
  int arena = mrb_gc_arena_save(mrb);
  separate(g);
  write_string(g, mrb_string_p(key) ? key : mrb_obj_as_string(mrb, key));
  guest_append_text(g->out, g->pretty ? ": " : ":");
  write_value(g, value);
  g->first = false;
  mrb_gc_arena_restore(mrb, arena);
  return 0;
}

static void write_array(generator *g, mrb_value array) {
  open(g, "[");
  for (mrb_int i = 0; i < RARRAY_LEN(array); i++) {
    separate(g);
    write_value(g, RARRAY_PTR(array)[i]);
    g->first = false;
  }
  close(g, "]");
}

/* What is neither of JSON's types says itself what it is; Object#to_json below says its to_s. */
static void write_other(generator *g, mrb_value value) {
  int arena = mrb_gc_arena_save(g->mrb);
  mrb_value text = mrb_funcall_argv(g->mrb, value, MRB_SYM(to_json), 0, NULL);
  if (!mrb_string_p(text)) fail(g->mrb, MRB_SYM(GeneratorError), "to_json gave no String");
  guest_append(g->out, RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
  mrb_gc_arena_restore(g->mrb, arena);
}

static void write_value(generator *g, mrb_value value) {
  switch (mrb_type(value)) {
    case MRB_TT_FALSE: guest_append_text(g->out, mrb_nil_p(value) ? "null" : "false"); return;
    case MRB_TT_TRUE: guest_append_text(g->out, "true"); return;
    case MRB_TT_INTEGER: guest_append_number(g->out, mrb_integer(value)); return;
    case MRB_TT_FLOAT:
      if (!isfinite(mrb_float(value))) fail(g->mrb, MRB_SYM(GeneratorError), "NaN and Infinity are not in JSON");
      float_append(g->out, mrb_float(value));
      return;
    case MRB_TT_STRING: write_string(g, value); return;
    case MRB_TT_SYMBOL: write_string(g, mrb_obj_as_string(g->mrb, value)); return;
    case MRB_TT_ARRAY: write_array(g, value); return;
    case MRB_TT_HASH:
      open(g, "{");
      mrb_hash_foreach(g->mrb, mrb_hash_ptr(value), write_pair, g);
      close(g, "}");
      return;
    case MRB_TT_BIGINT: {
      mrb_value text = mrb_obj_as_string(g->mrb, value);
      guest_append(g->out, RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
      return;
    }
    default: write_other(g, value);
  }
}

/* The buffers of texts that are being written: a to_json that is called meanwhile writes another one. They are kept, so that
 * an exception loses nothing. */
static guest_buffer buffers[NESTING_LEVELS];
static int level;

typedef struct writing {
  mrb_value value;
  bool pretty;
} writing;

static mrb_value write_text(mrb_state *mrb, void *data) {
  writing *wanted = data;
  guest_buffer *out = &buffers[level - 1];
  generator g = {mrb, out, 0, wanted->pretty, true};
  guest_reset(out);
  write_value(&g, wanted->value);
  if (out->failed) mrb_exc_raise(mrb, mrb_obj_value(mrb->nomem_err));
  return mrb_str_new(mrb, (const char *)out->data, (mrb_int)out->size);
}

static mrb_value write(mrb_state *mrb, mrb_value value, bool pretty) {
  writing wanted = {value, pretty};
  if (level == NESTING_LEVELS) fail(mrb, MRB_SYM(NestingError), "to_json calls itself too deep");
  level++;
  mrb_bool failed;
  mrb_value result = mrb_protect_error(mrb, write_text, &wanted, &failed);
  guest_buffer *out = &buffers[--level];
  if (out->capacity > KEPT) {
    free(out->data);
    *out = (guest_buffer){0};
  }
  if (failed) mrb_exc_raise(mrb, result);
  return result;
}

static mrb_value generate(mrb_state *mrb, mrb_value self) {
  mrb_value value;
  mrb_get_args(mrb, "o", &value);
  return write(mrb, value, false);
}

static mrb_value pretty_generate(mrb_state *mrb, mrb_value self) {
  mrb_value value;
  mrb_get_args(mrb, "o", &value);
  return write(mrb, value, true);
}

static mrb_value to_json(mrb_state *mrb, mrb_value self) { return write(mrb, self, false); }
static mrb_value other_to_json(mrb_state *mrb, mrb_value self) { return write(mrb, mrb_obj_as_string(mrb, self), false); }

void json_generate_init(mrb_state *mrb) {
  struct RClass *json = mrb_module_get_id(mrb, MRB_SYM(JSON));
  mrb_define_module_function(mrb, json, "generate", generate, MRB_ARGS_REQ(1));
  mrb_define_module_function(mrb, json, "dump", generate, MRB_ARGS_REQ(1));
  mrb_define_module_function(mrb, json, "pretty_generate", pretty_generate, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, mrb->object_class, "to_json", other_to_json, MRB_ARGS_ANY());
  struct RClass *classes[] = {mrb->nil_class,   mrb->true_class,   mrb->false_class, mrb->integer_class, mrb->float_class,
                              mrb->string_class, mrb->symbol_class, mrb->array_class, mrb->hash_class};
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
    mrb_define_method(mrb, classes[i], "to_json", to_json, MRB_ARGS_ANY());
  }
}
