/* system.c: the rest of what MicroPython asks of a port.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <time.h>
#include <unistd.h>

#include "py/builtin.h"
#include "py/lexer.h"
#include "py/mperrno.h"
#include "py/mphal.h"
#include "py/runtime.h"
#include "runtime.h"

static uint64_t clock_ns(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t mp_hal_time_ns(void) { return clock_ns(CLOCK_REALTIME); }
mp_uint_t mp_hal_ticks_ms(void) { return (mp_uint_t)(clock_ns(CLOCK_MONOTONIC) / 1000000u); }
mp_uint_t mp_hal_ticks_us(void) { return (mp_uint_t)(clock_ns(CLOCK_MONOTONIC) / 1000u); }
mp_uint_t mp_hal_ticks_cpu(void) { return mp_hal_ticks_us(); }

/* The broker completes every wait at once. */
void mp_hal_delay_ms(mp_uint_t ms) {}
void mp_hal_delay_us(mp_uint_t us) {}

/* The broker's random_get always gives the same bytes; so does a transform that does not seed. */
uint32_t random_seed(void) { return 0x9e3779b9; }

/* There are no files: what a program imports was compiled with it (program.c). */
mp_lexer_t *mp_lexer_new_from_file(qstr filename) { mp_raise_OSError(MP_ENOENT); }
mp_import_stat_t mp_import_stat(const char *path) { return MP_IMPORT_STAT_NO_EXIST; }

static mp_obj_t no_open(size_t n, const mp_obj_t *args, mp_map_t *named) { mp_raise_OSError(MP_ENOENT); }
MP_DEFINE_CONST_FUN_OBJ_KW(mp_builtin_open_obj, 1, no_open);

_Noreturn void nlr_jump_fail(void *exception) {
  log_exception(MP_OBJ_FROM_PTR(exception), NULL);
  guest_fail("an exception was raised where none can be caught");
}
