// Filters JSON records: those whose FILTER_FIELD has one of FILTER_VALUES pass, and tombstones do.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, parse, text } from "./json";
import { list, setting } from "./settings";

const field = setting("FILTER_FIELD");
const wanted = new Set(list("FILTER_VALUES"));

onRecordWritten(({ record }, writer) => {
  const found = get(parse(record.value), field);
  if (record.value === null || (found !== undefined && wanted.has(text(found)))) writer.write(record);
});
