/* unicode.c: MicroPython's, but for what UTF-8 is: bytes.decode refuses what CPython's refuses.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#define utf8_check utf8_check_loosely
#include "py/unicode.c"
#undef utf8_check

#include "guest.h"

bool utf8_check(const byte *text, size_t size) { return guest_is_utf8(text, size); }
