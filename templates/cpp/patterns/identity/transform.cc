// Writes every record unchanged to the first output topic.
#include <redpanda/transform_sdk.h>

int main() {
  redpanda::on_record_written([](const redpanda::write_event& event, redpanda::record_writer& writer) {
    return writer.write(event.record);
  });
}
