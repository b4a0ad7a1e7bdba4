// Puts each record into an envelope: {"source":"the input topic","data":the JSON value, or a string of the text}.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { parse, quote } from "./json.js";
import { setting } from "./settings.js";

const source = quote(setting("REDPANDA_INPUT_TOPIC"));

onRecordWritten(({ record }, writer) => {
  if (record.value === null) return writer.write(record);
  try {
    const data = parse(record.value) ?? quote(record.value.text());
    writer.write({ ...record, value: `{"source":${source},"data":${data}}` });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.warn("multiple-ingestion: value is not UTF-8, left out");
  }
});
