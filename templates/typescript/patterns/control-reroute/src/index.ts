// Sends records with one of REROUTE_HEADERS to the second output topic while REROUTE is "on"; all else to the first one.
import { onRecordWritten, type RecordData } from "@redpanda-data/transform-sdk";

import { pairs, setting } from "./settings";

const isOn = setting("REROUTE") === "on";
const rules = pairs("REROUTE_HEADERS");
const detour = setting("REDPANDA_OUTPUT_TOPIC_1");

onRecordWritten(({ record }, writer) => {
  const isRerouted = isOn && record.headers.some(({ key, value }) => {
    return rules.some(([name, wanted]) => textOf(key) === name && textOf(value) === wanted);
  });
  writer.write(record, { topic: isRerouted ? detour : null });
});

function textOf(data: RecordData | null): string | undefined {
  try {
    return data?.text();
  } catch {
    return undefined; // it is not UTF-8
  }
}
