/* What the log says of an exception that nobody caught. It must fit one log event (1024 bytes), the record's place too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "runtime.h"

enum { MESSAGE_MAX = 360, STACK_MAX = 420 };

/* At most `most` bytes of `text`, cut between characters. */
static void append_cut(guest_buffer *to, const char *text, size_t most) {
  size_t size = strlen(text);
  if (size <= most) {
    guest_append(to, text, size);
    return;
  }
  while (most > 0 && ((uint8_t)text[most] & 0xc0) == 0x80) most--;
  guest_append(to, text, most);
  guest_append_text(to, " ...");
}

/* Whole lines of the stack alone. */
static void append_stack(guest_buffer *to, const char *stack) {
  const char *line = stack;
  for (const char *end; *line && (end = strchr(line, '\n')); line = end + 1) {
    if (end + 1 - stack > STACK_MAX) {
      guest_append_text(to, "    ...\n");
      return;
    }
    guest_append(to, line, (size_t)(end + 1 - line));
  }
}

void report_describe(JSContext *ctx, guest_buffer *text, const char *what, const guest_record *record) {
  JSValue exception = JS_GetException(ctx);
  guest_append_text(text, what);
  const char *message = JS_ToCString(ctx, exception);
  if (message) {
    append_cut(text, message, MESSAGE_MAX);
    JS_FreeCString(ctx, message);
  } else {
    JS_FreeValue(ctx, JS_GetException(ctx)); /* of its own toString */
    guest_append_text(text, "an exception that cannot be shown");
  }
  guest_append_text(text, "\n");
  if (JS_IsError(exception)) {
    JSValue stack = JS_GetPropertyStr(ctx, exception, "stack");
    const char *lines = JS_IsString(stack) ? JS_ToCString(ctx, stack) : NULL;
    if (lines) {
      append_stack(text, lines);
      JS_FreeCString(ctx, lines);
    }
    JS_FreeValue(ctx, stack);
  }
  JS_FreeValue(ctx, exception);
  if (record) {
    const char *topic = getenv("REDPANDA_INPUT_TOPIC");
    guest_append_text(text, "  on the record at offset ");
    guest_append_number(text, record->offset);
    if (topic) {
      guest_append_text(text, " of topic ");
      append_cut(text, topic, 120);
    }
    guest_append_text(text, "\n");
  }
}

void report_log(JSContext *ctx, const char *what, const guest_record *record) {
  static guest_buffer text;
  guest_reset(&text);
  report_describe(ctx, &text, what, record);
  if (text.failed) guest_fail("out of memory while reporting an exception");
  natives_well_formed(text.data, text.size);
  guest_log(2, text.data, text.size);
}
