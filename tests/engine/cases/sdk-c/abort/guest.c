#include "redpanda_transform.h"

__attribute__((noinline)) static void explode(void) { abort(); }

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (record->value.size) explode();
  return 0;
}

int main(void) { rp_transform(on_record, NULL); }
