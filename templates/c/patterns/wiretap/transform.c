/* Writes every record to the first output topic, and a copy to the second one, which says where it was tapped. */
#include "redpanda_transform.h"
#include "settings.h"

static const char *input, *tap;

static int on_record(const rp_record *record, void *user) {
  (void)user;
  int result = rp_write(record, NULL);
  return result == RP_OK ? rp_write_with_header(record, "tapped-from", input, tap) : result;
}

int main(void) {
  input = settings_text("REDPANDA_INPUT_TOPIC");
  tap = settings_text("REDPANDA_OUTPUT_TOPIC_1");
  rp_transform(on_record, NULL);
}
