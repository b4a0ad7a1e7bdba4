/* Reads JSON without changing it: what is taken out of a text are bytes of that text, as they were written. */
#ifndef JSON_H
#define JSON_H

#include "redpanda_transform.h"

enum { JSON_MAX_DEPTH = 128 }; /* arrays and objects inside each other */

/* The value without spaces around it, or null when it is not JSON (or null). */
rp_bytes json_parse(rp_bytes value);

/* The same, but null unless it is an object. */
rp_bytes json_parse_object(rp_bytes value);

/* "object", "array", "string", "number", "boolean" or "null". */
const char *json_kind(rp_bytes value);

/* The member that a path ("address.city") leads to, as it is written, or null. Of duplicate keys the last one counts. */
rp_bytes json_get(rp_bytes value, const char *path);

/* What is in an object or array:
 *
 *   for (json_items items = json_open(value); json_next(&items);) use(items.key, items.value);
 */
typedef struct json_items {
  rp_bytes key; /* with its quotes; null in an array */
  rp_bytes value;
  const uint8_t *at, *end;
} json_items;

json_items json_open(rp_bytes container);
bool json_next(json_items *items);

/* A text that grows. Start with zeros; set size to 0 to use its memory again. */
typedef struct json_text {
  char *data;
  size_t size, capacity;
} json_text;

void json_put(json_text *to, const void *data, size_t size);
void json_put_string(json_text *to, const char *text);
/* A value as it is written. */
void json_put_value(json_text *to, rp_bytes value);
/* The text that a string stands for; any other value as it is written. */
void json_put_decoded(json_text *to, rp_bytes value);
/* The text as a JSON string. */
void json_put_quoted(json_text *to, const void *text, size_t size);

/* The text that a value stands for, with a zero behind it, valid until the next call; NULL for the value null of json_get, and
 * for a text with a zero in it, which no C string equals. */
const char *json_decoded(rp_bytes value);

static inline rp_bytes json_bytes(const json_text *text) { return rp_of(text->data, text->size); }

#endif
