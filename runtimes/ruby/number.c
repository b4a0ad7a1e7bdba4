/* number.c: floats as text and back, exactly, in place of mruby's own (src/readfloat.c, which loses digits): the shortest text that
 * reads as the same number, laid out as CRuby does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "runtime.h"

#include <math.h>
#include <mruby/string.h>
#include <stdlib.h>
#include <string.h>

#include "quickjs/dtoa.h"

enum {
  DIGITS_MAX = 17,
  FIXED_MIN = -4, /* the decimal exponents between which there is no `e` */
  FIXED_MAX = 16,
};

static const char *digits_end(const char *at) {
  while (*at >= '0' && *at <= '9') at++;
  return at;
}

/* Reads a number at `text`, after spaces. FALSE when there is none. *end (unless NULL) is where it ends. */
mrb_bool mrb_read_float(const char *text, char **end, double *value) {
  const char *start = text;
  while (*start == ' ' || (*start >= '\t' && *start <= '\r')) start++;
  const char *digits = start + (*start == '-' || *start == '+'), *at = digits_end(digits);
  bool has_digits = at > digits;
  if (*at == '.' && at[1] >= '0' && at[1] <= '9') {
    at = digits_end(at + 1);
    has_digits = true;
  }
  if (has_digits && (*at == 'e' || *at == 'E')) {
    const char *exponent = at + 1 + (at[1] == '-' || at[1] == '+');
    if (digits_end(exponent) > exponent) at = digits_end(exponent);
  }
  if (end) *end = (char *)(has_digits ? at : text);
  *value = 0;
  if (!has_digits) return FALSE;
  JSATODTempMem memory;
  const char *read;
  *value = js_atod(*start == '+' ? start + 1 : start, &read, 10, 0, &memory);
  return TRUE;
}

/* A finite number as text. */
void float_append(guest_buffer *out, double value) {
  char scientific[64]; /* -d.ddde-xxx */
  JSDTOATempMem memory;
  js_dtoa(scientific, value, 10, 0, JS_DTOA_FORMAT_FREE | JS_DTOA_EXP_ENABLED | JS_DTOA_MINUS_ZERO, &memory);
  char digits[DIGITS_MAX + 1];
  int count = 0;
  const char *at = scientific;
  if (*at == '-') guest_append(out, at++, 1);
  for (; *at && *at != 'e'; at++) {
    if (*at != '.' && count < DIGITS_MAX) digits[count++] = *at;
  }
  int point = (*at == 'e' ? atoi(at + 1) : 0) + 1; /* the number is 0.DIGITS times ten to this */
  while (count > 1 && digits[count - 1] == '0') count--;
  if (value == 0) point = 1;
  if (point > 0 && point <= FIXED_MAX) {
    for (int i = 0; i < point; i++) guest_append(out, i < count ? &digits[i] : "0", 1);
    guest_append_text(out, ".");
    if (count > point) {
      guest_append(out, digits + point, (size_t)(count - point));
    } else {
      guest_append_text(out, "0");
    }
  } else if (point > FIXED_MIN && point <= 0) {
    guest_append_text(out, "0.");
    for (int i = point; i < 0; i++) guest_append_text(out, "0");
    guest_append(out, digits, (size_t)count);
  } else {
    int exponent = point - 1;
    guest_append(out, digits, 1);
    guest_append_text(out, ".");
    guest_append(out, count > 1 ? digits + 1 : "0", count > 1 ? (size_t)count - 1 : 1);
    guest_append_text(out, exponent < 0 ? "e-" : "e+");
    if (abs(exponent) < 10) guest_append_text(out, "0");
    guest_append_number(out, abs(exponent));
  }
}

/* What Float#to_s gives; called from numeric.c (sources.patch). */
mrb_value float_text(mrb_state *mrb, double value) {
  static guest_buffer text;
  guest_reset(&text);
  float_append(&text, value);
  return mrb_str_new(mrb, (const char *)text.data, (mrb_int)text.size);
}
