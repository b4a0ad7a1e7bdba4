/* Validates JSON records: those whose fields are as VALIDATE_FIELDS says go to the first output topic, others to the second
 * one, with the reason in the header "error". */
#include <stdio.h>

#include "json.h"
#include "settings.h"

static settings rules;
static const char *dead_letters;

/* What is wrong with the value, or NULL. */
static const char *error_of(rp_bytes value) {
  static char error[256];
  rp_bytes text = json_parse_object(value);
  if (rp_is_null(text)) return "value is not a JSON object";
  for (size_t i = 0; i < rules.count; i++) {
    const char *field = rules.items[i].name, *type = rules.items[i].value;
    bool is_optional = strchr(type, '?');
    size_t size = strcspn(type, "?");
    rp_bytes found = json_get(text, field);
    const char *kind = rp_is_null(found) ? "" : json_kind(found);
    if (is_optional && (!*kind || strcmp(kind, "null") == 0)) continue;
    if (!*kind) {
      snprintf(error, sizeof error, "%s is missing", field);
      return error;
    }
    if (strncmp(type, "any", size) == 0 || (strncmp(type, kind, size) == 0 && !kind[size])) continue;
    snprintf(error, sizeof error, "%s is not %s %.*s", field, strchr("ao", *type) ? "an" : "a", (int)size, type);
    return error;
  }
  return NULL;
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  const char *error = rp_is_null(record->value) ? NULL : error_of(record->value);
  return error ? rp_write_with_header(record, "error", error, dead_letters) : rp_write(record, NULL);
}

int main(void) {
  rules = settings_list("VALIDATE_FIELDS");
  dead_letters = settings_text("REDPANDA_OUTPUT_TOPIC_1");
  rp_transform(on_record, NULL);
}
