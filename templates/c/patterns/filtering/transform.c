/* Filters JSON records: those whose FILTER_FIELD has one of FILTER_VALUES pass, and tombstones do. */
#include "json.h"
#include "settings.h"

static const char *field;
static settings wanted;

static bool is_wanted(rp_bytes value) {
  if (rp_is_null(value)) return true;
  const char *text = json_decoded(json_get(json_parse(value), field));
  return text && settings_find(wanted, text);
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  return is_wanted(record->value) ? rp_write(record, NULL) : RP_OK;
}

int main(void) {
  field = settings_text("FILTER_FIELD");
  wanted = settings_list("FILTER_VALUES");
  rp_transform(on_record, NULL);
}
