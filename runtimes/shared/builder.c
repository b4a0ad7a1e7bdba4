/* SPDX-License-Identifier: Apache-2.0 */
#include "builder.h"

#include <stdlib.h>
#include <string.h>

guest_buffer builder_result;

uint32_t builder_u32(const uint8_t **at) {
  uint32_t value;
  memcpy(&value, *at, sizeof value);
  *at += sizeof value;
  return value;
}

GUEST_EXPORT("rpkpy_alloc") void *rpkpy_alloc(size_t size) { return malloc(size); }

/* Frees what the builder wrote, and wipes it: it would stay in the snapshot. */
GUEST_EXPORT("rpkpy_free") void rpkpy_free(void *data, size_t size) {
  memset(data, 0, size);
  free(data);
}

GUEST_EXPORT("rpkpy_result") const uint8_t *rpkpy_result(void) { return builder_result.data; }
GUEST_EXPORT("rpkpy_result_size") size_t rpkpy_result_size(void) { return builder_result.size; }
