/* registry.c: the schema registry's host functions for lib/registry.rb: schemas pass here as they are encoded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <mruby/class.h>
#include <mruby/error.h>
#include <mruby/string.h>

#include "registry.h"

static void check(mrb_state *mrb, int32_t code) {
  if (code >= 0) return;
  struct RClass *redpanda = mrb_module_get_id(mrb, MRB_SYM(Redpanda));
  mrb_raise(mrb, mrb_class_get_under_id(mrb, redpanda, MRB_SYM(SchemaRegistryError)),
            code == REGISTRY_NOT_ENABLED ? "the cluster's schema registry is not enabled"
                                         : "the schema registry has no such schema, or refused it");
}

static mrb_value answer(mrb_state *mrb, int32_t size) { return mrb_str_new(mrb, NULL, size); }

/* __definition(id): the encoded schema */
static mrb_value definition(mrb_state *mrb, mrb_value self) {
  mrb_int id;
  int32_t size = 0;
  mrb_get_args(mrb, "i", &id);
  registry_check_version_0();
  check(mrb, registry_definition_size((int32_t)id, &size));
  mrb_value encoded = answer(mrb, size);
  check(mrb, registry_definition((int32_t)id, RSTRING_PTR(encoded), size));
  return encoded;
}

/* __subject(name, version): the encoded schema with its id and version; version -1 is the latest */
static mrb_value subject(mrb_state *mrb, mrb_value self) {
  const char *name;
  mrb_int name_size, version;
  int32_t size = 0;
  mrb_get_args(mrb, "si", &name, &name_size, &version);
  registry_check_version_0();
  check(mrb, registry_subject_size(name, (size_t)name_size, (int32_t)version, &size));
  mrb_value encoded = answer(mrb, size);
  check(mrb, registry_subject(name, (size_t)name_size, (int32_t)version, RSTRING_PTR(encoded), size));
  return encoded;
}

/* __create(subject, encoded): the id */
static mrb_value create(mrb_state *mrb, mrb_value self) {
  const char *name, *encoded;
  mrb_int name_size, size;
  int32_t id = 0;
  mrb_get_args(mrb, "ss", &name, &name_size, &encoded, &size);
  registry_check_version_0();
  check(mrb, registry_create(name, (size_t)name_size, encoded, (size_t)size, &id));
  return mrb_fixnum_value(id);
}

void registry_init(mrb_state *mrb) {
  struct RClass *redpanda = mrb_define_module(mrb, "Redpanda");
  mrb_define_class_under(mrb, redpanda, "SchemaRegistryError", mrb->eStandardError_class);
  struct RClass *client = mrb_define_class_under(mrb, redpanda, "SchemaRegistryClient", mrb->object_class);
  mrb_define_method(mrb, client, "__definition", definition, MRB_ARGS_REQ(1));
  mrb_define_method(mrb, client, "__subject", subject, MRB_ARGS_REQ(2));
  mrb_define_method(mrb, client, "__create", create, MRB_ARGS_REQ(2));
}
