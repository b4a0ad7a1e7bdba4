/* What the builtins cannot do in JavaScript: bytes to text and back, the log.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "runtime.h"

void natives_well_formed(uint8_t *text, size_t size) {
  /* QuickJS writes a surrogate as the three bytes that UTF-8 would have for it: ED A0..BF xx. */
  for (size_t i = 0; i + 2 < size; i++) {
    if (text[i] != 0xed) continue;
    if (text[i + 1] >= 0xa0) memcpy(text + i, "\xef\xbf\xbd", 3);
    i += 2;
  }
}

/* log(stream, text): one line. */
static JSValue native_log(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  static guest_buffer line;
  int32_t stream;
  size_t size;
  if (JS_ToInt32(ctx, &stream, argv[0])) return JS_EXCEPTION;
  const char *text = JS_ToCStringLen(ctx, &size, argv[1]);
  if (!text) return JS_EXCEPTION;
  guest_reset(&line);
  guest_append(&line, text, size);
  guest_append(&line, "\n", 1);
  JS_FreeCString(ctx, text);
  if (line.failed) return JS_ThrowOutOfMemory(ctx);
  natives_well_formed(line.data, line.size);
  guest_log(stream, line.data, line.size);
  return JS_UNDEFINED;
}

/* encode(text): Uint8Array. */
static JSValue native_encode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  size_t size;
  const char *text = JS_ToCStringLen(ctx, &size, argv[0]);
  if (!text) return JS_EXCEPTION;
  JSValue array = JS_NewUint8ArrayCopy(ctx, (const uint8_t *)text, size);
  JS_FreeCString(ctx, text);
  uint8_t *bytes = JS_IsException(array) ? NULL : JS_GetUint8Array(ctx, &size, array);
  if (bytes) natives_well_formed(bytes, size);
  return array;
}

/* decode(Uint8Array, fatal): the text, U+FFFD for what is not UTF-8; null when `fatal` and it is not UTF-8. */
static JSValue native_decode(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  size_t size;
  const uint8_t *bytes = JS_GetUint8Array(ctx, &size, argv[0]);
  if (!bytes && size) return JS_EXCEPTION;
  if (JS_ToBool(ctx, argv[1]) && !guest_is_utf8(bytes, size)) return JS_NULL;
  return JS_NewStringLen(ctx, (const char *)bytes, size);
}

JSValue natives_object(JSContext *ctx) {
  static const JSCFunctionListEntry functions[] = {
      JS_CFUNC_DEF("log", 2, native_log),
      JS_CFUNC_DEF("encode", 1, native_encode),
      JS_CFUNC_DEF("decode", 2, native_decode),
  };
  JSValue natives = JS_NewObject(ctx);
  if (JS_IsException(natives)) return natives;
  if (JS_SetPropertyFunctionList(ctx, natives, functions, sizeof functions / sizeof *functions) ||
      JS_SetPropertyFunctionList(ctx, natives, registry_functions, registry_function_count)) {
    JS_FreeValue(ctx, natives);
    return JS_EXCEPTION;
  }
  return natives;
}
