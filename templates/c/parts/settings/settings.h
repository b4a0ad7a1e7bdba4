/* Reads the transform's environment variables. One that is missing ends the transform with a word in its log. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

typedef struct setting {
  char *name, *value;
} setting;

typedef struct settings {
  setting *items;
  size_t count; /* one at least */
} settings;

/* The variable's text, spaces around it dropped. */
const char *settings_text(const char *variable);

/* The items of "a=b, c": names and values, in order. The value of an item without = is its name. */
settings settings_list(const char *variable);

/* The value of the item of this name, or NULL. */
const char *settings_find(settings list, const char *name);

#endif
