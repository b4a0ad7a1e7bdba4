/* RecordData: bytes of a record as JavaScript sees them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

JSClassID data_class;
static data_view views = {&views, &views, NULL, 0, false};
static data_view *spare;

static void unlink_view(data_view *v) {
  v->previous->next = v->next;
  v->next->previous = v->previous;
}

static void finalize(JSRuntime *rt, JSValueConst value) {
  (void)rt;
  data_view *v = JS_GetOpaque(value, data_class);
  if (!v) return;
  if (v->copied) {
    free((void *)v->data);
  } else {
    unlink_view(v);
  }
  v->next = spare;
  spare = v;
}

JSValue data_new(JSContext *ctx, guest_bytes bytes) {
  if (bytes.size < 0) return JS_NULL;
  JSValue object = JS_NewObjectClass(ctx, data_class);
  if (JS_IsException(object)) return object;
  data_view *v = spare;
  if (v) {
    spare = v->next;
  } else if (!(v = malloc(sizeof *v))) {
    JS_FreeValue(ctx, object);
    return JS_ThrowOutOfMemory(ctx);
  }
  *v = (data_view){&views, views.next, bytes.data, (uint32_t)bytes.size, false};
  views.next->previous = v;
  views.next = v;
  JS_SetOpaque(object, v);
  return object;
}

bool data_keep(void) {
  while (views.next != &views) {
    data_view *v = views.next;
    uint8_t *copy = malloc(v->size + 1); /* the one byte is for data_json */
    if (!copy) return false;
    memcpy(copy, v->data, v->size);
    unlink_view(v);
    v->data = copy;
    v->copied = true;
  }
  return true;
}

static JSValue data_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)argc, (void)argv;
  const data_view *v = JS_GetOpaque2(ctx, self, data_class);
  if (!v) return JS_EXCEPTION;
  JSValue text = engine_text(ctx, v->data, v->size);
  return JS_IsUndefined(text) ? JS_ThrowTypeError(ctx, "the data is not valid UTF-8") : text;
}

static JSValue data_json(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)argc, (void)argv;
  const data_view *v = JS_GetOpaque2(ctx, self, data_class);
  if (!v) return JS_EXCEPTION;
  if (!guest_is_utf8(v->data, v->size)) return JS_ThrowSyntaxError(ctx, "the data is not JSON: it is not valid UTF-8");
  /* the parser wants a terminator; there is a byte for it behind every view, see guest_record */
  uint8_t *end = (uint8_t *)v->data + v->size, kept = *end;
  *end = 0;
  JSValue parsed = JS_ParseJSON(ctx, (const char *)v->data, v->size, "<record>");
  *end = kept;
  return parsed;
}

static JSValue data_array(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)argc, (void)argv;
  const data_view *v = JS_GetOpaque2(ctx, self, data_class);
  return v ? JS_NewUint8ArrayCopy(ctx, v->data, v->size) : JS_EXCEPTION;
}

static const JSCFunctionListEntry data_functions[] = {
    JS_CFUNC_DEF("text", 0, data_text),
    JS_CFUNC_DEF("json", 0, data_json),
    JS_CFUNC_DEF("array", 0, data_array),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "RecordData", JS_PROP_CONFIGURABLE),
};

bool data_create(JSContext *ctx) {
  static const JSClassDef definition = {"RecordData", .finalizer = finalize};
  return class_create(ctx, &data_class, &definition, data_functions, sizeof data_functions / sizeof *data_functions);
}
