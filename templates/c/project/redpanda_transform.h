/* redpanda_transform.h: data transforms for Redpanda and Kafka, in C99 or later. One file, no dependency but libc.
 *
 *   static int on_record(const rp_record *record, void *user) {
 *     return rp_write(record, NULL);
 *   }
 *   int main(void) { rp_transform(on_record, NULL); }
 *
 * rp_transform never returns: it hands each record that was written to the input topic to the callback. A callback that
 * returns something else than 0 ends the module; the broker starts it again and offers the same record again.
 *
 * What printf, fprintf(stderr, ...) and write send goes to the transform's logs. Standard output is buffered and the buffer is
 * only written when it is full: use rp_log and rp_warn, which write one line as one log record.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef REDPANDA_TRANSFORM_H
#define REDPANDA_TRANSFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that belong to somebody else. A size of -1 is null, which is not the same as empty. */
typedef struct rp_bytes {
  const uint8_t *data;
  int32_t size;
} rp_bytes;

typedef struct rp_header {
  rp_bytes key;
  rp_bytes value;
} rp_header;

/* A record. In a callback everything it points to is valid until the callback returns. */
typedef struct rp_record {
  rp_bytes key;
  rp_bytes value;
  const rp_header *headers;
  int32_t header_count;
  int64_t timestamp_ms; /* since the epoch; of the input record, not written */
  int64_t offset;       /* of the input record in its partition, not written */
} rp_record;

/* Called for each record. 0: go on. Anything else: end the module. */
typedef int (*rp_callback)(const rp_record *record, void *user);

/* What rp_write returns. */
enum {
  RP_OK = 0,
  RP_INVALID = -2,       /* the broker could not read the record */
  RP_UNKNOWN_TOPIC = -3, /* not an output topic of this transform; nothing was written */
  RP_NO_MEMORY = -100
};

static inline rp_bytes rp_null(void) {
  rp_bytes bytes = {NULL, -1};
  return bytes;
}

static inline rp_bytes rp_of(const void *data, size_t size) {
  rp_bytes bytes = {(const uint8_t *)data, (int32_t)size};
  return bytes;
}

static inline rp_bytes rp_string(const char *text) { return rp_of(text, strlen(text)); }

static inline bool rp_is_null(rp_bytes bytes) { return bytes.size < 0; }

/* One line to the transform's logs, at level INFO (rp_log) or WARN (rp_warn). */
static inline void rp_log(const char *line);
static inline void rp_warn(const char *line);

/* Write a record to an output topic, or to the first one when `topic` is NULL. RP_OK or a negative RP_... */
static inline int rp_write(const rp_record *record, const char *topic);

/* The same, with one header more than the record has. */
static inline int rp_write_with_header(const rp_record *record, const char *key, const char *value, const char *topic);

/* Read records for ever. Call it once, from main. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
static inline void rp_transform(rp_callback callback, void *user);

/* ------------------------------------------------------------------------------------------------------------------ */
/* How it is done. The names and types of the imports are the broker's ABI, version 2. */

#define RP_IMPORT_(name) __attribute__((import_module("redpanda_transform"), import_name(name)))

RP_IMPORT_("check_abi_version_2") void rp_check_abi_version_2_(void);
RP_IMPORT_("read_batch_header")
int32_t rp_read_batch_header_(int64_t *base_offset, int32_t *record_count, int32_t *partition_leader_epoch,
                              int16_t *attributes, int32_t *last_offset_delta, int64_t *base_timestamp,
                              int64_t *max_timestamp, int64_t *producer_id, int16_t *producer_epoch,
                              int32_t *base_sequence);
RP_IMPORT_("read_next_record")
int32_t rp_read_next_record_(uint8_t *attributes, int64_t *timestamp, int64_t *offset, uint8_t *buffer, uint32_t size);
RP_IMPORT_("write_record_with_options")
int32_t rp_write_record_with_options_(const uint8_t *record, uint32_t size, const uint8_t *options,
                                      uint32_t options_size);

/* Integers are zigzag varints, at most five bytes; bytes are their size (-1: null) and themselves. */
enum { RP_VARINT_MAX_ = 5 };

static inline uint8_t *rp_put_int_(uint8_t *at, int32_t value) {
  uint32_t bits = ((uint32_t)value << 1) ^ (value < 0 ? UINT32_MAX : 0);
  for (; bits >= 0x80; bits >>= 7) *at++ = (uint8_t)(bits | 0x80);
  *at++ = (uint8_t)bits;
  return at;
}

static inline uint8_t *rp_put_bytes_(uint8_t *at, rp_bytes bytes) {
  at = rp_put_int_(at, bytes.size < 0 ? -1 : bytes.size);
  if (bytes.size > 0) {
    memcpy(at, bytes.data, (size_t)bytes.size);
    at += bytes.size;
  }
  return at;
}

static inline size_t rp_room_(rp_bytes bytes) {
  return RP_VARINT_MAX_ + (bytes.size > 0 ? (size_t)bytes.size : 0);
}

/* One write, so one log record. */
static inline void rp_line_(int fd, const char *line, const char *more) {
  struct iovec parts[] = {{(void *)line, strlen(line)}, {(void *)more, strlen(more)}, {(void *)"\n", 1}};
  if (writev(fd, parts, 3) < 0) { /* the broker takes every line */
  }
}

static inline void rp_fail_(const char *what, int32_t code) {
  char text[16], *at = text + sizeof text;
  uint32_t left = code < 0 ? 0u - (uint32_t)code : (uint32_t)code;
  *--at = '\0';
  do *--at = (char)('0' + left % 10);
  while (left /= 10);
  if (code < 0) *--at = '-';
  rp_line_(2, what, at);
  _Exit(1);
}

static inline int32_t rp_get_int_(const uint8_t **at, const uint8_t *end) {
  uint32_t bits = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    if (*at == end) break;
    uint8_t byte = *(*at)++;
    bits |= (uint32_t)(byte & 0x7f) << shift;
    if (byte < 0x80) return (int32_t)(bits >> 1) ^ -(int32_t)(bits & 1);
  }
  rp_fail_("redpanda_transform: the broker sent a record that cannot be read: ", 0);
  return 0;
}

static inline rp_bytes rp_get_bytes_(const uint8_t **at, const uint8_t *end) {
  int32_t size = rp_get_int_(at, end);
  if (size < 0) return rp_null();
  if (size > end - *at) rp_fail_("redpanda_transform: the broker sent a record that cannot be read: ", size);
  rp_bytes bytes = rp_of(*at, (size_t)size);
  *at += size;
  return bytes;
}

/* The record being read and, behind it, the one being written. A broker gives a transform 2 MiB, and an allocator keeps the old
 * buffer when it hands out a larger one; so this is pages at the end of the memory, which grow in place as long as
 * nothing else took pages behind them. */
enum { RP_PAGE_ = 65536 };

typedef struct rp_buffer_ {
  uint8_t *data;
  size_t input, capacity;
} rp_buffer_;

static rp_buffer_ rp_buffer_of_module_;

static inline bool rp_grow_(size_t size) {
  rp_buffer_ *buffer = &rp_buffer_of_module_;
  if (size <= buffer->capacity) return true;
  uint8_t *memory_end = (uint8_t *)(__builtin_wasm_memory_size(0) * RP_PAGE_);
  bool in_place = buffer->data && buffer->data + buffer->capacity == memory_end;
  size_t pages = (size - (in_place ? buffer->capacity : 0) + RP_PAGE_ - 1) / RP_PAGE_;
  if (__builtin_wasm_memory_grow(0, pages) == (size_t)-1) return false;
  if (!in_place) {
    buffer->data = memory_end; /* the old pages stay as they are: a record may point there */
    buffer->capacity = 0;
  }
  buffer->capacity += pages * RP_PAGE_;
  return true;
}

/* Room for `size` bytes of input, or NULL. What was written before is gone. Where it can be had, room for an output of about
 * that size is taken at once, before the transform's own allocations stand behind it. */
static inline uint8_t *rp_input_(size_t size) {
  if (!rp_grow_(size + size + size / 8 + 256) && !rp_grow_(size)) return NULL;
  if (size > rp_buffer_of_module_.input) rp_buffer_of_module_.input = size;
  return rp_buffer_of_module_.data;
}

/* Room for `size` bytes of output, or NULL. */
static inline uint8_t *rp_output_(size_t size) {
  if (!rp_grow_(rp_buffer_of_module_.input + size)) return NULL;
  return rp_buffer_of_module_.data + rp_buffer_of_module_.input;
}

static inline void rp_log(const char *line) { rp_line_(1, line, ""); }
static inline void rp_warn(const char *line) { rp_line_(2, line, ""); }

static inline int rp_write(const rp_record *record, const char *topic) {
  size_t topic_size = topic ? strlen(topic) : 0;
  size_t options_room = topic ? 1 + RP_VARINT_MAX_ + topic_size : 0;
  size_t room = options_room + rp_room_(record->key) + rp_room_(record->value) + RP_VARINT_MAX_;
  for (int32_t i = 0; i < record->header_count; i++) {
    room += rp_room_(record->headers[i].key) + rp_room_(record->headers[i].value);
  }
  uint8_t *options = rp_output_(room);
  if (!options) return RP_NO_MEMORY;
  uint8_t *options_end = options;
  if (topic) {
    *options_end++ = 1; /* the option's number: output topic */
    options_end = rp_put_bytes_(options_end, rp_of(topic, topic_size));
  }
  uint8_t *start = options + options_room;
  uint8_t *end = rp_put_bytes_(rp_put_bytes_(start, record->key), record->value);
  end = rp_put_int_(end, record->header_count);
  for (int32_t i = 0; i < record->header_count; i++) {
    end = rp_put_bytes_(rp_put_bytes_(end, record->headers[i].key), record->headers[i].value);
  }
  int32_t written = rp_write_record_with_options_(start, (uint32_t)(end - start), options,
                                                  (uint32_t)(options_end - options));
  return written < 0 ? written : RP_OK;
}

static inline int rp_write_with_header(const rp_record *record, const char *key, const char *value, const char *topic) {
  size_t count = (size_t)record->header_count;
  rp_header *headers = (rp_header *)malloc((count + 1) * sizeof *headers);
  if (!headers) return RP_NO_MEMORY;
  if (count > 0) memcpy(headers, record->headers, count * sizeof *headers);
  headers[count].key = rp_string(key);
  headers[count].value = rp_string(value);
  rp_record longer = *record;
  longer.headers = headers;
  longer.header_count++;
  int result = rp_write(&longer, topic);
  free(headers);
  return result;
}

static inline void rp_transform(rp_callback callback, void *user) {
  rp_header *headers = NULL;
  size_t headers_capacity = 0;
  rp_check_abi_version_2_();
  for (;;) {
    int64_t base_offset, base_timestamp, max_timestamp, producer_id;
    int32_t count, leader_epoch, last_offset_delta, base_sequence;
    int16_t batch_attributes, producer_epoch;
    int32_t size =
        rp_read_batch_header_(&base_offset, &count, &leader_epoch, &batch_attributes, &last_offset_delta,
                              &base_timestamp, &max_timestamp, &producer_id, &producer_epoch, &base_sequence);
    if (size < 0) rp_fail_("redpanda_transform: the broker offered no batch: ", size);
    if (!rp_input_((size_t)size)) rp_fail_("redpanda_transform: no memory for a record of this size: ", size);
    for (int32_t i = 0; i < count; i++) {
      rp_record record;
      uint8_t attributes;
      uint8_t *payload = rp_buffer_of_module_.data;
      int32_t got = rp_read_next_record_(&attributes, &record.timestamp_ms, &record.offset, payload, (uint32_t)size);
      if (got < 0) rp_fail_("redpanda_transform: the broker offered no record: ", got);
      const uint8_t *at = payload, *end = payload + got;
      record.key = rp_get_bytes_(&at, end);
      record.value = rp_get_bytes_(&at, end);
      record.header_count = rp_get_int_(&at, end);
      /* each header takes two bytes at least */
      if (record.header_count < 0 || record.header_count > (end - at) / 2) {
        rp_fail_("redpanda_transform: the broker sent a record that cannot be read: ", record.header_count);
      }
      if ((size_t)record.header_count > headers_capacity) {
        free(headers);
        headers_capacity = (size_t)record.header_count;
        headers = (rp_header *)malloc(headers_capacity * sizeof *headers);
        if (!headers) rp_fail_("redpanda_transform: no memory for so many headers: ", record.header_count);
      }
      for (int32_t h = 0; h < record.header_count; h++) {
        headers[h].key = rp_get_bytes_(&at, end);
        headers[h].value = rp_get_bytes_(&at, end);
      }
      record.headers = headers;
      int failed = callback(&record, user);
      if (failed) rp_fail_("redpanda_transform: the transform refused a record: ", failed);
    }
  }
}

#ifdef __cplusplus
}
#endif
#endif
