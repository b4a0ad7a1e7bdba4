// Gives each topic of DESTINATIONS the fields of JSON records that it needs.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, parseObject, quote } from "./json.js";
import { pairs } from "./settings.js";

const destinations = pairs("DESTINATIONS").map(([topic, fields]) => ({ topic, fields: fields.split("|") }));

onRecordWritten(({ record }, writer) => {
  const text = parseObject(record.value);
  if (record.value !== null && text === undefined) {
    return console.warn("multiple-destinations: value is not a JSON object, left out");
  }
  for (const { topic, fields } of destinations) {
    writer.write({ ...record, value: text === undefined ? null : partOf(text, fields) }, { topic });
  }
});

/**
 * An object of the fields that are there.
 * @param {string} text
 * @param {string[]} fields
 */
function partOf(text, fields) {
  const there = fields.filter((field) => get(text, field) !== undefined);
  return `{${there.map((field) => `${quote(field)}:${get(text, field)}`).join(",")}}`;
}
