/* registry.c: the schema registry's host functions for
 * sdk/redpanda_schema_registry.py: schemas pass here as they are encoded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "py/objstr.h"
#include "py/runtime.h"
#include "registry.h"
#include "runtime.h"

static void check(int32_t code) {
  if (code >= 0) return;
  mp_raise_msg(&mp_type_OSError, code == REGISTRY_NOT_ENABLED
                                     ? MP_ERROR_TEXT("the cluster's schema registry is not enabled")
                                     : MP_ERROR_TEXT("the schema registry has no such schema, or refused it"));
}

/* definition(id): the encoded schema */
static mp_obj_t definition(mp_obj_t id_in) {
  int32_t id = mp_obj_get_int(id_in), size = 0;
  vstr_t answer;
  registry_check_version_0();
  check(registry_definition_size(id, &size));
  vstr_init_len(&answer, (size_t)size);
  check(registry_definition(id, answer.buf, size));
  return mp_obj_new_bytes_from_vstr(&answer);
}
static MP_DEFINE_CONST_FUN_OBJ_1(definition_obj, definition);

/* subject(name, version): the encoded schema with its id and version; version -1 is the latest */
static mp_obj_t subject(mp_obj_t name_in, mp_obj_t version_in) {
  size_t name_size;
  const char *name = mp_obj_str_get_data(name_in, &name_size);
  int32_t version = mp_obj_get_int(version_in), size = 0;
  vstr_t answer;
  registry_check_version_0();
  check(registry_subject_size(name, name_size, version, &size));
  vstr_init_len(&answer, (size_t)size);
  check(registry_subject(name, name_size, version, answer.buf, size));
  return mp_obj_new_bytes_from_vstr(&answer);
}
static MP_DEFINE_CONST_FUN_OBJ_2(subject_obj, subject);

/* create(subject, encoded): the id */
static mp_obj_t create(mp_obj_t name_in, mp_obj_t encoded_in) {
  size_t name_size;
  const char *name = mp_obj_str_get_data(name_in, &name_size);
  mp_buffer_info_t encoded;
  int32_t id = 0;
  mp_get_buffer_raise(encoded_in, &encoded, MP_BUFFER_READ);
  registry_check_version_0();
  check(registry_create(name, name_size, encoded.buf, encoded.len, &id));
  return mp_obj_new_int(id);
}
static MP_DEFINE_CONST_FUN_OBJ_2(create_obj, create);

static const mp_rom_map_elem_t module_table[] = {
    {MP_ROM_QSTR(MP_QSTR___name__), MP_ROM_QSTR(MP_QSTR__schema_registry)},
    {MP_ROM_QSTR(MP_QSTR_definition), MP_ROM_PTR(&definition_obj)},
    {MP_ROM_QSTR(MP_QSTR_subject), MP_ROM_PTR(&subject_obj)},
    {MP_ROM_QSTR(MP_QSTR_create), MP_ROM_PTR(&create_obj)},
};
static MP_DEFINE_CONST_DICT(module_globals, module_table);
const mp_obj_module_t registry_module = {
    .base = {&mp_type_module},
    .globals = (mp_obj_dict_t *)&module_globals,
};
MP_REGISTER_MODULE(MP_QSTR__schema_registry, registry_module);
