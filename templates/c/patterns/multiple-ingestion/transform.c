/* Puts each record into an envelope: {"source":"the input topic","data":the JSON value, or a string of the text}. */
#include "json.h"
#include "settings.h"

static const char *source;
static json_text output;

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (rp_is_null(record->value)) return rp_write(record, NULL);
  output.size = 0;
  json_put_string(&output, "{\"source\":");
  json_put_quoted(&output, source, strlen(source));
  json_put_string(&output, ",\"data\":");
  rp_bytes text = json_parse(record->value);
  if (rp_is_null(text)) {
    json_put_quoted(&output, record->value.data, (size_t)record->value.size);
  } else {
    json_put_value(&output, text);
  }
  json_put_string(&output, "}");
  if (rp_is_null(text) && rp_is_null(json_parse(json_bytes(&output)))) {
    rp_warn("multiple-ingestion: value is not UTF-8, left out");
    return RP_OK;
  }
  rp_record wrapped = *record;
  wrapped.value = json_bytes(&output);
  return rp_write(&wrapped, NULL);
}

int main(void) {
  source = settings_text("REDPANDA_INPUT_TOPIC");
  rp_transform(on_record, NULL);
}
