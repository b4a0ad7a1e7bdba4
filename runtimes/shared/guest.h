/* guest.h: what the guest side of every interpreted language shares: the broker's ABI, records, buffers, log lines.
 *
 * Nothing here uses stdio: a line is one fd_write, because the broker makes one log event of each.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_EXPORT(name) __attribute__((export_name(name), used, visibility("default")))

/* Bytes that belong to somebody else. A size of -1 is null, which is not the same as empty. */
typedef struct guest_bytes {
  const uint8_t *data;
  int32_t size;
} guest_bytes;

typedef struct guest_header {
  guest_bytes key, value;
} guest_header;

/* The record being transformed; what it points to is valid until the callback returns. The byte behind the payload may be
 * written to (parsers want a terminator) and must be put back. */
typedef struct guest_record {
  guest_bytes key, value;
  const guest_header *headers;
  int32_t header_count;
  guest_bytes payload;         /* all of the above, as the broker wrote it and reads it */
  guest_bytes headers_payload; /* the part of it behind the value: the count of headers, and the headers */
  int64_t timestamp_ms, offset;
} guest_record;

/* Bytes that grow. After a failed growth `failed` is set and further appends do nothing. */
typedef struct guest_buffer {
  uint8_t *data;
  size_t size, capacity;
  bool failed;
} guest_buffer;

void guest_reset(guest_buffer *buffer);
bool guest_reserve(guest_buffer *buffer, size_t more);
void guest_append(guest_buffer *buffer, const void *bytes, size_t size);
void guest_append_text(guest_buffer *buffer, const char *text);
void guest_append_number(guest_buffer *buffer, int64_t number);
void guest_append_utf8(guest_buffer *buffer, uint32_t character);

/* A zigzag varint, and bytes with their size before them (-1: null), as the broker's record payload has them. */
void guest_append_varint(guest_buffer *buffer, int64_t value);
void guest_append_sized(guest_buffer *buffer, guest_bytes bytes);

/* Reads a zigzag varint at *at. false when the bytes end inside it. */
bool guest_read_varint(const uint8_t **at, const uint8_t *end, int64_t *value);
bool guest_read_sized(const uint8_t **at, const uint8_t *end, guest_bytes *bytes);

/* Writes `size` bytes to the log, stream 1 (INFO) or 2 (WARN). Longer texts become several events, cut between characters;
 * control characters, for which the broker would drop the event, become `?`. The text is changed in place. */
void guest_log(int stream, uint8_t *text, size_t size);

/* One line on stream 2, then the end of the instance: the broker starts it again. Allocates nothing. */
_Noreturn void guest_fail(const char *line);

/* How much native stack is in use: rpkpy/runtimes/passes/stackpad.py puts a count in place of it. */
uint32_t guest_native_stack(void);

/* Whether `size` bytes are valid UTF-8 (RFC 3629). */
bool guest_is_utf8(const uint8_t *text, size_t size);

/* Writes an encoded record to `topic` (NULL: the first output topic). 0, or the ABI's negative error. */
int32_t guest_write(const guest_buffer *record, const char *topic, size_t topic_size);

/* Why guest_write refused a record. */
const char *guest_write_error(int32_t code);

/* Hands every record to `callback` for ever. The instance ends when it returns false. When room is made for larger records,
 * `output` (which is then reset; NULL: none) gets as much: later it might not be had in one piece. */
typedef bool (*guest_callback)(const guest_record *record);
_Noreturn void guest_run(guest_callback callback, guest_buffer *output);
