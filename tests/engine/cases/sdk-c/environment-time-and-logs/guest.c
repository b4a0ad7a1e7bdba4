#include <stdio.h>
#include <time.h>

#include "redpanda_transform.h"

static int on_record(const rp_record *record, void *user) {
  char text[200];
  snprintf(text, sizeof text, "%s from %s to %s at %lld for %lld at %lld", getenv("GREETING"), (const char *)user,
           getenv("REDPANDA_INPUT_TOPIC"), (long long)time(NULL), (long long)record->offset,
           (long long)record->timestamp_ms);
  rp_log("info");
  rp_warn("warning");
  rp_record out = *record;
  out.value = rp_string(text);
  return rp_write(&out, NULL);
}

int main(int argc, char **argv) {
  (void)argc;
  rp_transform(on_record, argv[0]);
}
