/* records.c: Redpanda::Record, Event and Writer, and the callback.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/array.h>
#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/hash.h>
#include <mruby/proc.h>
#include <mruby/string.h>
#include <mruby/variable.h>
#include <string.h>

/* A record is an object of three values, which mruby keeps inside the object itself. One that came from the broker keeps its
 * encoded form and decodes what is asked for, when it is: a transform that passes records on makes an object and a copy. */
enum {
  SOURCE, /* a String: timestamp and offset (8 bytes each), then the payload; nil for a record that the program made */
  PARTS,  /* an Array of KEY, VALUE and HEADERS, each undef until it is decoded; nil as long as all are */
  CHANGED, /* true when the payload may not be what the parts say */
  SLOTS,
};
enum { KEY, VALUE, HEADERS, PART_COUNT };
enum { PREFIX = 16, LARGE_PAYLOAD = 8 * 1024 };

_Static_assert(SLOTS <= MRB_ARY_EMBED_LEN_MAX, "in the object itself");

static struct RClass *record_class, *event_class;
static mrb_value the_writer, callback;
static mrb_sym keywords[4]; /* key, value, headers, to */

guest_buffer records_output;

static mrb_value *slots(mrb_value self) { return ((struct RArray *)mrb_ptr(self))->as.ary; }

/* A new object with `count` nil values inside. */
static mrb_value new_object(mrb_state *mrb, struct RClass *of, int count) {
  struct RArray *made = (struct RArray *)mrb_obj_alloc(mrb, MRB_TT_STRUCT, of);
  ARY_SET_EMBED_LEN(made, count);
  for (int i = 0; i < count; i++) made->as.ary[i] = mrb_nil_value();
  return mrb_obj_value(made);
}

static void set(mrb_state *mrb, mrb_value self, int slot, mrb_value value) {
  slots(self)[slot] = value;
  mrb_write_barrier(mrb, mrb_basic_ptr(self));
}

static mrb_value new_string(mrb_state *mrb, guest_bytes bytes) {
  return bytes.size < 0 ? mrb_nil_value() : mrb_str_new(mrb, (const char *)bytes.data, bytes.size);
}

static mrb_value decode_headers(mrb_state *mrb, const uint8_t *at, const uint8_t *end) {
  int64_t count = 0;
  guest_read_varint(&at, end, &count);
  mrb_value headers = mrb_ary_new_capa(mrb, (mrb_int)count);
  int arena = mrb_gc_arena_save(mrb);
  for (int64_t i = 0; i < count; i++) {
    guest_bytes key, value;
    guest_read_sized(&at, end, &key);
    guest_read_sized(&at, end, &value);
    mrb_value name = new_string(mrb, key);
    mrb_ary_push(mrb, headers, mrb_assoc_new(mrb, name, new_string(mrb, value)));
    mrb_gc_arena_restore(mrb, arena);
  }
  return headers;
}

static mrb_value *parts(mrb_state *mrb, mrb_value self) {
  if (mrb_nil_p(slots(self)[PARTS])) {
    mrb_value undecoded[PART_COUNT] = {mrb_undef_value(), mrb_undef_value(), mrb_undef_value()};
    set(mrb, self, PARTS, mrb_ary_new_from_values(mrb, PART_COUNT, undecoded));
  }
  return RARRAY_PTR(slots(self)[PARTS]);
}

/* A part of `self`, decoded. guest_run has checked that the payload can be read. */
static mrb_value part(mrb_state *mrb, mrb_value self, int which) {
  mrb_value *known = parts(mrb, self);
  if (!mrb_undef_p(known[which])) return known[which];
  mrb_value source = slots(self)[SOURCE];
  const uint8_t *at = (const uint8_t *)RSTRING_PTR(source) + PREFIX, *end = (const uint8_t *)RSTRING_END(source);
  guest_bytes key, value;
  guest_read_sized(&at, end, &key);
  mrb_value decoded;
  if (which == KEY) {
    decoded = new_string(mrb, key);
  } else {
    guest_read_sized(&at, end, &value);
    if (which == VALUE) {
      decoded = new_string(mrb, value);
    } else {
      decoded = decode_headers(mrb, at, end);
      slots(self)[CHANGED] = mrb_true_value(); /* it may be, from now on: the program holds the list */
    }
  }
  mrb_ary_set(mrb, slots(self)[PARTS], which, decoded);
  return decoded;
}

static mrb_value set_part(mrb_state *mrb, mrb_value self, int which) {
  mrb_value value = mrb_get_arg1(mrb);
  mrb_check_frozen_value(mrb, self);
  part(mrb, self, which);
  mrb_ary_set(mrb, slots(self)[PARTS], which, value);
  slots(self)[CHANGED] = mrb_true_value();
  return value;
}

static mrb_value record_key(mrb_state *mrb, mrb_value self) { return part(mrb, self, KEY); }
static mrb_value record_value(mrb_state *mrb, mrb_value self) { return part(mrb, self, VALUE); }
static mrb_value record_headers(mrb_state *mrb, mrb_value self) { return part(mrb, self, HEADERS); }
static mrb_value record_set_key(mrb_state *mrb, mrb_value self) { return set_part(mrb, self, KEY); }
static mrb_value record_set_value(mrb_state *mrb, mrb_value self) { return set_part(mrb, self, VALUE); }
static mrb_value record_set_headers(mrb_state *mrb, mrb_value self) { return set_part(mrb, self, HEADERS); }

static mrb_value number(mrb_state *mrb, mrb_value self, int offset) {
  if (mrb_nil_p(slots(self)[SOURCE])) return mrb_nil_value();
  int64_t value;
  memcpy(&value, RSTRING_PTR(slots(self)[SOURCE]) + offset, sizeof value);
  return mrb_int_value(mrb, value);
}
static mrb_value record_timestamp(mrb_state *mrb, mrb_value self) { return number(mrb, self, 0); }
static mrb_value record_offset(mrb_state *mrb, mrb_value self) { return number(mrb, self, 8); }

/* The values of key:, value:, headers: and to:, undef where not given. */
static void take_keywords(mrb_state *mrb, const char *format, mrb_value *record, mrb_value *values, int count) {
  mrb_kwargs wanted = {count, 0, keywords, values, NULL};
  if (record) {
    mrb_get_args(mrb, format, record, &wanted);
  } else {
    mrb_get_args(mrb, format, &wanted);
  }
}

static mrb_value record_new(mrb_state *mrb, mrb_value self) {
  mrb_value given[PART_COUNT];
  take_keywords(mrb, ":", NULL, given, PART_COUNT);
  for (int i = 0; i < PART_COUNT; i++) {
    if (mrb_undef_p(given[i])) given[i] = mrb_nil_value();
  }
  if (mrb_nil_p(given[HEADERS])) given[HEADERS] = mrb_ary_new(mrb);
  mrb_value made = new_object(mrb, mrb_class_ptr(self), SLOTS);
  set(mrb, made, PARTS, mrb_ary_new_from_values(mrb, PART_COUNT, given));
  slots(made)[CHANGED] = mrb_true_value();
  return made;
}

static mrb_value record_copy(mrb_state *mrb, mrb_value self) {
  mrb_value from = mrb_get_arg1(mrb);
  if (!mrb_obj_is_kind_of(mrb, from, record_class)) mrb_raise(mrb, E_TYPE_ERROR, "a copy is made of a Record");
  ARY_SET_EMBED_LEN((struct RArray *)mrb_ptr(self), SLOTS);
  for (int i = 0; i < SLOTS; i++) slots(self)[i] = mrb_nil_value();
  mrb_value headers = part(mrb, from, HEADERS);
  if (mrb_array_p(headers)) headers = mrb_ary_new_from_values(mrb, RARRAY_LEN(headers), RARRAY_PTR(headers));
  mrb_value copied[PART_COUNT] = {part(mrb, from, KEY), part(mrb, from, VALUE), headers};
  set(mrb, self, PARTS, mrb_ary_new_from_values(mrb, PART_COUNT, copied));
  set(mrb, self, SOURCE, slots(from)[SOURCE]);
  slots(self)[CHANGED] = mrb_true_value();
  return self;
}

static mrb_value text_of(mrb_state *mrb, mrb_value self) {
  mrb_value value = part(mrb, self, VALUE);
  if (!mrb_nil_p(value) && !mrb_string_p(value)) mrb_raise(mrb, E_TYPE_ERROR, "the record's value is no String");
  return value;
}

static mrb_value record_text(mrb_state *mrb, mrb_value self) {
  mrb_value value = text_of(mrb, self);
  if (mrb_string_p(value) && !guest_is_utf8((const uint8_t *)RSTRING_PTR(value), (size_t)RSTRING_LEN(value))) {
    mrb_raise(mrb, E_ARGUMENT_ERROR, "the record's value is not UTF-8");
  }
  return value;
}

static mrb_value record_json(mrb_state *mrb, mrb_value self) {
  mrb_sym name = MRB_SYM(symbolize_names);
  mrb_value symbolize;
  mrb_kwargs wanted = {1, 0, &name, &symbolize, NULL};
  mrb_get_args(mrb, ":", &wanted);
  mrb_value value = text_of(mrb, self);
  if (mrb_nil_p(value)) return value;
  bool names = !mrb_undef_p(symbolize) && mrb_test(symbolize);
  return json_parse(mrb, RSTRING_PTR(value), RSTRING_LEN(value), names);
}

/* header(name, default = nil): the value of the last header of that name. */
static mrb_value record_header(mrb_state *mrb, mrb_value self) {
  mrb_value name, otherwise = mrb_nil_value();
  mrb_get_args(mrb, "S|o", &name, &otherwise);
  mrb_value headers = mrb_ensure_array_type(mrb, part(mrb, self, HEADERS));
  for (mrb_int i = RARRAY_LEN(headers); i-- > 0;) {
    mrb_value pair = RARRAY_PTR(headers)[i];
    if (mrb_array_p(pair) && RARRAY_LEN(pair) == 2 && mrb_equal(mrb, RARRAY_PTR(pair)[0], name)) return RARRAY_PTR(pair)[1];
  }
  return otherwise;
}

static mrb_value event_record(mrb_state *mrb, mrb_value self) { return slots(self)[0]; }

/* Writing. */

static guest_bytes writable(mrb_state *mrb, mrb_value value, const char *what) {
  if (mrb_nil_p(value)) return (guest_bytes){NULL, -1};
  if (!mrb_string_p(value)) {
    mrb_raisef(mrb, E_TYPE_ERROR, "a record's %s is a String or nil, not %Y", what, value);
  }
  return (guest_bytes){(const uint8_t *)RSTRING_PTR(value), (int32_t)RSTRING_LEN(value)};
}

static void encode(mrb_state *mrb, mrb_value key, mrb_value value, mrb_value headers) {
  guest_buffer *output = &records_output;
  guest_reset(output);
  guest_append_sized(output, writable(mrb, key, "key"));
  guest_append_sized(output, writable(mrb, value, "value"));
  if (mrb_nil_p(headers)) {
    guest_append_varint(output, 0);
    return;
  }
  headers = mrb_ensure_array_type(mrb, headers);
  guest_append_varint(output, RARRAY_LEN(headers));
  for (mrb_int i = 0; i < RARRAY_LEN(headers); i++) {
    mrb_value pair = RARRAY_PTR(headers)[i];
    if (!mrb_array_p(pair) || RARRAY_LEN(pair) != 2) {
      mrb_raise(mrb, E_TYPE_ERROR, "a record's header is an Array of its key and its value");
    }
    guest_append_sized(output, writable(mrb, RARRAY_PTR(pair)[0], "header key"));
    guest_append_sized(output, writable(mrb, RARRAY_PTR(pair)[1], "header value"));
  }
}

static mrb_value writer_write(mrb_state *mrb, mrb_value self) {
  enum { TO = PART_COUNT, GIVEN };
  mrb_value given[GIVEN] = {mrb_undef_value(), mrb_undef_value(), mrb_undef_value(), mrb_undef_value()};
  mrb_value record = mrb_nil_value();
  const mrb_callinfo *call = mrb->c->ci;
  if (call->n == 1 && call->nk == 0) {
    record = mrb_get_argv(mrb)[0];
  } else {
    take_keywords(mrb, "|o:", &record, given, GIVEN);
  }
  bool has_record = !mrb_nil_p(record);
  if (has_record && !(mrb_type(record) == MRB_TT_STRUCT && mrb_obj_is_kind_of(mrb, record, record_class))) {
    mrb_raisef(mrb, E_TYPE_ERROR, "write takes a Redpanda::Record, not %Y", record);
  }
  mrb_value topic = mrb_undef_p(given[TO]) ? mrb_nil_value() : given[TO];
  if (!mrb_nil_p(topic) && !mrb_string_p(topic)) mrb_raisef(mrb, E_TYPE_ERROR, "to: is a String, not %Y", topic);
  bool as_it_came = has_record && mrb_false_p(mrb_bool_value(mrb_test(slots(record)[CHANGED]))) &&
                    mrb_undef_p(given[KEY]) && mrb_undef_p(given[VALUE]) && mrb_undef_p(given[HEADERS]);
  guest_buffer payload;
  if (as_it_came) {
    mrb_value source = slots(record)[SOURCE];
    payload = (guest_buffer){.data = (uint8_t *)RSTRING_PTR(source) + PREFIX, .size = (size_t)RSTRING_LEN(source) - PREFIX};
  } else {
    for (int i = 0; i < PART_COUNT; i++) {
      if (mrb_undef_p(given[i])) given[i] = has_record ? part(mrb, record, i) : mrb_nil_value();
    }
    encode(mrb, given[KEY], given[VALUE], given[HEADERS]);
    payload = records_output;
    if (payload.failed) {
      guest_reset(&records_output);
      mrb_exc_raise(mrb, mrb_obj_value(mrb->nomem_err));
    }
  }
  const char *name = mrb_nil_p(topic) ? NULL : RSTRING_PTR(topic);
  int32_t code = guest_write(&payload, name, name ? (size_t)RSTRING_LEN(topic) : 0);
  if (code == -3 && name) mrb_raisef(mrb, E_ARGUMENT_ERROR, "%v is not an output topic of this transform", topic);
  if (code < 0) mrb_raise(mrb, E_ARGUMENT_ERROR, guest_write_error(code));
  return mrb_nil_value();
}

static mrb_value on_record_written(mrb_state *mrb, mrb_value self) {
  mrb_value block;
  mrb_get_args(mrb, "&!", &block);
  callback = block;
  mrb_iv_set(mrb, self, MRB_IVSYM(callback), block);
  return mrb_nil_value();
}

void records_init(mrb_state *mrb) {
  struct RClass *redpanda = mrb_define_module(mrb, "Redpanda");
  mrb_define_module_function(mrb, redpanda, "on_record_written", on_record_written, MRB_ARGS_BLOCK());

  keywords[0] = MRB_SYM(key), keywords[1] = MRB_SYM(value), keywords[2] = MRB_SYM(headers), keywords[3] = MRB_SYM(to);
  record_class = mrb_define_class_under(mrb, redpanda, "Record", mrb->object_class);
  MRB_SET_INSTANCE_TT(record_class, MRB_TT_STRUCT);
  mrb_define_class_method(mrb, record_class, "new", record_new, MRB_ARGS_KEY(3, 0));
  mrb_define_method(mrb, record_class, "initialize_copy", record_copy, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, record_class, "key", record_key, MRB_ARGS_NONE());
  mrb_define_method(mrb, record_class, "value", record_value, MRB_ARGS_NONE());
  mrb_define_method(mrb, record_class, "headers", record_headers, MRB_ARGS_NONE());
  mrb_define_method(mrb, record_class, "key=", record_set_key, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, record_class, "value=", record_set_value, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, record_class, "headers=", record_set_headers, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, record_class, "timestamp", record_timestamp, MRB_ARGS_NONE());
  mrb_define_method(mrb, record_class, "offset", record_offset, MRB_ARGS_NONE());
  mrb_define_method(mrb, record_class, "text", record_text, MRB_ARGS_NONE());
  mrb_define_method(mrb, record_class, "json", record_json, MRB_ARGS_KEY(1, 0));
  mrb_define_method(mrb, record_class, "header", record_header, MRB_ARGS_ARG(1, 1));

  event_class = mrb_define_class_under(mrb, redpanda, "Event", mrb->object_class);
  MRB_SET_INSTANCE_TT(event_class, MRB_TT_STRUCT);
  mrb_undef_class_method(mrb, event_class, "new");
  mrb_define_method(mrb, event_class, "record", event_record, MRB_ARGS_NONE());

  struct RClass *writer = mrb_define_class_under(mrb, redpanda, "Writer", mrb->object_class);
  mrb_define_method(mrb, writer, "write", writer_write, MRB_ARGS_OPT(1) | MRB_ARGS_KEY(4, 0));
  the_writer = mrb_obj_value(mrb_obj_alloc(mrb, MRB_TT_OBJECT, writer));
  mrb_gc_register(mrb, the_writer);
  mrb_undef_class_method(mrb, writer, "new");
  callback = mrb_nil_value();
}

bool records_has_callback(mrb_state *mrb) { return !mrb_nil_p(callback); }

void records_call(mrb_state *mrb, const guest_record *given) {
  mrb_int size = given->payload.size;
  int64_t numbers[2] = {given->timestamp_ms, given->offset};
  mrb_value record = new_object(mrb, record_class, SLOTS);
  bool large = size > LARGE_PAYLOAD;
  mrb_value source = mrb_str_new(mrb, NULL, large ? PREFIX : PREFIX + size);
  memcpy(RSTRING_PTR(source), numbers, PREFIX);
  set(mrb, record, SOURCE, source);
  if (large) { /* one copy less */
    const uint8_t *headers = given->payload.data, *end = headers + size;
    guest_bytes skipped;
    guest_read_sized(&headers, end, &skipped);
    guest_read_sized(&headers, end, &skipped);
    mrb_value decoded[PART_COUNT] = {new_string(mrb, given->key), new_string(mrb, given->value),
                                     decode_headers(mrb, headers, end)};
    set(mrb, record, PARTS, mrb_ary_new_from_values(mrb, PART_COUNT, decoded));
    slots(record)[CHANGED] = mrb_true_value();
  } else {
    memcpy(RSTRING_PTR(source) + PREFIX, given->payload.data, (size_t)size);
  }
  mrb_value event = new_object(mrb, event_class, 1);
  slots(event)[0] = record;
  mrb_value arguments[] = {event, the_writer};
  mrb_yield_argv(mrb, callback, 2, arguments);
}
