/* main.c: a transform's life: the program runs once, then its callback for each record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/error.h>
#include <stdlib.h>

#include "lines.h"

enum { LARGE_PAYLOAD = 8 * 1024 };

static mrb_value run_program(mrb_state *mrb, void *unused) {
  program_run(mrb);
  return mrb_nil_value();
}

static mrb_value call(mrb_state *mrb, void *record) {
  records_call(mrb, record);
  return mrb_nil_value();
}

/* Runs `body`. false when it raised, which was told then. */
static bool guarded(mrb_protect_error_func *body, const guest_record *record) {
  mrb_bool failed;
  int arena = mrb_gc_arena_save(ruby);
  mrb_value exception = mrb_protect_error(ruby, body, (void *)record, &failed);
  if (failed) {
    int code = log_exit_code(ruby, exception);
    if (code >= 0) _Exit(code);
    log_exception(ruby, exception, record);
    return false;
  }
  lines_flush_all();
  mrb_gc_arena_restore(ruby, arena);
  return true;
}

static bool on_record(const guest_record *record) {
  if (!guarded(call, record)) return false;
  /* what a large record left behind is collected at once: large values do not find room between small ones */
  if (record->payload.size > LARGE_PAYLOAD) mrb_full_gc(ruby);
  return true;
}

int main(void) {
  if (!program_is_here()) guest_fail("this is the runtime without a program: rpkpy transform build puts one in");
  stack_enter();
  if (!guarded(run_program, NULL)) return 1;
  if (!records_has_callback(ruby)) {
    guest_fail("The transform registered no callback: give Redpanda.on_record_written a block of two arguments.");
  }
  guest_run(on_record, NULL);
}
