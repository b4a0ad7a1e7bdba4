// Normalizes JSON records: each becomes an object of the fields that NORMALIZE_FIELDS names, with the values found at their
// paths.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, parseObject, quote } from "./json";
import { pairs } from "./settings";

const fields = pairs("NORMALIZE_FIELDS").map(([name, paths]) => ({ name: quote(name), paths: paths.split("|") }));

onRecordWritten(({ record }, writer) => {
  if (record.value === null) return writer.write(record);
  const text = parseObject(record.value);
  if (text === undefined) return console.warn("normalize: value is not a JSON object, left out");
  const members = fields.map(({ name, paths }) => `${name}:${firstOf(text, paths)}`);
  writer.write({ ...record, value: `{${members.join(",")}}` });
});

/** What is found at the first path that leads somewhere. */
function firstOf(text: string, paths: string[]): string {
  for (const path of paths) {
    const found = get(text, path);
    if (found !== undefined) return found;
  }
  return "null";
}
