/* QuickJS as one unit with what this runtime needs of its inside.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

/* QuickJS compares its stack pointer with a limit. It gets the fuller of its two stacks: the one in linear memory, and the
 * native one as if it were there. */
#define STACK_BYTES 73728 /* as the recipe says */
static inline uintptr_t engine_stack_pointer(void *frame) {
  uintptr_t shadow = (uintptr_t)frame, native = STACK_BYTES - guest_native_stack();
  return shadow < native ? shadow : native;
}
#define __builtin_frame_address(level) engine_stack_pointer(__builtin_frame_address(level))
#include "quickjs.c"
#undef __builtin_frame_address

void engine_requests(JSContext *ctx, JSValueConst module, guest_buffer *names) {
  const JSModuleDef *m = JS_VALUE_GET_PTR(module);
  for (int i = 0; i < m->req_module_entries_count; i++) {
    const char *name = JS_AtomToCString(ctx, m->req_module_entries[i].module_name);
    if (!name) {
      names->failed = true;
      return;
    }
    guest_append_text(names, name);
    guest_append(names, "\n", 1);
    JS_FreeCString(ctx, name);
  }
}

bool engine_link(JSContext *ctx, JSValueConst module) {
  JSModuleDef *m = JS_VALUE_GET_PTR(module);
  return js_create_module_function(ctx, m) == 0 && js_link_module(ctx, m) == 0;
}

void engine_seed(JSContext *ctx, uint64_t seed) {
  ctx->random_state = seed ? seed : 1;
  xorshift64star(&ctx->random_state);
}

bool engine_is_sole_owner(JSValueConst value) {
  return JS_VALUE_HAS_REF_COUNT(value) && JS_REF_COUNT(JS_VALUE_GET_PTR(value)) == 1;
}
