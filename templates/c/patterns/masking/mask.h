/* Masks fields of a JSON text, leaving every other byte as it is. */
#ifndef MASK_H
#define MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MASK_MAX_DEPTH = 128 }; /* arrays and objects inside each other */

/* Names of the fields to mask. */
typedef struct mask_fields {
  char **names;
  size_t count;
} mask_fields;

/* The masked text, in a buffer that is reused from call to call. */
typedef struct mask_output {
  uint8_t *data;
  size_t size, capacity;
} mask_output;

typedef enum mask_result {
  MASK_UNCHANGED, /* JSON without one of the fields: nothing was written to the output */
  MASK_CHANGED,
  MASK_NOT_JSON
} mask_result;

/* Reads "email, phone" into names: split at commas, spaces and tabs around a name dropped, empty names too. */
mask_fields mask_parse_fields(const char *list);

/* Masks the value of each member whose key is in `fields`, at any depth: a string of more than 8 characters keeps its last
 * 4 behind "****", every other value becomes "****". */
mask_result mask_json(const uint8_t *text, size_t size, const mask_fields *fields, mask_output *output);

#endif
