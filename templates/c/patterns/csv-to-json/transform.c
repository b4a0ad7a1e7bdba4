/* Makes a JSON object of each line of CSV (RFC 4180): CSV_COLUMNS names its columns. */
#include <stdio.h>

#include "json.h"
#include "settings.h"

static settings columns;
static json_text cell, object;

/* Reads a cell from the front of the line; false when it is none. */
static bool read_cell(const char **at, const char *end) {
  cell.size = 0;
  const char *from = *at;
  if (from == end || *from != '"') {
    while (*at < end && **at != ',') {
      if (**at == '"' || **at == '\r' || **at == '\n') return false;
      ++*at;
    }
    json_put(&cell, from, (size_t)(*at - from));
    return true;
  }
  for (++*at; *at < end; ++*at) {
    if (**at == '"' && (++*at == end || **at != '"')) return true; /* two quotes are one */
    json_put(&cell, *at, 1);
  }
  return false;
}

static bool read_line(const char *at, const char *end) {
  if (end > at && end[-1] == '\n') end -= end - at > 1 && end[-2] == '\r' ? 2 : 1;
  object.size = 0;
  for (size_t i = 0; i < columns.count; i++) {
    if (i > 0 && (at == end || *at++ != ',')) return false;
    if (!read_cell(&at, end)) return false;
    const char *name = columns.items[i].name;
    json_put_string(&object, i == 0 ? "{" : ",");
    json_put_quoted(&object, name, strlen(name));
    json_put_string(&object, ":");
    json_put_quoted(&object, cell.data, cell.size);
  }
  json_put_string(&object, "}");
  return at == end && !rp_is_null(json_parse(json_bytes(&object))); /* no JSON: the line is no UTF-8 */
}

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (rp_is_null(record->value)) return rp_write(record, NULL);
  const char *line = (const char *)record->value.data;
  if (!read_line(line, line + record->value.size)) {
    char warning[80];
    snprintf(warning, sizeof warning, "csv-to-json: value is not a line of %zu columns, left out", columns.count);
    rp_warn(warning);
    return RP_OK;
  }
  rp_record changed = *record;
  changed.value = json_bytes(&object);
  return rp_write(&changed, NULL);
}

int main(void) {
  columns = settings_list("CSV_COLUMNS");
  rp_transform(on_record, NULL);
}
