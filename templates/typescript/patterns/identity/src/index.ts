import { onRecordWritten } from "@redpanda-data/transform-sdk";

// Called for each record that is written to the input topic. writer.write takes any {key, value, headers}, and as a second
// argument the topic: writer.write(record, { topic: "other" }).
onRecordWritten((event, writer) => {
  writer.write(event.record);
});
