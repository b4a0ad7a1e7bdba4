/* Gives each topic of DESTINATIONS the fields of JSON records that it needs. */
#include "json.h"
#include "settings.h"

static settings destinations; /* topics, and fields with | between them */
static json_text output;

static rp_bytes part_of(rp_bytes text, const char *fields) {
  char field[256];
  output.size = 0;
  json_put_string(&output, "{");
  for (; *fields; fields += strspn(fields, "|")) {
    size_t size = strcspn(fields, "|");
    if (size < sizeof field) {
      memcpy(field, fields, size);
      field[size] = '\0';
      rp_bytes found = json_get(text, field);
      if (!rp_is_null(found)) {
        if (output.size > 1) json_put_string(&output, ",");
        json_put_quoted(&output, field, size);
        json_put_string(&output, ":");
        json_put_value(&output, found);
      }
    }
    fields += size;
  }
  json_put_string(&output, "}");
  return json_bytes(&output);
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  rp_bytes text = json_parse_object(record->value);
  if (rp_is_null(text) && !rp_is_null(record->value)) {
    rp_warn("multiple-destinations: value is not a JSON object, left out");
    return RP_OK;
  }
  int result = RP_OK;
  for (size_t i = 0; result == RP_OK && i < destinations.count; i++) {
    rp_record part = *record;
    if (!rp_is_null(text)) part.value = part_of(text, destinations.items[i].value);
    result = rp_write(&part, destinations.items[i].name);
  }
  return result;
}

int main(void) {
  destinations = settings_list("DESTINATIONS");
  rp_transform(on_record, NULL);
}
