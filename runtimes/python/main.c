/* main.c: a transform's life: the program runs once, then its callback for each record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "lines.h"
#include "py/gc.h"
#include "py/runtime.h"
#include "runtime.h"

static int64_t offset_at_hand;
static bool has_record;

static bool on_record(const guest_record *record) {
  offset_at_hand = record->offset;
  has_record = true;
  records_call(record);
  lines_flush_all();
  if (memory_is_large((size_t)record->payload.size)) gc_collect();
  return true;
}

/* What nothing has caught ends the transform, so that one place for it does, and no record pays for it. */
static _Noreturn void uncaught(mp_obj_t exception) {
  int code = log_exit_code(exception);
  if (code >= 0) _Exit(code);
  log_exception(exception, has_record ? &offset_at_hand : NULL);
  _Exit(1);
}

int main(void) {
  if (!program_is_here()) guest_fail("this is the runtime without a program: rpkpy transform build puts one in");
  memory_enter();
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) uncaught(MP_OBJ_FROM_PTR(nlr.ret_val));
  program_run();
  lines_flush_all();
  if (!records_has_callback()) {
    guest_fail("The transform registered no callback: put @on_record_written before a function of two arguments.");
  }
  guest_run(on_record, NULL);
}
