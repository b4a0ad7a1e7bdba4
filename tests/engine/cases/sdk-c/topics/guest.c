#include "redpanda_transform.h"

static int on_record(const rp_record *record, void *user) {
  (void)user;
  if (rp_is_null(record->key)) return rp_write(record, NULL);
  char topic[16] = {0};
  memcpy(topic, record->key.data, (size_t)record->key.size);
  int result = rp_write(record, topic);
  if (result != RP_UNKNOWN_TOPIC) return result;
  rp_record unknown = *record;
  unknown.value = rp_string("unknown");
  return rp_write(&unknown, "two");
}

int main(void) { rp_transform(on_record, NULL); }
