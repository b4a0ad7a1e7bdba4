/* The schema registry's host functions for JavaScript.
 *
 * Schemas cross as arrays; builtins/sdk.js makes the SDK's objects of them: [format, text, [name, subject, version], ...].
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "registry.h"
#include "runtime.h"

static JSValue refused(JSContext *ctx, const char *what, int32_t code) {
  const char *why = code == REGISTRY_NOT_ENABLED ? "the cluster's schema registry is not enabled" : "not found, or refused";
  return JS_ThrowInternalError(ctx, "schema registry: %s: %s (%d)", what, why, (int)code);
}

static JSValue unreadable(JSContext *ctx) { return JS_ThrowInternalError(ctx, "schema registry: the answer cannot be read"); }

static bool append_number(JSContext *ctx, JSValueConst list, const uint8_t **at, const uint8_t *end) {
  int64_t number, length;
  if (!guest_read_varint(at, end, &number)) return unreadable(ctx), false;
  return JS_GetLength(ctx, list, &length) == 0 &&
         JS_SetPropertyInt64(ctx, list, length, JS_NewInt64(ctx, number)) >= 0;
}

static bool append_text(JSContext *ctx, JSValueConst list, const uint8_t **at, const uint8_t *end) {
  guest_bytes bytes;
  int64_t length;
  if (!guest_read_sized(at, end, &bytes)) return unreadable(ctx), false;
  JSValue text = JS_NewStringLen(ctx, (const char *)bytes.data, bytes.size < 0 ? 0 : (size_t)bytes.size);
  return !JS_IsException(text) && JS_GetLength(ctx, list, &length) == 0 &&
         JS_SetPropertyInt64(ctx, list, length, text) >= 0;
}

/* Appends a definition to `list`. */
static bool append_definition(JSContext *ctx, JSValueConst list, const uint8_t *at, const uint8_t *end) {
  int64_t count, length;
  if (!append_number(ctx, list, &at, end) || !append_text(ctx, list, &at, end)) return false;
  if (!guest_read_varint(&at, end, &count) || count < 0 || count > end - at) return unreadable(ctx), false;
  for (int64_t i = 0; i < count; i++) {
    JSValue reference = JS_NewArray(ctx);
    if (JS_IsException(reference)) return false;
    bool read = append_text(ctx, reference, &at, end) && append_text(ctx, reference, &at, end) &&
                append_number(ctx, reference, &at, end);
    if (!read || JS_GetLength(ctx, list, &length)) {
      JS_FreeValue(ctx, reference);
      return false;
    }
    if (JS_SetPropertyInt64(ctx, list, length, reference) < 0) return false;
  }
  return true;
}

/* An empty buffer of `size` bytes for an answer. */
static uint8_t *answer(JSContext *ctx, int32_t size) {
  static guest_buffer buffer;
  guest_reset(&buffer);
  if (size >= 0 && guest_reserve(&buffer, (size_t)size)) return buffer.data;
  JS_ThrowOutOfMemory(ctx);
  return NULL;
}

/* schemaById(id): [format, text, ...references] */
static JSValue schema_by_id(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  int32_t id, size, code;
  if (JS_ToInt32(ctx, &id, argv[0])) return JS_EXCEPTION;
  registry_check_version_0();
  if ((code = registry_definition_size(id, &size)) < 0) return refused(ctx, "schema by id", code);
  uint8_t *buffer = answer(ctx, size);
  if (!buffer) return JS_EXCEPTION;
  if ((code = registry_definition(id, buffer, size)) < 0) return refused(ctx, "schema by id", code);
  JSValue list = JS_NewArray(ctx);
  if (JS_IsException(list) || append_definition(ctx, list, buffer, buffer + size)) return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}

/* schemaOfSubject(subject, version): [id, version, format, text, ...references]; version -1 is the latest */
static JSValue schema_of_subject(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  int32_t version, size = 0, code;
  size_t subject_size;
  if (JS_ToInt32(ctx, &version, argv[1])) return JS_EXCEPTION;
  const char *subject = JS_ToCStringLen(ctx, &subject_size, argv[0]);
  if (!subject) return JS_EXCEPTION;
  registry_check_version_0();
  uint8_t *buffer = NULL;
  code = registry_subject_size(subject, subject_size, version, &size);
  if (code >= 0 && (buffer = answer(ctx, size))) code = registry_subject(subject, subject_size, version, buffer, size);
  JS_FreeCString(ctx, subject);
  if (code < 0) return refused(ctx, "schema of a subject", code);
  if (!buffer) return JS_EXCEPTION;
  JSValue list = JS_NewArray(ctx);
  const uint8_t *at = buffer, *end = buffer + size;
  if (JS_IsException(list) || (append_number(ctx, list, &at, end) && append_number(ctx, list, &at, end) &&
                               append_definition(ctx, list, at, end)))
    return list;
  JS_FreeValue(ctx, list);
  return JS_EXCEPTION;
}

/* Appends list[index], a text or a number. */
static bool write_item(JSContext *ctx, guest_buffer *to, JSValueConst list, uint32_t index, bool text) {
  JSValue item = JS_GetPropertyUint32(ctx, list, index);
  int64_t number = 0;
  bool done = text ? writer_append(ctx, to, item, "schema") : JS_ToInt64(ctx, &number, item) == 0;
  JS_FreeValue(ctx, item);
  if (done && !text) guest_append_varint(to, number);
  return done;
}

static bool write_definition(JSContext *ctx, guest_buffer *to, JSValueConst list) {
  int64_t length;
  if (!write_item(ctx, to, list, 0, false) || !write_item(ctx, to, list, 1, true)) return false;
  if (JS_GetLength(ctx, list, &length)) return false;
  guest_append_varint(to, length - 2);
  for (int64_t i = 2; i < length; i++) {
    JSValue reference = JS_GetPropertyInt64(ctx, list, i);
    bool done = write_item(ctx, to, reference, 0, true) && write_item(ctx, to, reference, 1, true) &&
                write_item(ctx, to, reference, 2, false);
    JS_FreeValue(ctx, reference);
    if (!done) return false;
  }
  return true;
}

/* createSchema(subject, [format, text, ...references]): the id */
static JSValue create_schema(JSContext *ctx, JSValueConst self, int argc, JSValueConst *argv) {
  (void)self, (void)argc;
  static guest_buffer definition;
  int32_t id = 0;
  size_t subject_size;
  guest_reset(&definition);
  if (!write_definition(ctx, &definition, argv[1])) return JS_EXCEPTION;
  if (definition.failed) return JS_ThrowOutOfMemory(ctx);
  const char *subject = JS_ToCStringLen(ctx, &subject_size, argv[0]);
  if (!subject) return JS_EXCEPTION;
  registry_check_version_0();
  int32_t code = registry_create(subject, subject_size, definition.data, definition.size, &id);
  JS_FreeCString(ctx, subject);
  return code < 0 ? refused(ctx, "creating a schema", code) : JS_NewInt32(ctx, id);
}

const JSCFunctionListEntry registry_functions[] = {
    JS_CFUNC_DEF("schemaById", 1, schema_by_id),
    JS_CFUNC_DEF("schemaOfSubject", 2, schema_of_subject),
    JS_CFUNC_DEF("createSchema", 2, create_schema),
};
const int registry_function_count = sizeof registry_functions / sizeof *registry_functions;
