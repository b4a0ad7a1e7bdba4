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

bool engine_is_as_made(JSContext *ctx, JSValueConst value, JSClassID class_id, const JSAtom *names, int count) {
  if (!JS_IsObject(value) || JS_REF_COUNT(JS_VALUE_GET_PTR(value)) != 1) return false;
  const JSObject *object = JS_VALUE_GET_OBJ(value);
  JSShape *shape = object->shape;
  if (object->class_id != class_id || !object->extensible || object->first_weak_ref) return false;
  if (shape->prop_count != count || shape->deleted_prop_count != 0) return false;
  if (shape->proto != JS_VALUE_GET_OBJ(ctx->class_proto[class_id])) return false;
  const JSShapeProperty *properties = get_shape_prop(shape);
  for (int i = 0; i < count; i++) {
    if (properties[i].atom != names[i] || properties[i].flags != JS_PROP_C_W_E) return false;
  }
  return true;
}

JSValue *engine_slot(JSValueConst object, int index) { return &JS_VALUE_GET_OBJ(object)->prop[index].u.value; }

bool engine_items(JSContext *ctx, JSValueConst value, uint32_t count, JSValue **items) {
  if (!JS_IsObject(value) || JS_REF_COUNT(JS_VALUE_GET_PTR(value)) != 1) return false;
  const JSObject *object = JS_VALUE_GET_OBJ(value);
  bool as_made = object->class_id == JS_CLASS_ARRAY && object->fast_array && object->extensible &&
                 !object->first_weak_ref && object->shape->prop_count == 1 &&
                 object->shape->proto == JS_VALUE_GET_OBJ(ctx->class_proto[JS_CLASS_ARRAY]);
  *items = object->u.array.u.values; /* NULL in an empty one */
  return as_made && object->u.array.count == count;
}
