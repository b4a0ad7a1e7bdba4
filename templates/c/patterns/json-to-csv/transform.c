/* Makes a line of CSV (RFC 4180) of each JSON object: the fields that CSV_COLUMNS names, in that order. */
#include "json.h"
#include "settings.h"

static settings columns;
static json_text cell, line;

static void put_cell(rp_bytes value) {
  cell.size = 0;
  if (!rp_is_null(value) && strcmp(json_kind(value), "null") != 0) json_put_decoded(&cell, value);
  bool is_quoted = false;
  for (size_t i = 0; i < cell.size; i++) is_quoted |= cell.data[i] && strchr(",\"\r\n", cell.data[i]);
  if (!is_quoted) {
    json_put(&line, cell.data, cell.size);
    return;
  }
  json_put_string(&line, "\"");
  for (size_t i = 0; i < cell.size; i++) {
    if (cell.data[i] == '"') json_put_string(&line, "\"");
    json_put(&line, &cell.data[i], 1);
  }
  json_put_string(&line, "\"");
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (rp_is_null(record->value)) return rp_write(record, NULL);
  rp_bytes text = json_parse_object(record->value);
  if (rp_is_null(text)) {
    rp_warn("json-to-csv: value is not a JSON object, left out");
    return RP_OK;
  }
  line.size = 0;
  for (size_t i = 0; i < columns.count; i++) {
    if (i > 0) json_put_string(&line, ",");
    put_cell(json_get(text, columns.items[i].name));
  }
  rp_record changed = *record;
  changed.value = line.size > 0 ? json_bytes(&line) : rp_string("");
  return rp_write(&changed, NULL);
}

int main(void) {
  columns = settings_list("CSV_COLUMNS");
  rp_transform(on_record, NULL);
}
