#include "redpanda_transform.h"

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (rp_write(record, NULL)) return 1;
  return record->value.size > 1 ? 7 : 0;
}

int main(void) { rp_transform(on_record, NULL); }
