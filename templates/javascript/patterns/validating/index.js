// Validates JSON records: those whose fields are as VALIDATE_FIELDS says go to the first output topic, others to the second
// one, with the reason in the header "error".
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, kind, parseObject } from "./json.js";
import { pairs, setting } from "./settings.js";

const rules = pairs("VALIDATE_FIELDS");
const deadLetters = setting("REDPANDA_OUTPUT_TOPIC_1");

onRecordWritten(({ record }, writer) => {
  const error = record.value === null ? undefined : check(record.value);
  if (error === undefined) {
    writer.write(record);
  } else {
    const headers = [...record.headers, { key: "error", value: error }];
    writer.write({ ...record, headers }, { topic: deadLetters });
  }
});

/**
 * What is wrong with the value, if anything is.
 * @param {import("@redpanda-data/transform-sdk").RecordData} value
 */
function check(value) {
  const text = parseObject(value);
  if (text === undefined) return "value is not a JSON object";
  for (const [field, rule] of rules) {
    const found = get(text, field);
    const isOptional = rule.endsWith("?");
    const type = isOptional ? rule.slice(0, -1) : rule;
    if (isOptional && (found === undefined || found === "null")) continue;
    if (found === undefined) return `${field} is missing`;
    if (type !== "any" && type !== kind(found)) return `${field} is not ${/^[ao]/.test(type) ? "an" : "a"} ${type}`;
  }
}
