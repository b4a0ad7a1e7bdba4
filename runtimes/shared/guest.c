/* SPDX-License-Identifier: Apache-2.0 */
#include "guest.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define ABI(name) __attribute__((import_module("redpanda_transform"), import_name(name)))

ABI("check_abi_version_2") void abi_check_version_2(void);
ABI("read_batch_header")
int32_t abi_read_batch_header(int64_t *base_offset, int32_t *record_count, int32_t *leader_epoch, int16_t *attributes,
                              int32_t *last_offset_delta, int64_t *base_timestamp, int64_t *max_timestamp,
                              int64_t *producer_id, int16_t *producer_epoch, int32_t *base_sequence);
ABI("read_next_record")
int32_t abi_read_next_record(uint8_t *attributes, int64_t *timestamp, int64_t *offset, uint8_t *buffer, uint32_t size);
ABI("write_record") int32_t abi_write_record(const uint8_t *record, uint32_t size);
ABI("write_record_with_options")
int32_t abi_write_record_with_options(const uint8_t *record, uint32_t size, const uint8_t *options, uint32_t options_size);

enum {
  VARINT_MAX = 10,
  EVENT_MAX = 1024,    /* data_transforms_logging_line_max_bytes, its default */
  SMALL = 256,         /* a buffer's first size */
  INPUT_SLACK = 8,     /* room behind a payload for a terminator */
  OPTION_TOPIC = 1,
};

void guest_reset(guest_buffer *buffer) {
  buffer->size = 0;
  buffer->failed = false;
}

bool guest_reserve(guest_buffer *buffer, size_t more) {
  if (buffer->failed) return false;
  if (buffer->capacity - buffer->size >= more) return true;
  size_t needed = buffer->size + more;
  /* small ones double; memory is 2 MiB, so large ones get no more than they need, about */
  size_t capacity = needed < 8192 ? needed * 2 : needed + needed / 16;
  uint8_t *data = realloc(buffer->data, capacity < SMALL ? SMALL : capacity);
  if (!data) {
    buffer->failed = true;
    return false;
  }
  buffer->data = data;
  buffer->capacity = capacity < SMALL ? SMALL : capacity;
  return true;
}

void guest_append(guest_buffer *buffer, const void *bytes, size_t size) {
  if (size == 0 || !guest_reserve(buffer, size)) return;
  memcpy(buffer->data + buffer->size, bytes, size);
  buffer->size += size;
}

void guest_append_text(guest_buffer *buffer, const char *text) { guest_append(buffer, text, strlen(text)); }

void guest_append_number(guest_buffer *buffer, int64_t number) {
  char digits[21], *at = digits + sizeof digits;
  uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do *--at = (char)('0' + left % 10);
  while (left /= 10);
  if (number < 0) *--at = '-';
  guest_append(buffer, at, (size_t)(digits + sizeof digits - at));
}

void guest_append_utf8(guest_buffer *buffer, uint32_t character) {
  uint8_t bytes[4];
  size_t size = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
  for (size_t i = size; i-- > 1; character >>= 6) bytes[i] = (uint8_t)(0x80 | (character & 0x3f));
  static const uint8_t leads[] = {0, 0xc0, 0xe0, 0xf0};
  bytes[0] = (uint8_t)(leads[size - 1] | character);
  guest_append(buffer, bytes, size);
}

void guest_append_varint(guest_buffer *buffer, int64_t value) {
  if (!guest_reserve(buffer, VARINT_MAX)) return;
  uint64_t bits = ((uint64_t)value << 1) ^ (uint64_t)(value >> 63);
  uint8_t *at = buffer->data + buffer->size;
  for (; bits >= 0x80; bits >>= 7) *at++ = (uint8_t)(bits | 0x80);
  *at++ = (uint8_t)bits;
  buffer->size = (size_t)(at - buffer->data);
}

void guest_append_sized(guest_buffer *buffer, guest_bytes bytes) {
  guest_append_varint(buffer, bytes.size < 0 ? -1 : bytes.size);
  if (bytes.size > 0) guest_append(buffer, bytes.data, (size_t)bytes.size);
}

bool guest_read_varint(const uint8_t **at, const uint8_t *end, int64_t *value) {
  uint64_t bits = 0;
  for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
    uint8_t byte = *(*at)++;
    bits |= (uint64_t)(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
      return true;
    }
  }
  return false;
}

/* The same; most have a byte or two. */
static inline bool read_varint(const uint8_t **at, const uint8_t *end, int64_t *value) {
  const uint8_t *from = *at;
  int32_t bits;
  if (from < end && from[0] < 0x80) {
    bits = from[0];
    *at = from + 1;
  } else if (end - from >= 2 && from[1] < 0x80) {
    bits = (from[0] & 0x7f) | from[1] << 7;
    *at = from + 2;
  } else {
    return guest_read_varint(at, end, value);
  }
  *value = bits >> 1 ^ -(bits & 1);
  return true;
}

static inline bool read_sized(const uint8_t **at, const uint8_t *end, guest_bytes *bytes) {
  int64_t size;
  if (!read_varint(at, end, &size) || size > end - *at) return false;
  bytes->data = size < 0 ? NULL : *at;
  bytes->size = size < 0 ? -1 : (int32_t)size;
  if (size > 0) *at += size;
  return true;
}

bool guest_read_sized(const uint8_t **at, const uint8_t *end, guest_bytes *bytes) { return read_sized(at, end, bytes); }

static void write_event(int stream, const void *text, size_t size) {
  if (write(stream, text, size) < 0) { /* the broker takes every event; there is nowhere to complain */
  }
}

void guest_log(int stream, uint8_t *text, size_t size) {
  for (size_t i = 0; i < size; i++) {
    if ((text[i] < 0x20 && text[i] != '\n' && text[i] != '\t') || text[i] == 0x7f) text[i] = '?';
  }
  while (size > EVENT_MAX) {
    size_t cut = EVENT_MAX;
    while (cut > EVENT_MAX - 4 && (text[cut] & 0xc0) == 0x80) cut--;
    write_event(stream, text, cut);
    text += cut;
    size -= cut;
  }
  write_event(stream, text, size);
}

_Noreturn void guest_fail(const char *line) {
  struct iovec parts[] = {{(void *)line, strlen(line)}, {(void *)"\n", 1}};
  if (writev(2, parts, 2) < 0) { /* as above */
  }
  _Exit(1);
}

GUEST_EXPORT("rpkpy_native_stack") __attribute__((noinline)) uint32_t guest_native_stack(void) {
  static volatile uint32_t unknown; /* so that the compiler does not know it either */
  return unknown;
}

bool guest_is_utf8(const uint8_t *text, size_t size) {
  const uint8_t *at = text, *end = text + size;
  while (at < end) {
    uint64_t word;
    if (end - at >= 8 && (memcpy(&word, at, 8), !(word & 0x8080808080808080u))) {
      at += 8;
      continue;
    }
    uint8_t first = *at++, low = 0x80, high = 0xbf;
    int more;
    if (first < 0x80) continue;
    if (first >= 0xc2 && first <= 0xdf) {
      more = 1;
    } else if (first >= 0xe0 && first <= 0xef) {
      more = 2;
      if (first == 0xe0) low = 0xa0;
      if (first == 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
      more = 3;
      if (first == 0xf0) low = 0x90;
      if (first == 0xf4) high = 0x8f;
    } else {
      return false;
    }
    if (end - at < more) return false;
    for (; more > 0; more--, at++) {
      if (*at < low || *at > high) return false;
      low = 0x80, high = 0xbf;
    }
  }
  return true;
}

int32_t guest_write(const guest_buffer *record, const char *topic, size_t topic_size) {
  if (!topic) return abi_write_record(record->data, record->size);
  static guest_buffer options;
  guest_reset(&options);
  static const uint8_t option = OPTION_TOPIC;
  guest_append(&options, &option, 1);
  guest_append_sized(&options, (guest_bytes){(const uint8_t *)topic, (int32_t)topic_size});
  if (options.failed) return -100;
  return abi_write_record_with_options(record->data, record->size, options.data, options.size);
}

const char *guest_write_error(int32_t code) {
  switch (code) {
    case -1: return "no record is being transformed";
    case -2: return "the broker could not read the record";
    case -3: return "the topic is not an output topic of this transform";
    case -100: return "out of memory";
    default: return "the broker refused the record";
  }
}

static bool parse(const uint8_t *at, const uint8_t *end, guest_record *record) {
  static guest_header *headers;
  static int64_t capacity;
  int64_t count;
  if (!read_sized(&at, end, &record->key) || !read_sized(&at, end, &record->value)) return false;
  record->headers_payload = (guest_bytes){at, (int32_t)(end - at)};
  /* each header takes two bytes at least */
  if (!read_varint(&at, end, &count) || count < 0 || count > (end - at) / 2) return false;
  if (count > capacity) {
    free(headers);
    headers = malloc((size_t)count * sizeof *headers);
    if (!headers) guest_fail("out of memory: the record has too many headers");
    capacity = count;
  }
  for (int64_t i = 0; i < count; i++) {
    if (!guest_read_sized(&at, end, &headers[i].key) || !guest_read_sized(&at, end, &headers[i].value)) return false;
  }
  record->headers = headers;
  record->header_count = (int32_t)count;
  return true;
}

_Noreturn void guest_run(guest_callback callback, guest_buffer *output) {
  static uint8_t *input;
  static size_t capacity;
  abi_check_version_2();
  for (;;) {
    int64_t base_offset, base_timestamp, max_timestamp, producer_id;
    int32_t count, leader_epoch, last_offset_delta, base_sequence;
    int16_t batch_attributes, producer_epoch;
    int32_t largest = abi_read_batch_header(&base_offset, &count, &leader_epoch, &batch_attributes, &last_offset_delta,
                                            &base_timestamp, &max_timestamp, &producer_id, &producer_epoch, &base_sequence);
    if (largest < 0) guest_fail("the broker offered no batch");
    if ((size_t)largest + INPUT_SLACK > capacity) {
      free(input); /* first: there is no room for old and new when records are large */
      if (output) {
        free(output->data);
        *output = (guest_buffer){0};
      }
      capacity = (size_t)largest + (size_t)largest / 16 + SMALL;
      input = malloc(capacity);
      if (!input) guest_fail("out of memory: a record is too large for the transform's memory");
      if (output && (output->data = malloc(capacity))) output->capacity = capacity;
    }
    for (int32_t i = 0; i < count; i++) {
      guest_record record;
      uint8_t attributes;
      int32_t size = abi_read_next_record(&attributes, &record.timestamp_ms, &record.offset, input,
                                          (uint32_t)(capacity - INPUT_SLACK));
      if (size < 0) guest_fail("the broker offered no record");
      record.payload = (guest_bytes){input, size};
      if (!parse(input, input + size, &record)) guest_fail("the broker sent a record that cannot be read");
      if (!callback(&record)) _Exit(1);
    }
  }
}
