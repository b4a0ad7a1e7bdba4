/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include <stdlib.h>
#include <string.h>

enum {
  LINE_MAX = 8 * 1024, /* a longer line is several events anyway */
  ROOM = 1024,
};

static guest_buffer lines[3]; /* by stream */

void lines_create(void) {
  for (int stream = 1; stream <= 2; stream++) guest_reserve(&lines[stream], ROOM);
}

void lines_flush(int stream) {
  guest_buffer *line = &lines[stream];
  if (line->size == 0 && !line->failed) return;
  if (line->size > 0) guest_log(stream, line->data, line->size);
  guest_reset(line);
}

void lines_flush_all(void) {
  lines_flush(1);
  lines_flush(2);
}

void lines_put(int stream, const char *text, size_t size) {
  while (size > 0) {
    const char *end = memchr(text, '\n', size);
    size_t part = end ? (size_t)(end - text) + 1 : size;
    guest_append(&lines[stream], text, part);
    text += part;
    size -= part;
    if (end || lines[stream].size >= LINE_MAX) lines_flush(stream);
  }
}

void lines_append_place(guest_buffer *report, int64_t offset) {
  guest_append_text(report, "  while processing the record at offset ");
  guest_append_number(report, offset);
  const char *topic = getenv("REDPANDA_INPUT_TOPIC");
  if (topic) {
    guest_append_text(report, " of topic ");
    guest_append_text(report, topic);
  }
  guest_append_text(report, "\n");
}
