// Writes every record to the first output topic, and a copy to the second one, which says where it was tapped.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { setting } from "./settings.js";

const from = { key: "tapped-from", value: setting("REDPANDA_INPUT_TOPIC") };
const tap = setting("REDPANDA_OUTPUT_TOPIC_1");

onRecordWritten(({ record }, writer) => {
  writer.write(record);
  writer.write({ ...record, headers: [...record.headers, from] }, { topic: tap });
});
