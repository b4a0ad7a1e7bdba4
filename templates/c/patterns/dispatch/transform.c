/* Dispatches JSON records: the value of DISPATCH_FIELD chooses the output topic, as DISPATCH_ROUTES says. All else goes to the
 * first one. */
#include "json.h"
#include "settings.h"

static const char *field;
static settings routes;

static int on_record(const rp_record *record, void *user) {
  (void)user;
  const char *text = json_decoded(json_get(json_parse(record->value), field));
  return rp_write(record, text ? settings_find(routes, text) : NULL);
}

int main(void) {
  field = settings_text("DISPATCH_FIELD");
  routes = settings_list("DISPATCH_ROUTES");
  rp_transform(on_record, NULL);
}
