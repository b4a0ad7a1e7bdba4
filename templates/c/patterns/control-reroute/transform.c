/* Sends records with one of REROUTE_HEADERS to the second output topic while REROUTE is "on"; all else to the first one. */
#include "redpanda_transform.h"
#include "settings.h"

static bool is_on;
static settings rules;
static const char *detour;

static bool equals(rp_bytes bytes, const char *text) {
  return !rp_is_null(bytes) && (size_t)bytes.size == strlen(text) && memcmp(bytes.data, text, strlen(text)) == 0;
}

static bool is_rerouted(const rp_record *record) {
  for (int32_t i = 0; i < record->header_count; i++) {
    for (size_t r = 0; r < rules.count; r++) {
      if (equals(record->headers[i].key, rules.items[r].name) && equals(record->headers[i].value, rules.items[r].value)) {
        return true;
      }
    }
  }
  return false;
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  return rp_write(record, is_on && is_rerouted(record) ? detour : NULL);
}

int main(void) {
  is_on = strcmp(settings_text("REROUTE"), "on") == 0;
  rules = settings_list("REROUTE_HEADERS");
  detour = settings_text("REDPANDA_OUTPUT_TOPIC_1");
  rp_transform(on_record, NULL);
}
