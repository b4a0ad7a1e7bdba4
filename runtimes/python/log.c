/* log.c: sys.stdout and sys.stderr, and how exceptions are told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lines.h"
#include "py/mphal.h"
#include "py/objexcept.h"
#include "py/runtime.h"
#include "py/stream.h"
#include "runtime.h"

enum { ROOM = 1024 }; /* taken at once, so that running out of memory can be told */

static guest_buffer report;

void log_create(void) {
  lines_create();
  guest_reserve(&report, ROOM);
}

void mp_hal_stdout_tx_strn_cooked(const char *text, size_t size) { lines_put(1, text, size); }

static void print_error(void *unused, const char *text, size_t size) { lines_put(2, text, size); }
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
  lines_put(((stream_obj *)MP_OBJ_TO_PTR(self))->stream, buffer, size);
  return size;
}

static mp_uint_t stream_ioctl(mp_obj_t self, mp_uint_t request, uintptr_t argument, int *error) {
  if (request == MP_STREAM_FLUSH) lines_flush(((stream_obj *)MP_OBJ_TO_PTR(self))->stream);
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
  lines_flush_all();
  guest_reset(&report);
  log_append_exception(&report, exception);
  if (offset) lines_append_place(&report, *offset);
  if (report.size > 0) guest_log(2, report.data, report.size);
}

int log_exit_code(mp_obj_t exception) {
  if (!mp_obj_is_subclass_fast(MP_OBJ_FROM_PTR(mp_obj_get_type(exception)), MP_OBJ_FROM_PTR(&mp_type_SystemExit))) {
    return -1;
  }
  mp_obj_t value = mp_obj_exception_get_value(exception);
  mp_int_t code;
  lines_flush_all();
  if (value == mp_const_none) return 0;
  if (mp_obj_get_int_maybe(value, &code)) return code & 0xff;
  mp_obj_print_helper(&log_error_print, value, PRINT_STR);
  lines_put(2, "\n", 1);
  return 1;
}
