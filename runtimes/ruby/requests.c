/* SPDX-License-Identifier: Apache-2.0 */
#include "requests.h"

#include <mruby/debug.h>
#include <mruby/dump.h>
#include <mruby/opcode.h>

typedef struct instruction {
  uint32_t a, b, c;
  mrb_code code;
} instruction;

/* Reads an instruction at `pc`; where the next one is. */
static const mrb_code *decode(const mrb_code *pc, instruction *read) {
  uint32_t a = 0, b = 0, c = 0;
  mrb_code code = READ_B();
  int wide = 0;
  if (code == OP_EXT1 || code == OP_EXT2 || code == OP_EXT3) {
    wide = code == OP_EXT1 ? 1 : code == OP_EXT2 ? 2 : 3;
    code = READ_B();
  }
#define OPCODE(name, layout)                \
  case OP_##name:                           \
    if (wide == 0) FETCH_##layout();        \
    else if (wide == 1) FETCH_##layout##_1(); \
    else if (wide == 2) FETCH_##layout##_2(); \
    else FETCH_##layout##_3();              \
    break;
  switch (code) {
#include <mruby/ops.h>
  }
#undef OPCODE
  *read = (instruction){a, b, c, code};
  return pc;
}

static bool is_rescued(const mrb_irep *code, uint32_t pc) {
  const struct mrb_irep_catch_handler *handlers = (const struct mrb_irep_catch_handler *)(code->iseq + code->ilen);
  for (int i = 0; i < code->clen; i++) {
    if (handlers[i].type == MRB_CATCH_RESCUE && mrb_irep_catch_handler_unpack(handlers[i].begin) <= pc &&
        pc < mrb_irep_catch_handler_unpack(handlers[i].end)) {
      return true;
    }
  }
  return false;
}

void requests_append(mrb_state *mrb, const mrb_irep *code, guest_buffer *lines) {
  const mrb_code *pc = code->iseq, *end = pc + code->ilen;
  mrb_sym require = MRB_SYM(require), relative = MRB_SYM(require_relative), callback = MRB_SYM(on_record_written);
  instruction before = {.code = OP_NOP}, now;
  while (pc < end) {
    uint32_t at = (uint32_t)(pc - code->iseq);
    pc = decode(pc, &now);
    bool sends = now.code == OP_SSEND && before.code == OP_STRING && now.c == 1 && before.a == now.a + 1;
    mrb_sym method = sends ? code->syms[now.b] : 0;
    if (method == require || method == relative) {
      const mrb_pool_value *name = &code->pool[before.b];
      guest_append_text(lines, "R\t");
      guest_append_number(lines, mrb_debug_get_line(mrb, code, at));
      guest_append_text(lines, is_rescued(code, at) ? "\t1\t" : "\t0\t");
      guest_append_text(lines, method == require ? "require\t" : "require_relative\t");
      guest_append(lines, name->u.str, name->tt >> 2);
      guest_append_text(lines, "\n");
    }
    before = now;
  }
  for (int i = 0; i < code->slen; i++) {
    if (code->syms[i] == callback) guest_append_text(lines, "C\n");
  }
  for (int i = 0; i < code->rlen; i++) requests_append(mrb, code->reps[i], lines);
}
