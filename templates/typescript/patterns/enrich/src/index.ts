// Enriches JSON records: what the table (table.ts) has for the value of ENRICH_FIELD is added as ENRICH_AS.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, items, parseObject, quote, text } from "./json";
import { setting } from "./settings";
import { table } from "./table";

const field = setting("ENRICH_FIELD");
const added = setting("ENRICH_AS");
const rows = new Map(Object.entries(table).map(([name, row]) => [name, JSON.stringify(row)]));

onRecordWritten(({ record }, writer) => {
  const object = parseObject(record.value);
  if (object === undefined) return writer.write(record);
  const value = get(object, field);
  const row = value === undefined ? undefined : rows.get(text(value));
  const members = items(object).filter(([key]) => text(key) !== added).map(([key, member]) => `${key}:${member}`);
  writer.write({ ...record, value: `{${[...members, `${quote(added)}:${row ?? "null"}`].join(",")}}` });
});
