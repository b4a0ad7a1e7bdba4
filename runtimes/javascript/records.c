/* Records as JavaScript sees them: the event, RecordData, the writer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

/* Bytes of a record: a view into the input buffer while the record is being transformed. Views that user code keeps for
 * longer get a copy when the callback is done (records_release). */
typedef struct view {
  struct view *previous, *next; /* the list of views into the input buffer; not of copies */
  const uint8_t *data;
  uint32_t size;
  bool copied;
} view;

static JSClassID class_data, class_writer;
static view views = {&views, &views, NULL, 0, false};
static view *spare;
static JSValue writer;
static guest_buffer output;
static JSAtom atom_topic;
static struct {
  JSAtom record, key, value, headers;
} atoms;

static void unlink_view(view *v) {
  v->previous->next = v->next;
  v->next->previous = v->previous;
}

static void finalize_data(JSRuntime *rt, JSValueConst value) {
  (void)rt;
  view *v = JS_GetOpaque(value, class_data);
  if (!v) return;
  if (v->copied) {
    free((void *)v->data);
  } else {
    unlink_view(v);
  }
  v->next = spare;
  spare = v;
}

static JSValue new_data(JSContext *ctx, guest_bytes bytes) {
  if (bytes.size < 0) return JS_NULL;
  JSValue object = JS_NewObjectClass(ctx, class_data);
  if (JS_IsException(object)) return object;
  view *v = spare;
  if (v) {
    spare = v->next;
  } else if (!(v = malloc(sizeof *v))) {
    JS_FreeValue(ctx, object);
    return JS_ThrowOutOfMemory(ctx);
  }
  *v = (view){&views, views.next, bytes.data, (uint32_t)bytes.size, false};
  views.next->previous = v;
  views.next = v;
  JS_SetOpaque(object, v);
  return object;
}

static JSValue data_text(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)argc, (void)argv;
  const view *v = JS_GetOpaque2(ctx, self, class_data);
  if (!v) return JS_EXCEPTION;
  if (!guest_is_utf8(v->data, v->size)) return JS_ThrowTypeError(ctx, "the data is not valid UTF-8");
  return JS_NewStringLen(ctx, (const char *)v->data, v->size);
}

static JSValue data_json(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)argc, (void)argv;
  const view *v = JS_GetOpaque2(ctx, self, class_data);
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
  const view *v = JS_GetOpaque2(ctx, self, class_data);
  return v ? JS_NewUint8ArrayCopy(ctx, v->data, v->size) : JS_EXCEPTION;
}

static const JSCFunctionListEntry data_functions[] = {
    JS_CFUNC_DEF("text", 0, data_text),
    JS_CFUNC_DEF("json", 0, data_json),
    JS_CFUNC_DEF("array", 0, data_array),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "RecordData", JS_PROP_CONFIGURABLE),
};

bool records_append(JSContext *ctx, guest_buffer *buffer, JSValueConst value, const char *what) {
  size_t size;
  guest_bytes bytes = {NULL, -1};
  if (JS_IsString(value)) {
    const char *text = JS_ToCStringLen(ctx, &size, value);
    if (!text) return false;
    guest_append_varint(buffer, (int64_t)size);
    size_t at = buffer->size;
    guest_append(buffer, text, size);
    JS_FreeCString(ctx, text);
    if (!buffer->failed) natives_well_formed(buffer->data + at, size);
  } else if (JS_IsNull(value) || JS_IsUndefined(value)) {
    guest_append_sized(buffer, bytes);
  } else {
    const view *v = JS_GetOpaque(value, class_data);
    if (v) {
      bytes = (guest_bytes){v->data, (int32_t)v->size};
    } else if (JS_IsArrayBuffer(value)) {
      bytes.data = JS_GetArrayBuffer(ctx, &size, value);
      bytes.size = (int32_t)size;
    } else if (JS_GetTypedArrayType(value) >= 0) {
      size_t offset, element;
      JSValue whole = JS_GetTypedArrayBuffer(ctx, value, &offset, &size, &element);
      if (JS_IsException(whole)) return false;
      size_t all;
      bytes.data = JS_GetArrayBuffer(ctx, &all, whole);
      if (bytes.data) bytes.data += offset;
      bytes.size = (int32_t)size;
      JS_FreeValue(ctx, whole); /* the array holds it */
    } else {
      JS_ThrowTypeError(ctx, "a record's %s must be a string, ArrayBuffer, Uint8Array, RecordData, null or undefined", what);
      return false;
    }
    guest_append_sized(buffer, bytes);
  }
  if (buffer->failed) {
    JS_ThrowOutOfMemory(ctx);
    return false;
  }
  return true;
}

static bool append_property(JSContext *ctx, JSValueConst object, JSAtom name, const char *what) {
  JSValue value = JS_GetProperty(ctx, object, name);
  bool done = !JS_IsException(value) && records_append(ctx, &output, value, what);
  JS_FreeValue(ctx, value);
  return done;
}

static bool append_headers(JSContext *ctx, JSValueConst record) {
  JSValue headers = JS_GetProperty(ctx, record, atoms.headers);
  bool done = false;
  int64_t count = 0;
  if (JS_IsException(headers)) return false;
  if (JS_IsUndefined(headers) || JS_IsNull(headers)) {
    guest_append_varint(&output, 0);
    done = true;
  } else if (!JS_IsArray(headers)) {
    JS_ThrowTypeError(ctx, "a record's headers must be an array of {key, value}");
  } else if (JS_GetLength(ctx, headers, &count) == 0) {
    guest_append_varint(&output, count);
    done = true;
    for (int64_t i = 0; done && i < count; i++) {
      JSValue header = JS_GetPropertyInt64(ctx, headers, i);
      if (!JS_IsObject(header)) {
        if (!JS_IsException(header)) JS_ThrowTypeError(ctx, "a record's headers must be objects: {key, value}");
        done = false;
      } else {
        done = append_property(ctx, header, atoms.key, "header key") &&
               append_property(ctx, header, atoms.value, "header value");
      }
      JS_FreeValue(ctx, header);
    }
  }
  JS_FreeValue(ctx, headers);
  return done;
}

/* write(record, {topic}) */
static JSValue writer_write(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self;
  if (argc < 1 || !JS_IsObject(argv[0])) return JS_ThrowTypeError(ctx, "write takes a record: {key, value, headers}");
  const char *topic = NULL;
  size_t topic_size = 0;
  if (argc > 1 && !JS_IsUndefined(argv[1])) {
    if (!JS_IsObject(argv[1])) return JS_ThrowTypeError(ctx, "write takes its options as an object: {topic}");
    JSValue name = JS_GetProperty(ctx, argv[1], atom_topic);
    if (JS_IsException(name)) return name;
    if (JS_IsString(name)) {
      topic = JS_ToCStringLen(ctx, &topic_size, name);
    } else if (!JS_IsUndefined(name) && !JS_IsNull(name)) {
      JS_FreeValue(ctx, name);
      return JS_ThrowTypeError(ctx, "the topic to write to must be a string");
    }
    JS_FreeValue(ctx, name);
  }
  guest_reset(&output);
  JSValue result = JS_EXCEPTION;
  if (append_property(ctx, argv[0], atoms.key, "key") && append_property(ctx, argv[0], atoms.value, "value") &&
      append_headers(ctx, argv[0])) {
    int32_t code = output.failed ? -100 : guest_write(&output, topic, topic_size);
    if (code >= 0) {
      result = JS_UNDEFINED;
    } else if (topic) {
      JS_ThrowInternalError(ctx, "the record was not written to topic %s: %s (%d)", topic, guest_write_error(code), (int)code);
    } else {
      JS_ThrowInternalError(ctx, "the record was not written: %s (%d)", guest_write_error(code), (int)code);
    }
  }
  if (topic) JS_FreeCString(ctx, topic);
  return result;
}

static const JSCFunctionListEntry writer_functions[] = {
    JS_CFUNC_DEF("write", 2, writer_write),
    JS_PROP_STRING_DEF("[Symbol.toStringTag]", "RecordWriter", JS_PROP_CONFIGURABLE),
};

static bool create_class(JSContext *ctx, JSClassID *id, const JSClassDef *definition, const JSCFunctionListEntry *functions,
                         int count) {
  JSRuntime *rt = JS_GetRuntime(ctx);
  JS_NewClassID(rt, id);
  JSValue prototype = JS_NewObject(ctx);
  if (JS_NewClass(rt, *id, definition) || JS_IsException(prototype)) return false;
  if (JS_SetPropertyFunctionList(ctx, prototype, functions, count)) return false;
  JS_SetClassProto(ctx, *id, prototype);
  return true;
}

bool records_create(JSContext *ctx) {
  static const JSClassDef data = {"RecordData", .finalizer = finalize_data};
  static const JSClassDef write = {"RecordWriter"};
  if (!create_class(ctx, &class_data, &data, data_functions, sizeof data_functions / sizeof *data_functions)) return false;
  if (!create_class(ctx, &class_writer, &write, writer_functions, sizeof writer_functions / sizeof *writer_functions))
    return false;
  writer = JS_NewObjectClass(ctx, class_writer);
  atoms.record = JS_NewAtom(ctx, "record");
  atoms.key = JS_NewAtom(ctx, "key");
  atoms.value = JS_NewAtom(ctx, "value");
  atoms.headers = JS_NewAtom(ctx, "headers");
  atom_topic = JS_NewAtom(ctx, "topic");
  return !JS_IsException(writer);
}

JSValueConst records_writer(void) { return writer; }

guest_buffer *records_output(void) { return &output; }

/* Takes the values, also when it fails. */
static JSValue new_object(JSContext *ctx, int count, JSAtom *names, JSValue *values) {
  for (int i = 0; i < count; i++) {
    if (!JS_IsException(values[i])) continue;
    for (int k = 0; k < count; k++) JS_FreeValue(ctx, values[k]);
    return JS_EXCEPTION;
  }
  return JS_NewObjectFrom(ctx, count, names, values);
}

static JSValue new_headers(JSContext *ctx, const guest_record *record) {
  JSValue headers = JS_NewArray(ctx);
  for (int32_t i = 0; i < record->header_count && !JS_IsException(headers); i++) {
    JSValue pair[] = {new_data(ctx, record->headers[i].key), new_data(ctx, record->headers[i].value)};
    JSAtom names[] = {atoms.key, atoms.value};
    JSValue header = new_object(ctx, 2, names, pair);
    if (JS_IsException(header) || JS_DefinePropertyValueUint32(ctx, headers, (uint32_t)i, header, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(ctx, headers);
      headers = JS_EXCEPTION;
    }
  }
  return headers;
}

static JSValue new_event(JSContext *ctx, const guest_record *record) {
  JSValue parts[] = {new_data(ctx, record->key), new_data(ctx, record->value), new_headers(ctx, record)};
  JSAtom names[] = {atoms.key, atoms.value, atoms.headers};
  JSValue whole = new_object(ctx, 3, names, parts);
  return new_object(ctx, 1, &atoms.record, &whole);
}

/* ---- Using an event again. Making its objects costs more than all else that is done for a record; most programs keep
 * nothing of them. */

static JSValue idle = JS_UNDEFINED; /* an event that is as it was made, or undefined */

/* Whether the RecordData or null at `slot` can be used again. */
static bool is_idle_data(JSContext *ctx, JSValueConst value) {
  if (JS_IsNull(value)) return true;
  if (!engine_is_as_made(ctx, value, class_data, NULL, 0)) return false;
  const view *v = JS_GetOpaque(value, class_data);
  return v && !v->copied;
}

/* Whether the whole event can be used again: everything of it is as it was made, and held by nothing else. */
static bool is_idle(JSContext *ctx, JSValueConst event, uint32_t header_count) {
  JSAtom names[] = {atoms.key, atoms.value, atoms.headers};
  if (!engine_is_as_made(ctx, event, ENGINE_PLAIN, &atoms.record, 1)) return false;
  JSValueConst record = *engine_slot(event, 0);
  if (!engine_is_as_made(ctx, record, ENGINE_PLAIN, names, 3)) return false;
  if (!is_idle_data(ctx, *engine_slot(record, 0)) || !is_idle_data(ctx, *engine_slot(record, 1))) return false;
  JSValue *items;
  if (!engine_items(ctx, *engine_slot(record, 2), header_count, &items)) return false;
  for (uint32_t i = 0; i < header_count; i++) {
    if (!engine_is_as_made(ctx, items[i], ENGINE_PLAIN, names, 2)) return false;
    if (!is_idle_data(ctx, *engine_slot(items[i], 0)) || !is_idle_data(ctx, *engine_slot(items[i], 1))) return false;
  }
  return true;
}

/* Makes the value at `slot` stand for `bytes`. */
static bool show(JSContext *ctx, JSValue *slot, guest_bytes bytes) {
  view *v = bytes.size < 0 || JS_IsNull(*slot) ? NULL : JS_GetOpaque(*slot, class_data);
  if (v) {
    v->data = bytes.data;
    v->size = (uint32_t)bytes.size;
    return true;
  }
  JSValue fresh = new_data(ctx, bytes);
  if (JS_IsException(fresh)) return false;
  JS_FreeValue(ctx, *slot);
  *slot = fresh;
  return true;
}

JSValue records_event(JSContext *ctx, const guest_record *record) {
  JSValue event = idle;
  idle = JS_UNDEFINED;
  if (!JS_IsObject(event)) return new_event(ctx, record);
  JSValueConst whole = *engine_slot(event, 0);
  bool good = show(ctx, engine_slot(whole, 0), record->key) && show(ctx, engine_slot(whole, 1), record->value);
  JSValue *headers = engine_slot(whole, 2);
  JSValue *items;
  if (!engine_items(ctx, *headers, (uint32_t)record->header_count, &items)) {
    JSValue fresh = new_headers(ctx, record);
    if (JS_IsException(fresh)) {
      good = false;
    } else {
      JS_FreeValue(ctx, *headers);
      *headers = fresh;
    }
  } else {
    for (int32_t i = 0; good && i < record->header_count; i++) {
      good = show(ctx, engine_slot(items[i], 0), record->headers[i].key) &&
             show(ctx, engine_slot(items[i], 1), record->headers[i].value);
    }
  }
  if (good) return event;
  JS_FreeValue(ctx, event);
  return JS_EXCEPTION;
}

bool records_release(JSContext *ctx, JSValue event, const guest_record *record) {
  if (is_idle(ctx, event, (uint32_t)record->header_count)) {
    idle = event;
    return true; /* nobody holds anything of it, so there is no view but its own */
  }
  JS_FreeValue(ctx, event);
  while (views.next != &views) {
    view *v = views.next;
    uint8_t *copy = malloc(v->size + 1); /* the one byte is for data_json */
    if (!copy) return false;
    memcpy(copy, v->data, v->size);
    unlink_view(v);
    v->data = copy;
    v->copied = true;
  }
  return true;
}
