import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { mask } from "./mask.js";

const names = (process.env.MASK_FIELDS ?? "").split(",").map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ""));
const fields = new Set(names.filter((name) => name !== ""));
if (fields.size === 0) {
  console.error("masking: MASK_FIELDS names no field");
  process.exit(1);
}
console.log(`masking: ${names.filter((name) => name !== "").join(", ")}`);

onRecordWritten((event, writer) => {
  const { key, value, headers } = event.record;
  const masked = value === null ? null : maskValue(value);
  writer.write({ key, value: masked, headers });
});

/**
 * The value with its fields masked; the value itself when it is not JSON.
 * @param {import("@redpanda-data/transform-sdk").RecordData} value
 */
function maskValue(value) {
  try {
    value.json(); // throws unless it is JSON, and parses it from where it stands
    return mask(value.text(), fields);
  } catch {
    console.warn("masking: value is not JSON, passed on unchanged");
    return value;
  }
}
