/* records.c: the module redpanda_transform: records, the event and writer of the callback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "py/gc.h"
#include "py/objstr.h"
#include "py/runtime.h"
#include "runtime.h"

/* A record. One that came from the broker keeps its encoded form and decodes what is asked for, when it is: a transform that
 * passes records on never makes more than this object. `key`, `value` and `headers` are MP_OBJ_NULL until then. */
typedef struct record_obj {
  mp_obj_base_t base;
  mp_obj_t key, value, headers;
  int64_t timestamp_ms, offset;
  uint32_t payload_size;
  bool made;    /* by the program */
  bool changed; /* or may be: the headers are a list that the program holds */
  uint8_t payload[];
} record_obj;

typedef struct event_obj {
  mp_obj_base_t base;
  mp_obj_t record;
} event_obj;

static const mp_obj_type_t record_type, event_type, writer_type;
static const mp_obj_base_t the_writer = {&writer_type};

static mp_obj_t new_bytes(guest_bytes bytes) {
  return bytes.size < 0 ? mp_const_none : mp_obj_new_bytes(bytes.data, (size_t)bytes.size);
}

static mp_obj_t decode_headers(const uint8_t *at, const uint8_t *end) {
  int64_t count = 0;
  guest_read_varint(&at, end, &count);
  mp_obj_t headers = mp_obj_new_list(0, NULL);
  for (int64_t i = 0; i < count; i++) {
    guest_bytes key, value;
    guest_read_sized(&at, end, &key);
    guest_read_sized(&at, end, &value);
    mp_obj_t pair[2] = {new_bytes(key), mp_const_none};
    pair[1] = new_bytes(value);
    mp_obj_list_append(headers, mp_obj_new_tuple(2, pair));
  }
  return headers;
}

/* The field in `self`, decoded. guest_run has checked that the payload can be read. */
static mp_obj_t decoded(record_obj *self, mp_obj_t *field) {
  if (*field != MP_OBJ_NULL) return *field;
  guest_bytes key, value;
  const uint8_t *at = self->payload, *end = at + self->payload_size;
  guest_read_sized(&at, end, &key);
  if (field == &self->key) return *field = new_bytes(key);
  guest_read_sized(&at, end, &value);
  if (field == &self->value) return *field = new_bytes(value);
  self->changed = true;
  return *field = decode_headers(at, end);
}

static mp_obj_t number(const record_obj *self, int64_t value) {
  return self->made ? mp_const_none : mp_obj_new_int_from_ll(value);
}

static void record_attr(mp_obj_t self_in, qstr name, mp_obj_t *dest) {
  record_obj *self = MP_OBJ_TO_PTR(self_in);
  mp_obj_t *field = NULL;
  bool reads = dest[0] == MP_OBJ_NULL;
  switch (name) {
    case MP_QSTR_key: field = &self->key; break;
    case MP_QSTR_value: field = &self->value; break;
    case MP_QSTR_headers: field = &self->headers; break;
    case MP_QSTR_timestamp:
      if (reads) dest[0] = number(self, self->timestamp_ms);
      return;
    case MP_QSTR_offset:
      if (reads) dest[0] = number(self, self->offset);
      return;
    default:
      if (reads) dest[1] = MP_OBJ_SENTINEL; /* look among the methods */
      return;
  }
  if (reads) {
    dest[0] = decoded(self, field);
  } else if (dest[1] != MP_OBJ_NULL) {
    decoded(self, field);
    *field = dest[1];
    self->changed = true;
    dest[0] = MP_OBJ_NULL;
  }
}

static mp_obj_t record_make(const mp_obj_type_t *type, size_t n, size_t named, const mp_obj_t *args) {
  static const mp_arg_t allowed[] = {
      {MP_QSTR_key, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
      {MP_QSTR_value, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
      {MP_QSTR_headers, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
  };
  mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
  mp_arg_parse_all_kw_array(n, named, args, MP_ARRAY_SIZE(allowed), allowed, values);
  record_obj *self = mp_obj_malloc(record_obj, type);
  self->key = values[0].u_obj;
  self->value = values[1].u_obj;
  self->headers = values[2].u_obj;
  self->made = self->changed = true;
  if (self->headers == mp_const_none) self->headers = mp_obj_new_list(0, NULL);
  return MP_OBJ_FROM_PTR(self);
}

static void record_print(const mp_print_t *print, mp_obj_t self_in, mp_print_kind_t kind) {
  record_obj *self = MP_OBJ_TO_PTR(self_in);
  mp_print_str(print, "Record(key=");
  mp_obj_print_helper(print, decoded(self, &self->key), PRINT_REPR);
  mp_print_str(print, ", value=");
  mp_obj_print_helper(print, decoded(self, &self->value), PRINT_REPR);
  mp_print_str(print, ", headers=");
  mp_obj_print_helper(print, decoded(self, &self->headers), PRINT_REPR);
  mp_print_str(print, ")");
}

static bool bytes_of(mp_obj_t value, mp_buffer_info_t *bytes) {
  return value != MP_OBJ_NULL && mp_get_buffer(value, bytes, MP_BUFFER_READ);
}

static mp_obj_t record_text(mp_obj_t self_in) {
  record_obj *self = MP_OBJ_TO_PTR(self_in);
  mp_obj_t value = decoded(self, &self->value);
  mp_buffer_info_t bytes;
  if (value == mp_const_none || mp_obj_is_str(value)) return value;
  mp_get_buffer_raise(value, &bytes, MP_BUFFER_READ);
  if (!guest_is_utf8(bytes.buf, bytes.len)) {
    mp_raise_msg(&mp_type_UnicodeError, MP_ERROR_TEXT("the record's value is not UTF-8"));
  }
  return mp_obj_new_str(bytes.buf, bytes.len);
}
static MP_DEFINE_CONST_FUN_OBJ_1(record_text_obj, record_text);

static mp_obj_t record_json(mp_obj_t self_in) {
  record_obj *self = MP_OBJ_TO_PTR(self_in);
  mp_obj_t value = decoded(self, &self->value);
  return value == mp_const_none ? value : json_from_bytes(value);
}
static MP_DEFINE_CONST_FUN_OBJ_1(record_json_obj, record_json);

/* header(name, default=None): the value of the last header of that name. */
static mp_obj_t record_header(size_t n, const mp_obj_t *args) {
  record_obj *self = MP_OBJ_TO_PTR(args[0]);
  mp_buffer_info_t wanted, key;
  mp_get_buffer_raise(args[1], &wanted, MP_BUFFER_READ);
  size_t count;
  mp_obj_t *headers, *pair;
  mp_obj_get_array(decoded(self, &self->headers), &count, &headers);
  while (count > 0) {
    mp_obj_get_array_fixed_n(headers[--count], 2, &pair);
    if (bytes_of(pair[0], &key) && key.len == wanted.len && memcmp(key.buf, wanted.buf, key.len) == 0) return pair[1];
  }
  return n > 2 ? args[2] : mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(record_header_obj, 2, 3, record_header);

static const mp_rom_map_elem_t record_locals[] = {
    {MP_ROM_QSTR(MP_QSTR_text), MP_ROM_PTR(&record_text_obj)},
    {MP_ROM_QSTR(MP_QSTR_json), MP_ROM_PTR(&record_json_obj)},
    {MP_ROM_QSTR(MP_QSTR_header), MP_ROM_PTR(&record_header_obj)},
};
static MP_DEFINE_CONST_DICT(record_locals_dict, record_locals);
static MP_DEFINE_CONST_OBJ_TYPE(record_type, MP_QSTR_Record, MP_TYPE_FLAG_NONE, make_new, record_make, print,
                                record_print, attr, record_attr, locals_dict, &record_locals_dict);

static void event_attr(mp_obj_t self, qstr name, mp_obj_t *dest) {
  if (dest[0] == MP_OBJ_NULL && name == MP_QSTR_record) dest[0] = ((event_obj *)MP_OBJ_TO_PTR(self))->record;
}
static MP_DEFINE_CONST_OBJ_TYPE(event_type, MP_QSTR_Event, MP_TYPE_FLAG_NONE, attr, event_attr);

/* Writing. A record is encoded into memory of Python's heap: the broker copies it at once, and a buffer that were kept for the
 * largest one would be missed elsewhere. */

enum { SIZE_MAX_BYTES = 10 }; /* of a varint */

static guest_bytes writable(mp_obj_t value, const char *what) {
  mp_buffer_info_t bytes;
  if (value == mp_const_none) return (guest_bytes){NULL, -1};
  if (!bytes_of(value, &bytes)) {
    mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("a record's %s is bytes, str or None, not %s"), what,
                      mp_obj_get_type_str(value));
  }
  return (guest_bytes){bytes.buf, (int32_t)bytes.len};
}

static size_t room(guest_bytes bytes) { return SIZE_MAX_BYTES + (bytes.size > 0 ? (size_t)bytes.size : 0); }

/* Every part is looked at twice: for the room it takes, then to be written. */
static guest_buffer encode(mp_obj_t key, mp_obj_t value, mp_obj_t headers) {
  size_t count = 0;
  mp_obj_t *items = NULL, *pair;
  if (headers != mp_const_none) mp_obj_get_array(headers, &count, &items);
  size_t size = room(writable(key, "key")) + room(writable(value, "value")) + SIZE_MAX_BYTES;
  for (size_t i = 0; i < count; i++) {
    mp_obj_get_array_fixed_n(items[i], 2, &pair);
    size += room(writable(pair[0], "header key")) + room(writable(pair[1], "header value"));
  }
  guest_buffer encoded = {.data = m_new(uint8_t, size), .capacity = size};
  guest_append_sized(&encoded, writable(key, "key"));
  guest_append_sized(&encoded, writable(value, "value"));
  guest_append_varint(&encoded, (int64_t)count);
  for (size_t i = 0; i < count; i++) {
    mp_obj_get_array_fixed_n(items[i], 2, &pair);
    guest_append_sized(&encoded, writable(pair[0], "header key"));
    guest_append_sized(&encoded, writable(pair[1], "header value"));
  }
  return encoded;
}

static _Noreturn void refused(int32_t code, mp_obj_t to) {
  if (code == -3 && to != mp_const_none) {
    mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%s is not an output topic of this transform"),
                      mp_obj_str_get_str(to));
  }
  if (code == -100) mp_raise_type(&mp_type_MemoryError);
  mp_raise_msg_varg(&mp_type_ValueError, MP_ERROR_TEXT("%s"), guest_write_error(code));
}

/* Writes `record` (NULL: none) with other parts where some are given (not MP_OBJ_NULL) to the topic `to`. */
static mp_obj_t write_parts(record_obj *self, mp_obj_t key, mp_obj_t value, mp_obj_t headers, mp_obj_t to) {
  size_t topic_size = 0;
  const char *topic = to == mp_const_none ? NULL : mp_obj_str_get_data(to, &topic_size);
  bool as_it_came = self && !self->changed && key == MP_OBJ_NULL && value == MP_OBJ_NULL && headers == MP_OBJ_NULL;
  guest_buffer record;
  if (as_it_came) {
    record = (guest_buffer){.data = self->payload, .size = self->payload_size};
  } else {
    if (key == MP_OBJ_NULL) key = self ? decoded(self, &self->key) : mp_const_none;
    if (value == MP_OBJ_NULL) value = self ? decoded(self, &self->value) : mp_const_none;
    if (headers == MP_OBJ_NULL) headers = self ? decoded(self, &self->headers) : mp_const_none;
    record = encode(key, value, headers);
  }
  int32_t code = guest_write(&record, topic, topic_size);
  if (!as_it_came) m_del(uint8_t, record.data, record.capacity);
  if (code < 0) refused(code, to);
  return mp_const_none;
}

static record_obj *record_of(mp_obj_t value) {
  if (value == mp_const_none) return NULL;
  if (mp_obj_is_type(value, &record_type)) return MP_OBJ_TO_PTR(value);
  mp_raise_msg_varg(&mp_type_TypeError, MP_ERROR_TEXT("write takes a Record, not %s"), mp_obj_get_type_str(value));
}

/* write(record=None, *, key=, value=, headers=, to=None); args[0] is the writer. */
static mp_obj_t write_call(mp_obj_t self, size_t n, size_t named, const mp_obj_t *args) {
  if (n == 2 && named == 0) return write_parts(record_of(args[1]), MP_OBJ_NULL, MP_OBJ_NULL, MP_OBJ_NULL, mp_const_none);
  enum { RECORD, KEY, VALUE, HEADERS, TO };
  static const mp_arg_t allowed[] = {
      {MP_QSTR_record, MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
      {MP_QSTR_key, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
      {MP_QSTR_value, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
      {MP_QSTR_headers, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_obj = MP_OBJ_NULL}},
      {MP_QSTR_to, MP_ARG_KW_ONLY | MP_ARG_OBJ, {.u_rom_obj = MP_ROM_NONE}},
  };
  mp_arg_val_t values[MP_ARRAY_SIZE(allowed)];
  mp_arg_parse_all_kw_array(n - 1, named, args + 1, MP_ARRAY_SIZE(allowed), allowed, values);
  return write_parts(record_of(values[RECORD].u_obj), values[KEY].u_obj, values[VALUE].u_obj, values[HEADERS].u_obj,
                     values[TO].u_obj);
}

/* A function with a type of its own, and found without a dictionary: every record passes here. */
static MP_DEFINE_CONST_OBJ_TYPE(write_type, MP_QSTR_function, MP_TYPE_FLAG_BINDS_SELF | MP_TYPE_FLAG_BUILTIN_FUN, call,
                                write_call);
static const mp_obj_base_t the_write = {&write_type};

static void writer_attr(mp_obj_t self, qstr name, mp_obj_t *dest) {
  if (dest[0] != MP_OBJ_NULL || name != MP_QSTR_write) return;
  dest[0] = MP_OBJ_FROM_PTR(&the_write);
  dest[1] = self;
}
static MP_DEFINE_CONST_OBJ_TYPE(writer_type, MP_QSTR_Writer, MP_TYPE_FLAG_NONE, attr, writer_attr);

/* The module. */

MP_REGISTER_ROOT_POINTER(mp_obj_t records_callback);

static mp_obj_t on_record_written(mp_obj_t callback) {
  if (!mp_obj_is_callable(callback)) {
    mp_raise_TypeError(MP_ERROR_TEXT("on_record_written takes a function of two arguments: event and writer"));
  }
  MP_STATE_VM(records_callback) = callback;
  return callback;
}
static MP_DEFINE_CONST_FUN_OBJ_1(on_record_written_obj, on_record_written);

static MP_DEFINE_CONST_FUN_OBJ_1(to_json_obj, json_to_bytes);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR_redpanda_transform)},
    {MP_ROM_QSTR(MP_QSTR_on_record_written), MP_ROM_PTR(&on_record_written_obj)},
    {MP_ROM_QSTR(MP_QSTR_to_json), MP_ROM_PTR(&to_json_obj)},
    {MP_ROM_QSTR(MP_QSTR_Record), MP_ROM_PTR(&record_type)},
    {MP_ROM_QSTR(MP_QSTR_Event), MP_ROM_PTR(&event_type)},
    {MP_ROM_QSTR(MP_QSTR_Writer), MP_ROM_PTR(&writer_type)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);
const mp_obj_module_t records_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR_redpanda_transform, records_module);

bool records_has_callback(void) { return MP_STATE_VM(records_callback) != MP_OBJ_NULL; }

static record_obj *record_from(const guest_record *record) {
  size_t size = (size_t)record->payload.size;
  bool large = memory_is_large(size);
  record_obj *self = heap_alloc(sizeof *self + (large ? 0 : size));
  *self = (record_obj){
      .base.type = &record_type, .timestamp_ms = record->timestamp_ms, .offset = record->offset, .changed = large};
  if (large) {
    self->key = new_bytes(record->key);
    self->value = new_bytes(record->value);
    self->headers = decode_headers(record->headers_payload.data, record->payload.data + size);
  } else {
    memcpy(self->payload, record->payload.data, size);
    self->payload_size = size;
  }
  return self;
}

void records_call(const guest_record *record) {
  record_obj *made = record_from(record);
  event_obj *event = heap_alloc(sizeof *event);
  *event = (event_obj){{&event_type}, MP_OBJ_FROM_PTR(made)};
  mp_call_function_2(MP_STATE_VM(records_callback), MP_OBJ_FROM_PTR(event), MP_OBJ_FROM_PTR(&the_writer));
}
