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

/* QuickJS prints a frame's place as two texts, " (FILE" and ":LINE:COLUMN". In a bundle the place in the user's own file is
 * printed instead. Whether that was done. */
#include "cutils.h"
static bool engine_print_place(DynBuf *to, const char *format, ...) {
  static bool in_bundle;
  char text[24];
  va_list values;
  bool opens = strcmp(format, " (%s") == 0;
  if (!opens && strcmp(format, ":%d:%d") != 0) return false;
  va_start(values, format);
  if (opens) {
    in_bundle = places_cover(va_arg(values, const char *));
    if (in_bundle) dbuf_putstr(to, " (");
  } else if (in_bundle) {
    const char *file;
    int line = va_arg(values, int), column = va_arg(values, int), file_line;
    if (places_find(line, column, &file, &file_line)) {
      dbuf_putstr(to, file);
      snprintf(text, sizeof text, ":%d", file_line);
    } else {
      dbuf_putstr(to, "esbuild");
      snprintf(text, sizeof text, ":%d:%d", line, column);
    }
    dbuf_putstr(to, text);
  }
  va_end(values);
  bool printed = in_bundle;
  if (!opens) in_bundle = false;
  return printed;
}
#define dbuf_printf(to, ...) (engine_print_place(to, __VA_ARGS__) ? 0 : (dbuf_printf)(to, __VA_ARGS__))
#include "quickjs.c"
#undef dbuf_printf
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

bool class_create(JSContext *ctx, JSClassID *id, const JSClassDef *definition, const JSCFunctionListEntry *functions,
                  int count) {
  JS_NewClassID(ctx->rt, id);
  JSValue prototype = JS_NewObject(ctx);
  if (JS_NewClass(ctx->rt, *id, definition) || JS_IsException(prototype)) return false;
  if (JS_SetPropertyFunctionList(ctx, prototype, functions, count)) return false;
  JS_SetClassProto(ctx, *id, prototype);
  return true;
}

/* Whether all bytes are ASCII: most texts are, and what QuickJS asks of each byte costs more than to read it. */
static bool is_ascii(const uint8_t *text, size_t size) {
  const uint8_t *end = text + size;
  uint64_t word, bits = 0;
  for (; end - text >= 8; text += 8) {
    memcpy(&word, text, 8);
    bits |= word;
  }
  while (text < end) bits |= *text++;
  return !(bits & 0x8080808080808080u);
}

JSValue engine_text(JSContext *ctx, const uint8_t *text, size_t size) {
  if (size > 0 && size <= JS_STRING_LEN_MAX && is_ascii(text, size)) {
    return js_new_string8_len(ctx, (const char *)text, (int)size);
  }
  return guest_is_utf8(text, size) ? JS_NewStringLen(ctx, (const char *)text, size) : JS_UNDEFINED;
}

bool engine_ascii(JSValueConst value, guest_bytes *bytes) {
  if (JS_VALUE_GET_TAG(value) != JS_TAG_STRING) return false;
  JSString *string = JS_VALUE_GET_STRING(value);
  if (string->is_wide_char || !is_ascii(str8(string), string->len)) return false;
  *bytes = (guest_bytes){str8(string), (int32_t)string->len};
  return true;
}

#include "event.c"
