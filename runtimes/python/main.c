/* main.c: a transform's life: the program runs once, then its callback for each record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "py/gc.h"
#include "py/runtime.h"
#include "runtime.h"

static bool on_record(const guest_record *record) {
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) {
    mp_obj_t exception = MP_OBJ_FROM_PTR(nlr.ret_val);
    int code = log_exit_code(exception);
    if (code >= 0) _Exit(code);
    log_exception(exception, record);
    return false;
  }
  records_call(record);
  nlr_pop();
  log_flush();
  if (memory_is_large((size_t)record->payload.size)) gc_collect();
  return true;
}

static bool run_program(void) {
  nlr_buf_t nlr;
  if (nlr_push(&nlr) != 0) {
    mp_obj_t exception = MP_OBJ_FROM_PTR(nlr.ret_val);
    int code = log_exit_code(exception);
    if (code >= 0) _Exit(code);
    log_exception(exception, NULL);
    return false;
  }
  program_run();
  nlr_pop();
  log_flush();
  return true;
}

int main(void) {
  if (!program_is_here()) guest_fail("this is the runtime without a program: rpkpy transform build puts one in");
  memory_enter();
  if (!run_program()) return 1;
  if (!records_has_callback()) {
    guest_fail("The transform registered no callback: put @on_record_written before a function of two arguments.");
  }
  guest_run(on_record, NULL);
}
