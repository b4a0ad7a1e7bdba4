/* Masks fields of JSON records: MASK_FIELDS names them, separated by commas. */
#include "mask.h"
#include "redpanda_transform.h"

static mask_fields fields;
static mask_output output;

static int on_record(const rp_record *record, void *user) {
  (void)user;
  rp_record masked = *record;
  if (!rp_is_null(record->value)) {
    switch (mask_json(record->value.data, (size_t)record->value.size, &fields, &output)) {
      case MASK_CHANGED:
        masked.value = rp_of(output.data, output.size);
        break;
      case MASK_NOT_JSON:
        rp_warn("masking: value is not JSON, passed on unchanged");
        break;
      case MASK_UNCHANGED:
        break;
    }
  }
  return rp_write(&masked, NULL);
}

int main(void) {
  const char *list = getenv("MASK_FIELDS");
  fields = mask_parse_fields(list ? list : "");
  if (fields.count == 0) {
    rp_warn("masking: MASK_FIELDS names no field");
    return 1;
  }
  size_t room = strlen("masking: ") + 1;
  for (size_t i = 0; i < fields.count; i++) room += strlen(fields.names[i]) + 2;
  char *line = malloc(room);
  if (line) {
    strcpy(line, "masking: ");
    for (size_t i = 0; i < fields.count; i++) {
      if (i > 0) strcat(line, ", ");
      strcat(line, fields.names[i]);
    }
    rp_log(line);
    free(line);
  }
  rp_transform(on_record, NULL);
}
