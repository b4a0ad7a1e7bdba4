/* builder.h: what rpkpy/runtimes and a runtime tell each other while a program is put in. An export that the builder calls
 * returns 0, or 1 with what went wrong in the result.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include "guest.h"

/* What the export called last has to say. */
extern guest_buffer builder_result;

/* The number at *at, which goes on behind it: 32 bits, the least significant byte first. */
uint32_t builder_u32(const uint8_t **at);
