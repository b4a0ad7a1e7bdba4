/* Normalizes JSON records: each becomes an object of the fields that NORMALIZE_FIELDS names, with the values found at their
 * paths. */
#include "json.h"
#include "settings.h"

static settings fields; /* names, and paths with | between them */
static json_text output;

static rp_bytes first_of(rp_bytes text, const char *paths) {
  char path[256];
  for (; *paths; paths += strspn(paths, "|")) {
    size_t size = strcspn(paths, "|");
    if (size >= sizeof path) return rp_null();
    memcpy(path, paths, size);
    path[size] = '\0';
    rp_bytes found = json_get(text, path);
    if (!rp_is_null(found)) return found;
    paths += size;
  }
  return rp_null();
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (rp_is_null(record->value)) return rp_write(record, NULL);
  rp_bytes text = json_parse_object(record->value);
  if (rp_is_null(text)) {
    rp_warn("normalize: value is not a JSON object, left out");
    return RP_OK;
  }
  output.size = 0;
  for (size_t i = 0; i < fields.count; i++) {
    json_put_string(&output, i == 0 ? "{" : ",");
    json_put_quoted(&output, fields.items[i].name, strlen(fields.items[i].name));
    json_put_string(&output, ":");
    rp_bytes found = first_of(text, fields.items[i].value);
    json_put_value(&output, rp_is_null(found) ? rp_string("null") : found);
  }
  json_put_string(&output, "}");
  rp_record normal = *record;
  normal.value = json_bytes(&output);
  return rp_write(&normal, NULL);
}

int main(void) {
  fields = settings_list("NORMALIZE_FIELDS");
  rp_transform(on_record, NULL);
}
