/* json.c: MicroPython's json, whose objects keep the order of their keys, as CPython's do, and which joins surrogates.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "py/objstr.h"
#include "py/runtime.h"

static mp_obj_t new_ordered_dict(size_t room) {
  mp_obj_t dict = mp_obj_new_dict(room);
  mp_obj_dict_get_map(dict)->is_ordered = 1;
  return dict;
}

/* Appends a character that was written as \uXXXX. The second half of a pair completes the first, which stands at the end of
 * `text` as the three bytes of a lone surrogate. */
static void add_escaped(vstr_t *text, unichar c) {
  const byte *half = (const byte *)text->buf + text->len - 3;
  if (c >= 0xdc00 && c <= 0xdfff && text->len >= 3 && half[0] == 0xed && half[1] >= 0xa0 && half[1] <= 0xaf) {
    unichar high = 0xd000 | (unichar)(half[1] & 0x3f) << 6 | (half[2] & 0x3f);
    text->len -= 3;
    c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
  }
  vstr_add_char(text, c);
}

/* A string without the lone surrogates that are left: they become U+FFFD, which has three bytes, too. */
static mp_obj_t new_str(char *text, size_t size) {
  char *at = text, *end = text + size;
  while ((at = memchr(at, 0xed, (size_t)(end - at)))) {
    if (end - at >= 3 && (byte)at[1] >= 0xa0) memcpy(at, "\xef\xbf\xbd", 3);
    at++;
  }
  return mp_obj_new_str(text, size);
}

#define mp_obj_new_str new_str
#define mp_obj_new_dict new_ordered_dict
#define vstr_add_char add_escaped
#include "extmod/modjson.c"
#undef vstr_add_char
#undef mp_obj_new_dict
#undef mp_obj_new_str

#include "runtime.h"

mp_obj_t json_from_bytes(mp_obj_t bytes) { return mod_json_loads(bytes); }

mp_obj_t json_to_bytes(mp_obj_t value) {
  vstr_t text;
  mp_print_ext_t print;
  vstr_init_print(&text, 64, &print.base);
  print.item_separator = ",";
  print.key_separator = ":";
  mp_obj_print_helper(&print.base, value, PRINT_JSON);
  return mp_obj_new_bytes_from_vstr(&text);
}
