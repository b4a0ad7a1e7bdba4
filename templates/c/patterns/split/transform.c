/* Splits JSON records: each element of the array in SPLIT_FIELD becomes a record. What has no array passes unchanged. */
#include "json.h"
#include "settings.h"

static const char *field;

static bool is_array(rp_bytes value) { return !rp_is_null(value) && value.data[0] == '['; }

static int on_record(const rp_record *record, void *user) {
  (void)user;
  rp_bytes text = json_parse(record->value);
  rp_bytes array = is_array(text) ? text : json_get(text, field);
  if (!is_array(array)) return rp_write(record, NULL);
  rp_record element = *record;
  int result = RP_OK;
  for (json_items items = json_open(array); result == RP_OK && json_next(&items);) {
    element.value = items.value;
    result = rp_write(&element, NULL);
  }
  return result;
}

int main(void) {
  field = settings_text("SPLIT_FIELD");
  rp_transform(on_record, NULL);
}
