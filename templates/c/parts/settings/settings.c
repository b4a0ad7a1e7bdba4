#include "settings.h"

#include <string.h>

#include "redpanda_transform.h"

/* Cuts spaces and tabs off both ends, in place. */
static char *trim(char *text) {
  text += strspn(text, " \t");
  size_t size = strlen(text);
  while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t')) size--;
  text[size] = '\0';
  return text;
}

static char *copy_of(const char *variable) {
  const char *text = getenv(variable);
  char *copy = strdup(text ? text : "");
  if (!copy) abort();
  return copy;
}

_Noreturn static void missing(const char *variable) {
  char line[256] = "";
  strncat(line, variable, sizeof line - sizeof " is not set");
  rp_warn(strcat(line, " is not set"));
  _Exit(1);
}

const char *settings_text(const char *variable) {
  const char *text = trim(copy_of(variable));
  if (!*text) missing(variable);
  return text;
}

settings settings_list(const char *variable) {
  char *left = copy_of(variable);
  settings list = {calloc(strlen(left) + 1, sizeof(setting)), 0};
  if (!list.items) abort();
  while (left) {
    char *item = left;
    left = strchr(item, ',');
    if (left) *left++ = '\0';
    item = trim(item);
    if (!*item) continue;
    char *value = strchr(item, '=');
    if (value) *value++ = '\0';
    item = trim(item);
    list.items[list.count++] = (setting){item, value ? trim(value) : item};
  }
  if (list.count == 0) missing(variable);
  return list;
}

const char *settings_find(settings list, const char *name) {
  for (size_t i = 0; i < list.count; i++) {
    if (strcmp(list.items[i].name, name) == 0) return list.items[i].value;
  }
  return NULL;
}
