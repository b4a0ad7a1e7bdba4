// Splits JSON records: each element of the array in SPLIT_FIELD becomes a record. What has no array passes unchanged.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, items, parse } from "./json";
import { setting } from "./settings";

const field = setting("SPLIT_FIELD");

onRecordWritten(({ record }, writer) => {
  const text = parse(record.value);
  const array = text?.[0] === "[" ? text : get(text, field);
  if (array?.[0] !== "[") {
    writer.write(record);
  } else {
    for (const [, value] of items(array)) writer.write({ ...record, value });
  }
});
