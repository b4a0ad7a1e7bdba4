// Makes a line of CSV (RFC 4180) of each JSON object: the fields that CSV_COLUMNS names, in that order.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, parseObject, text } from "./json.js";
import { list } from "./settings.js";

const columns = list("CSV_COLUMNS");

onRecordWritten(({ record }, writer) => {
  if (record.value === null) return writer.write(record);
  const object = parseObject(record.value);
  if (object === undefined) return console.warn("json-to-csv: value is not a JSON object, left out");
  writer.write({ ...record, value: columns.map((column) => cell(get(object, column))).join(",") });
});

/** @param {string | undefined} value */
function cell(value) {
  if (value === undefined || value === "null") return "";
  const plain = text(value);
  return /[,"\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
