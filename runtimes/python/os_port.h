/* os_port.h: os.getenv and its relatives; included by extmod/modos.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "py/mperrno.h"
#include "py/runtime.h"

static mp_obj_t mp_os_getenv(size_t n_args, const mp_obj_t *args) {
  const char *value = getenv(mp_obj_str_get_str(args[0]));
  if (value == NULL) return n_args == 2 ? args[1] : mp_const_none;
  return mp_obj_new_str(value, strlen(value));
}
static MP_DEFINE_CONST_FUN_OBJ_VAR_BETWEEN(mp_os_getenv_obj, 1, 2, mp_os_getenv);

static mp_obj_t mp_os_putenv(mp_obj_t key, mp_obj_t value) {
  if (setenv(mp_obj_str_get_str(key), mp_obj_str_get_str(value), 1) != 0) mp_raise_OSError(MP_ENOMEM);
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_2(mp_os_putenv_obj, mp_os_putenv);

static mp_obj_t mp_os_unsetenv(mp_obj_t key) {
  unsetenv(mp_obj_str_get_str(key));
  return mp_const_none;
}
static MP_DEFINE_CONST_FUN_OBJ_1(mp_os_unsetenv_obj, mp_os_unsetenv);
