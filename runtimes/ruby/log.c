/* log.c: what a program prints, and how exceptions are told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

mrb_value mrb_exc_backtrace(mrb_state *mrb, mrb_value exception);

enum { ROOM = 2048, SHOWN_CALLS = 20 };

static guest_buffer report;

static mrb_value print_to(mrb_state *mrb, mrb_value self) {
  mrb_int stream;
  mrb_value text;
  mrb_get_args(mrb, "iS", &stream, &text);
  lines_put(stream == 2 ? 2 : 1, RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
  return mrb_nil_value();
}

static mrb_value flush(mrb_state *mrb, mrb_value self) {
  mrb_int stream;
  mrb_get_args(mrb, "i", &stream);
  lines_flush(stream == 2 ? 2 : 1);
  return mrb_nil_value();
}

extern char **environ;

/* ENV, the transform's variables: asked when the program starts, not when it is built. */
void log_define_env(mrb_state *mrb) {
  mrb_value found = mrb_hash_new(mrb);
  for (char **entry = environ; entry && *entry; entry++) {
    const char *equals = strchr(*entry, '=');
    if (!equals) continue;
    mrb_hash_set(mrb, found, mrb_str_new(mrb, *entry, equals - *entry), mrb_str_new_cstr(mrb, equals + 1));
  }
  mrb_define_global_const(mrb, "ENV", mrb_obj_freeze(mrb, found));
}

void log_init(mrb_state *mrb) {
  struct RClass *redpanda = mrb_define_module(mrb, "Redpanda");
  mrb_define_module_function(mrb, redpanda, "__print", print_to, MRB_ARGS_REQ(2));
  mrb_define_module_function(mrb, redpanda, "__flush", flush, MRB_ARGS_REQ(1));
  guest_reserve(&report, ROOM);
}

int log_exit_code(mrb_state *mrb, mrb_value exception) {
  if (!mrb_obj_is_kind_of(mrb, exception, mrb_class_get_id(mrb, MRB_SYM(SystemExit)))) return -1;
  mrb_value status = mrb_iv_get(mrb, exception, MRB_IVSYM(status));
  lines_flush_all();
  return mrb_integer_p(status) ? (int)mrb_integer(status) & 0xff : 1;
}

static void append(mrb_value text) {
  if (mrb_string_p(text)) guest_append(&report, RSTRING_PTR(text), (size_t)RSTRING_LEN(text));
}

/* Like CRuby: place, message, class; then the calls around it, the innermost first. */
static mrb_value tell(mrb_state *mrb, void *given) {
  mrb_value exception = *(mrb_value *)given, message = mrb_nil_value();
  const char *name = mrb_obj_classname(mrb, exception);
  mrb_value calls = mrb_exc_backtrace(mrb, exception);
  mrb_int count = mrb_array_p(calls) ? RARRAY_LEN(calls) : 0;
  if (count > 0) {
    append(RARRAY_PTR(calls)[0]);
    guest_append_text(&report, ": ");
  }
  size_t start = report.size;
  message = mrb_funcall_argv(mrb, exception, MRB_SYM(message), 0, NULL);
  append(message);
  if (report.size == start) guest_append_text(&report, "unhandled exception");
  guest_append_text(&report, " (");
  guest_append_text(&report, name);
  guest_append_text(&report, ")\n");
  for (mrb_int i = 1; i < count; i++) {
    if (count > SHOWN_CALLS && i == SHOWN_CALLS / 2) {
      guest_append_text(&report, "\t ... ");
      guest_append_number(&report, count - SHOWN_CALLS);
      guest_append_text(&report, " levels...\n");
      i += count - SHOWN_CALLS;
    }
    guest_append_text(&report, "\tfrom ");
    append(RARRAY_PTR(calls)[i]);
    guest_append_text(&report, "\n");
  }
  return mrb_nil_value();
}

void log_exception(mrb_state *mrb, mrb_value exception, const guest_record *record) {
  lines_flush_all();
  guest_reset(&report);
  mrb_gc_protect(mrb, exception);
  mrb_full_gc(mrb); /* the exception may be that there is no memory */
  mrb_bool failed;
  mrb_protect_error(mrb, tell, &exception, &failed);
  if (failed) {
    guest_append_text(&report, mrb_obj_classname(mrb, exception));
    guest_append_text(&report, " (and another exception while it was told)\n");
  }
  if (record) lines_append_place(&report, record->offset);
  if (report.size > 0) guest_log(2, report.data, report.size);
}
