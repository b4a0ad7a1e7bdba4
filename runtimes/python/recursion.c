/* recursion.c: MicroPython's comparisons and hashes of containers, and its compiler, which recurse with the depth of what they
 * are given and look at no stack: here each step does, so that RuntimeError is raised where a broker would trap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "py/cstack.h"
#include "py/emit.h"
#include "py/runtime.h"

static bool checked_equal(mp_obj_t left, mp_obj_t right) {
  mp_cstack_check();
  return mp_obj_equal(left, right);
}

static mp_obj_t checked_unary_op(mp_unary_op_t op, mp_obj_t value) {
  mp_cstack_check();
  return mp_unary_op(op, value);
}

/* The compiler says the line of each node before it goes into it. */
static void checked_set_source_line(emit_t *emit, mp_uint_t line) {
  mp_cstack_check();
  mp_emit_bc_set_source_line(emit, line);
}

#define mp_obj_equal checked_equal
#define mp_unary_op checked_unary_op
#define mp_emit_bc_set_source_line checked_set_source_line
#include "py/compile.c"
#include "py/objdict.c"
#include "py/objtuple.c"
#include "py/sequence.c"
