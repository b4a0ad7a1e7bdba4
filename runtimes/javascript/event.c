/* event.c: the event that a callback gets: { record: { key, value, headers: [{ key, value }] } }.
 *
 * Making its objects costs more than all else that is done for a record, and most programs keep nothing of them: an event
 * that is still as it was made, and held by nobody, stands for the next record, too. A record that is as it was made is also
 * written as it came. To see that at little cost objects are looked into, so this is part of engine.c's unit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */

static struct {
  JSAtom record, key, value, headers;
} atoms;
/* What objects have while their properties are as they were made: shapes are shared, and one that is held here too never
 * changes in place. */
static struct {
  JSShape *event, *record, *header, *data;
} shapes;
static JSValue idle = JS_UNDEFINED;         /* an event to be used again, or undefined */
static const guest_record *current;         /* the record whose callback runs, or NULL */
static const JSObject *current_object;      /* what the callback has of it */

/* Takes the values, also when it fails. */
static JSValue new_object(JSContext *ctx, int count, JSAtom *names, JSValue *values) {
  for (int i = 0; i < count; i++) {
    if (!JS_IsException(values[i])) continue;
    for (int k = 0; k < count; k++) JS_FreeValue(ctx, values[k]);
    return JS_EXCEPTION;
  }
  return JS_NewObjectFrom(ctx, count, names, values);
}

static JSValue new_header(JSContext *ctx, const guest_header *header) {
  JSValue pair[] = {data_new(ctx, header->key), data_new(ctx, header->value)};
  JSAtom names[] = {atoms.key, atoms.value};
  return new_object(ctx, 2, names, pair);
}

static JSValue new_headers(JSContext *ctx, const guest_record *record) {
  JSValue headers = JS_NewArray(ctx);
  for (int32_t i = 0; i < record->header_count && !JS_IsException(headers); i++) {
    JSValue header = new_header(ctx, &record->headers[i]);
    if (JS_IsException(header) || JS_DefinePropertyValueUint32(ctx, headers, (uint32_t)i, header, JS_PROP_C_W_E) < 0) {
      JS_FreeValue(ctx, headers);
      headers = JS_EXCEPTION;
    }
  }
  return headers;
}

static JSValue new_event(JSContext *ctx, const guest_record *record) {
  JSValue parts[] = {data_new(ctx, record->key), data_new(ctx, record->value), new_headers(ctx, record)};
  JSAtom names[] = {atoms.key, atoms.value, atoms.headers};
  JSValue whole = new_object(ctx, 3, names, parts);
  return new_object(ctx, 1, &atoms.record, &whole);
}

bool event_create(JSContext *ctx) {
  static const guest_header header = {{(const uint8_t *)"", 0}, {(const uint8_t *)"", 0}};
  static const guest_record record = {{NULL, -1}, {NULL, -1}, &header, 1, {NULL, 0}, {NULL, 0}, 0, 0};
  atoms.record = JS_NewAtom(ctx, "record");
  atoms.key = JS_NewAtom(ctx, "key");
  atoms.value = JS_NewAtom(ctx, "value");
  atoms.headers = JS_NewAtom(ctx, "headers");
  JSValue event = new_event(ctx, &record), part = new_header(ctx, &header), data = data_new(ctx, header.key);
  if (JS_IsException(event) || JS_IsException(part) || JS_IsException(data)) return false;
  const JSObject *object = JS_VALUE_GET_OBJ(event);
  shapes.event = js_dup_shape(object->shape);
  shapes.record = js_dup_shape(JS_VALUE_GET_OBJ(object->prop[0].u.value)->shape);
  shapes.header = js_dup_shape(JS_VALUE_GET_OBJ(part)->shape);
  shapes.data = js_dup_shape(JS_VALUE_GET_OBJ(data)->shape);
  JS_FreeValue(ctx, event);
  JS_FreeValue(ctx, part);
  JS_FreeValue(ctx, data);
  return true;
}

/* Whether `object` is as it was made; with `alone`, also that one reference to it is all there is. */
static inline bool is_as_made(const JSObject *object, const JSShape *shape, JSClassID class_id, bool alone) {
  if (object->shape != shape || object->class_id != class_id || !object->extensible) return false;
  return !alone || (JS_REF_COUNT(object) == 1 && !object->first_weak_ref);
}

/* Whether `value` stands for `bytes`; with `alone`, whether it can be made to. */
static inline bool is_data(JSValueConst value, guest_bytes bytes, bool alone) {
  if (!JS_IsObject(value)) return JS_IsNull(value) && (alone || bytes.size < 0);
  const JSObject *object = JS_VALUE_GET_OBJ(value);
  if (!is_as_made(object, shapes.data, data_class, alone)) return false;
  const data_view *v = object->u.opaque;
  return !v->copied && (alone || (v->data == bytes.data && bytes.size == (int32_t)v->size));
}

static bool are_headers(JSContext *ctx, JSValueConst value, const guest_record *record, bool alone) {
  if (!JS_IsObject(value)) return false;
  const JSObject *array = JS_VALUE_GET_OBJ(value);
  if (!is_as_made(array, ctx->array_shape, JS_CLASS_ARRAY, alone) || !array->fast_array) return false;
  if (array->u.array.count != (uint32_t)record->header_count) return false;
  for (int32_t i = 0; i < record->header_count; i++) {
    JSValueConst item = array->u.array.u.values[i];
    if (!JS_IsObject(item)) return false;
    const JSObject *header = JS_VALUE_GET_OBJ(item);
    if (!is_as_made(header, shapes.header, JS_CLASS_OBJECT, alone)) return false;
    if (!is_data(header->prop[0].u.value, record->headers[i].key, alone)) return false;
    if (!is_data(header->prop[1].u.value, record->headers[i].value, alone)) return false;
  }
  return true;
}

/* Whether `object` is the record's own and has all of it. */
static bool is_record(JSContext *ctx, const JSObject *object, const guest_record *record, bool alone) {
  return is_as_made(object, shapes.record, JS_CLASS_OBJECT, alone) &&
         is_data(object->prop[0].u.value, record->key, alone) && is_data(object->prop[1].u.value, record->value, alone) &&
         are_headers(ctx, object->prop[2].u.value, record, alone);
}

guest_buffer event_untouched(JSContext *ctx, JSValueConst object) {
  guest_buffer none = {0};
  if (!current || JS_VALUE_GET_OBJ(object) != current_object || !is_record(ctx, current_object, current, false)) return none;
  return (guest_buffer){(uint8_t *)current->payload.data, (size_t)current->payload.size, 0, false};
}

guest_bytes event_untouched_headers(JSContext *ctx, JSValueConst headers) {
  if (!current || !are_headers(ctx, headers, current, false)) return (guest_bytes){NULL, -1};
  return current->headers_payload;
}

/* Makes the value at `slot` stand for `bytes`. */
static inline bool show(JSContext *ctx, JSValue *slot, guest_bytes bytes) {
  if (bytes.size >= 0 && JS_IsObject(*slot)) {
    data_view *v = JS_VALUE_GET_OBJ(*slot)->u.opaque;
    v->data = bytes.data;
    v->size = (uint32_t)bytes.size;
    return true;
  }
  if (bytes.size < 0 && JS_IsNull(*slot)) return true;
  JSValue fresh = data_new(ctx, bytes);
  if (JS_IsException(fresh)) return false;
  JS_FreeValue(ctx, *slot);
  *slot = fresh;
  return true;
}

static bool show_headers(JSContext *ctx, JSValue *slot, const guest_record *record) {
  const JSObject *array = JS_VALUE_GET_OBJ(*slot);
  if (array->u.array.count != (uint32_t)record->header_count) {
    JSValue fresh = new_headers(ctx, record);
    if (JS_IsException(fresh)) return false;
    JS_FreeValue(ctx, *slot);
    *slot = fresh;
    return true;
  }
  for (int32_t i = 0; i < record->header_count; i++) {
    JSProperty *header = JS_VALUE_GET_OBJ(array->u.array.u.values[i])->prop;
    if (!show(ctx, &header[0].u.value, record->headers[i].key)) return false;
    if (!show(ctx, &header[1].u.value, record->headers[i].value)) return false;
  }
  return true;
}

JSValue event_of(JSContext *ctx, const guest_record *record) {
  JSValue event = idle;
  idle = JS_UNDEFINED;
  if (!JS_IsObject(event)) {
    event = new_event(ctx, record);
    if (JS_IsException(event)) return event;
  }
  JSValueConst whole = JS_VALUE_GET_OBJ(event)->prop[0].u.value;
  JSProperty *part = JS_VALUE_GET_OBJ(whole)->prop;
  if (!show(ctx, &part[0].u.value, record->key) || !show(ctx, &part[1].u.value, record->value) ||
      !show_headers(ctx, &part[2].u.value, record)) {
    JS_FreeValue(ctx, event);
    return JS_EXCEPTION;
  }
  current = record;
  current_object = JS_VALUE_GET_OBJ(whole);
  return event;
}

bool event_release(JSContext *ctx, JSValue event, const guest_record *record) {
  const JSObject *object = JS_VALUE_GET_OBJ(event);
  current = NULL;
  if (is_as_made(object, shapes.event, JS_CLASS_OBJECT, true)) {
    JSValueConst whole = object->prop[0].u.value;
    if (JS_IsObject(whole) && is_record(ctx, JS_VALUE_GET_OBJ(whole), record, true)) {
      idle = event;
      return true; /* nobody holds anything of it, so there is no view but its own */
    }
  }
  JS_FreeValue(ctx, event);
  return data_keep();
}
