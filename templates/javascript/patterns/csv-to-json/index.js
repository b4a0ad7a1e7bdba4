// Makes a JSON object of each line of CSV (RFC 4180): CSV_COLUMNS names its columns.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { quote } from "./json.js";
import { list } from "./settings.js";

const columns = list("CSV_COLUMNS");

onRecordWritten(({ record }, writer) => {
  if (record.value === null) return writer.write(record);
  const cells = cellsOf(record.value);
  if (cells?.length !== columns.length) {
    return console.warn(`csv-to-json: value is not a line of ${columns.length} columns, left out`);
  }
  const members = columns.map((name, i) => `${quote(name)}:${quote(cells[i])}`);
  writer.write({ ...record, value: `{${members.join(",")}}` });
});

/**
 * The cells of a line; undefined when it is not one line of CSV.
 * @param {import("@redpanda-data/transform-sdk").RecordData} value
 */
function cellsOf(value) {
  let line;
  try {
    line = value.text().replace(/\r?\n$/, "");
  } catch {
    return undefined; // it is not UTF-8
  }
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y;
  const cells = [];
  for (;;) {
    const found = cell.exec(line);
    if (found === null) return undefined;
    cells.push(found[1] === undefined ? found[2] : found[1].replaceAll('""', '"'));
    if (found[3] === "") return cells;
  }
}
