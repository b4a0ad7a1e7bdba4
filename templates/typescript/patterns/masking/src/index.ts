import { onRecordWritten, type RecordData } from "@redpanda-data/transform-sdk";

import { mask } from "./mask";

const names = (process.env["MASK_FIELDS"] ?? "")
  .split(",")
  .map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ""))
  .filter((name) => name !== "");
const fields: ReadonlySet<string> = new Set(names);
if (fields.size === 0) {
  console.error("masking: MASK_FIELDS names no field");
  process.exit(1);
}
console.log(`masking: ${names.join(", ")}`);

onRecordWritten((event, writer) => {
  const { key, value, headers } = event.record;
  writer.write({ key, value: value && maskValue(value), headers });
});

/** The value with its fields masked; the value itself when it is not JSON. */
function maskValue(value: RecordData): string | RecordData {
  try {
    value.json(); // throws unless it is JSON, and parses it from where it stands
    return mask(value.text(), fields);
  } catch {
    console.warn("masking: value is not JSON, passed on unchanged");
    return value;
  }
}
