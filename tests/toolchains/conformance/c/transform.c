/* Does what each record's value asks for; see ../README.md. */
#include "redpanda_transform.h"

#include <stdio.h>

static char argument[1024];

/* Whether the value is `verb`, alone or with an argument after a space. */
static bool asks(const rp_record *record, const char *verb) {
  size_t size = strlen(verb);
  if (record->value.size < (int32_t)size || memcmp(record->value.data, verb, size) != 0) return false;
  size_t more = (size_t)record->value.size - size;
  if (more > 0 && (record->value.data[size] != ' ' || more > sizeof argument)) return false;
  if (more > 0) memcpy(argument, record->value.data + size + 1, more - 1);
  argument[more > 0 ? more - 1 : 0] = '\0';
  return true;
}

static rp_bytes joined(rp_bytes bytes, const char *more, char *room) {
  if (bytes.size > 0) memcpy(room, bytes.data, (size_t)bytes.size);
  size_t before = bytes.size > 0 ? (size_t)bytes.size : 0;
  memcpy(room + before, more, strlen(more));
  return rp_of(room, before + strlen(more));
}

static int write_value(const rp_record *record, const char *text) {
  rp_record changed = *record;
  changed.value = rp_string(text);
  return rp_write(&changed, NULL);
}

static int change(const rp_record *record) {
  static char key[1024], value[1024];
  static rp_header headers[16];
  rp_record changed = *record;
  changed.key = joined(record->key, "-key", key);
  changed.value = joined(record->value, "-value", value);
  memcpy(headers, record->headers, (size_t)record->header_count * sizeof *headers);
  headers[changed.header_count++] = (rp_header){rp_string("more"), rp_null()};
  changed.headers = headers;
  int refused = rp_write(&changed, NULL);
  return refused ? refused : rp_write(record, NULL);
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  char text[1100];
  if (asks(record, "to")) {
    if (rp_write(record, argument) != RP_OK) {
      snprintf(text, sizeof text, "refused: %s", argument);
      rp_warn(text);
    }
    return 0;
  }
  if (asks(record, "offset")) {
    snprintf(text, sizeof text, "%lld", (long long)record->offset);
    return write_value(record, text);
  }
  if (asks(record, "timestamp")) {
    snprintf(text, sizeof text, "%lld", (long long)record->timestamp_ms);
    return write_value(record, text);
  }
  if (asks(record, "environment")) return write_value(record, getenv(argument));
  if (asks(record, "change")) return change(record);
  if (asks(record, "empty")) {
    rp_header header = {rp_string(""), rp_string("")};
    rp_record empty = {.key = rp_string(""), .value = rp_string(""), .headers = &header, .header_count = 1};
    return rp_write(&empty, NULL);
  }
  if (asks(record, "null")) {
    rp_record null = {.key = rp_null(), .value = rp_null()};
    return rp_write(&null, NULL);
  }
  if (asks(record, "drop")) return 0;
  if (asks(record, "log")) return rp_log(argument), 0;
  if (asks(record, "warn")) return rp_warn(argument), 0;
  if (asks(record, "fail")) return rp_warn(argument), 1;
  return rp_write(record, NULL);
}

int main(void) { rp_transform(on_record, NULL); }
