#include "redpanda_transform.h"

static int on_record(const rp_record *record, void *user) {
  (void)user;
  return rp_write(record, NULL);
}

int main(void) { rp_transform(on_record, NULL); }
