/* Enriches JSON records: what the table (table.h) has for the value of ENRICH_FIELD is added as ENRICH_AS. */
#include "json.h"
#include "settings.h"
#include "table.h"

static const char *field, *added;
static json_text output;

static const char *row_of(rp_bytes text) {
  const char *value = json_decoded(json_get(text, field));
  for (size_t i = 0; value && i < sizeof table / sizeof *table; i++) {
    if (strcmp(table[i].name, value) == 0) return table[i].value;
  }
  return "null";
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  rp_bytes text = json_parse_object(record->value);
  if (rp_is_null(text)) return rp_write(record, NULL);
  output.size = 0;
  json_put_string(&output, "{");
  for (json_items items = json_open(text); json_next(&items);) {
    const char *key = json_decoded(items.key);
    if (key && strcmp(key, added) == 0) continue;
    json_put_value(&output, items.key);
    json_put_string(&output, ":");
    json_put_value(&output, items.value);
    json_put_string(&output, ",");
  }
  json_put_quoted(&output, added, strlen(added));
  json_put_string(&output, ":");
  json_put_string(&output, row_of(text));
  json_put_string(&output, "}");
  rp_record enriched = *record;
  enriched.value = json_bytes(&output);
  return rp_write(&enriched, NULL);
}

int main(void) {
  field = settings_text("ENRICH_FIELD");
  added = settings_text("ENRICH_AS");
  rp_transform(on_record, NULL);
}
