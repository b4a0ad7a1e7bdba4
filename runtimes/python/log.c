/* log.c: sys.stdout and sys.stderr, and how exceptions are told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "py/mphal.h"
#include "py/objexcept.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "runtime.h"

enum { LINE_MAX = 8 * 1024 }; /* a longer line is several events anyway */

enum { ROOM = 1024 }; /* taken at once, so that running out of memory can be told */

static guest_buffer lines[3]; /* by stream: 1 and 2 */
static guest_buffer report;

static void send(int stream) {
  guest_buffer *line = &lines[stream];
  if (line->size == 0 && !line->failed) return;
  guest_log(stream, line->data, line->size);
  guest_reset(line);
}

static void put(int stream, const char *text, size_t size) {
  while (size > 0) {
    const char *end = memchr(text, '\n', size);
    size_t part = end ? (size_t)(end - text) + 1 : size;
    guest_append(&lines[stream], text, part);
    text += part;
    size -= part;
    if (end || lines[stream].size >= LINE_MAX) send(stream);
  }
}

void log_create(void) {
  for (int stream = 1; stream <= 2; stream++) guest_reserve(&lines[stream], ROOM);
  guest_reserve(&report, ROOM);
}

void log_flush(void) {
  send(1);
  send(2);
}

void mp_hal_stdout_tx_strn_cooked(const char *text, size_t size) { put(1, text, size); }

static void print_error(void *unused, const char *text, size_t size) { put(2, text, size); }
const mp_print_t log_error_print = {NULL, print_error};

/* The stream objects. */

typedef struct {
  mp_obj_base_t base;
  int stream;
} stream_obj;

static mp_uint_t stream_read(mp_obj_t self, void *buffer, mp_uint_t size, int *error) {
  return 0; /* there is no input */
}

static mp_uint_t stream_write(mp_obj_t self, const void *buffer, mp_uint_t size, int *error) {
  put(((stream_obj *)MP_OBJ_TO_PTR(self))->stream, buffer, size);
  return size;
}

static mp_uint_t stream_ioctl(mp_obj_t self, mp_uint_t request, uintptr_t argument, int *error) {
  if (request == MP_STREAM_FLUSH) send(((stream_obj *)MP_OBJ_TO_PTR(self))->stream);
  return 0;
}

static const mp_rom_map_elem_t stream_locals[] = {
    {MP_ROM_QSTR(MP_QSTR_write), MP_ROM_PTR(&mp_stream_write_obj)},
    {MP_ROM_QSTR(MP_QSTR_flush), MP_ROM_PTR(&mp_stream_flush_obj)},
    {MP_ROM_QSTR(MP_QSTR_read), MP_ROM_PTR(&mp_stream_read_obj)},
    {MP_ROM_QSTR(MP_QSTR_readline), MP_ROM_PTR(&mp_stream_unbuffered_readline_obj)},
};
static MP_DEFINE_CONST_DICT(stream_locals_dict, stream_locals);

static const mp_stream_p_t stream_protocol = {
    .read = stream_read, .write = stream_write, .ioctl = stream_ioctl, .is_text = true};

static MP_DEFINE_CONST_OBJ_TYPE(stream_type, MP_QSTR_TextIOWrapper, MP_TYPE_FLAG_ITER_IS_STREAM, protocol,
                                &stream_protocol, locals_dict, &stream_locals_dict);

const stream_obj mp_sys_stdin_obj = {{&stream_type}, 1};
const stream_obj mp_sys_stdout_obj = {{&stream_type}, 1};
const stream_obj mp_sys_stderr_obj = {{&stream_type}, 2};

/* Exceptions. A report is one event, so that it stays together in the transform's logs. */

static void append(void *buffer, const char *text, size_t size) { guest_append(buffer, text, size); }

void log_append_exception(guest_buffer *buffer, mp_obj_t exception) {
  const mp_print_t print = {buffer, append};
  mp_obj_print_exception(&print, exception);
}

void log_exception(mp_obj_t exception, const int64_t *offset) {
  log_flush();
  guest_reset(&report);
  log_append_exception(&report, exception);
  if (offset) {
    guest_append_text(&report, "  while processing the record at offset ");
    guest_append_number(&report, *offset);
    const char *topic = getenv("REDPANDA_INPUT_TOPIC");
    if (topic) {
      guest_append_text(&report, " of topic ");
      guest_append_text(&report, topic);
    }
    guest_append_text(&report, "\n");
  }
  if (report.size > 0) guest_log(2, report.data, report.size);
}

int log_exit_code(mp_obj_t exception) {
  if (!mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(exception)), MP_OBJ_FROM_PTR(&mp_type_SystemExit))) {
    return -1;
  }
  mp_obj_t value = mp_obj_exception_get_value(exception);
  mp_int_t code;
  log_flush();
  if (value == mp_const_none) return 0;
  if (mp_obj_get_int_maybe(value, &code)) return code & 0xff;
  mp_obj_print_helper(&log_error_print, value, PRINT_STR);
  put(2, "\n", 1);
  return 1;
}
