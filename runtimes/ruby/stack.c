/* stack.c: how deep Ruby's calls may nest in C.
 *
 * The engine's native stack has 64 KiB. The pass rpkpy/runtimes/passes makes C's own stack grow at least as fast, so that
 * watching that one is enough. mruby looks here before it calls from C to Ruby or from C to C (sources.patch).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/error.h>

enum { C_STACK = 50 * 1000 };

static char *lowest;

__attribute__((noinline)) void stack_enter(void) { lowest = (char *)__builtin_frame_address(0) - C_STACK; }

bool stack_is_low(void) { return (char *)__builtin_frame_address(0) < lowest; }

void stack_check(mrb_state *mrb) {
  if (stack_is_low()) mrb_exc_raise(mrb, mrb_obj_value(mrb->stack_err));
}
