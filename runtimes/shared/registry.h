/* registry.h: the schema registry's host functions, ABI version 0 (the broker's src/v/wasm/schema_registry_module). Each
 * returns a negative number when it fails.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define REGISTRY_ABI(name) __attribute__((import_module("redpanda_schema_registry"), import_name(name)))

REGISTRY_ABI("check_abi_version_0") void registry_check_version_0(void);
REGISTRY_ABI("get_schema_definition_len") int32_t registry_definition_size(int32_t id, int32_t *size);
REGISTRY_ABI("get_schema_definition") int32_t registry_definition(int32_t id, void *buffer, int32_t size);
REGISTRY_ABI("get_subject_schema_len")
int32_t registry_subject_size(const char *subject, size_t subject_size, int32_t version, int32_t *size);
REGISTRY_ABI("get_subject_schema")
int32_t registry_subject(const char *subject, size_t subject_size, int32_t version, void *buffer, int32_t size);
REGISTRY_ABI("create_subject_schema")
int32_t registry_create(const char *subject, size_t subject_size, const void *definition, size_t size, int32_t *id);

/* What a function returns where the cluster has no registry; other failures say no more than that they are some. */
enum { REGISTRY_NOT_ENABLED = -1 };
