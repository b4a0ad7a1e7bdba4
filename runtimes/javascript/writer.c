/* The writer: records that a program hands out, put together as the broker reads them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "runtime.h"

static JSClassID class_writer;
static JSValue writer;
static guest_buffer output;
static JSAtom atom_topic, atom_key, atom_value, atom_headers;

bool writer_append(JSContext *ctx, guest_buffer *buffer, JSValueConst value, const char *what) {
  size_t size;
  guest_bytes bytes = {NULL, -1};
  if (engine_ascii(value, &bytes)) {
    guest_append_sized(buffer, bytes);
  } else if (JS_IsString(value)) {
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
    const data_view *v = JS_GetOpaque(value, data_class);
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
  bool done = !JS_IsException(value) && writer_append(ctx, &output, value, what);
  JS_FreeValue(ctx, value);
  return done;
}

static bool append_headers(JSContext *ctx, JSValueConst record) {
  JSValue headers = JS_GetProperty(ctx, record, atom_headers);
  bool done = false;
  int64_t count = 0;
  if (JS_IsException(headers)) return false;
  guest_bytes untouched = event_untouched_headers(ctx, headers);
  if (untouched.size >= 0) {
    guest_append(&output, untouched.data, (size_t)untouched.size);
    done = true;
  } else if (JS_IsUndefined(headers) || JS_IsNull(headers)) {
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
        done = append_property(ctx, header, atom_key, "header key") &&
               append_property(ctx, header, atom_value, "header value");
      }
      JS_FreeValue(ctx, header);
    }
  }
  JS_FreeValue(ctx, headers);
  return done;
}

static bool append_record(JSContext *ctx, JSValueConst record) {
  guest_reset(&output);
  return append_property(ctx, record, atom_key, "key") && append_property(ctx, record, atom_value, "value") &&
         append_headers(ctx, record);
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
      if (!topic) {
        JS_FreeValue(ctx, name);
        return JS_EXCEPTION;
      }
    } else if (!JS_IsUndefined(name) && !JS_IsNull(name)) {
      JS_FreeValue(ctx, name);
      return JS_ThrowTypeError(ctx, "the topic to write to must be a string");
    }
    JS_FreeValue(ctx, name);
  }
  guest_buffer whole = event_untouched(ctx, argv[0]);
  JSValue result = JS_EXCEPTION;
  if (whole.data || append_record(ctx, argv[0])) {
    const guest_buffer *record = whole.data ? &whole : &output;
    int32_t code = record->failed ? -100 : guest_write(record, topic, topic_size);
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

bool writer_create(JSContext *ctx) {
  static const JSClassDef definition = {"RecordWriter"};
  if (!class_create(ctx, &class_writer, &definition, writer_functions, sizeof writer_functions / sizeof *writer_functions))
    return false;
  writer = JS_NewObjectClass(ctx, class_writer);
  atom_topic = JS_NewAtom(ctx, "topic");
  atom_key = JS_NewAtom(ctx, "key");
  atom_value = JS_NewAtom(ctx, "value");
  atom_headers = JS_NewAtom(ctx, "headers");
  return !JS_IsException(writer);
}

JSValueConst writer_object(void) { return writer; }

guest_buffer *writer_output(void) { return &output; }
