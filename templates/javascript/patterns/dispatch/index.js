// Dispatches JSON records: the value of DISPATCH_FIELD chooses the output topic, as DISPATCH_ROUTES says. All else goes to
// the first one.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

import { get, parse, text } from "./json.js";
import { pairs, setting } from "./settings.js";

const field = setting("DISPATCH_FIELD");
const routes = new Map(pairs("DISPATCH_ROUTES"));

onRecordWritten(({ record }, writer) => {
  const found = get(parse(record.value), field);
  writer.write(record, { topic: found === undefined ? null : routes.get(text(found)) });
});
