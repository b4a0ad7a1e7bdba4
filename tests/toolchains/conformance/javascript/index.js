// Does what each record's value asks for; see ../README.md.
import { onRecordWritten } from "@redpanda-data/transform-sdk";

onRecordWritten((event, writer) => {
  const record = event.record;
  const [, verb, argument] = /^(\S*) ?(.*)$/s.exec(record.value?.text() ?? "");
  switch (verb) {
    case "to":
      try {
        writer.write(record, { topic: argument });
      } catch {
        console.warn(`refused: ${argument}`);
      }
      break;
    case "environment":
      writer.write({ ...record, value: process.env[argument] });
      break;
    case "change":
      writer.write({
        key: `${record.key.text()}-key`,
        value: `${record.value.text()}-value`,
        headers: [...record.headers, { key: "more", value: null }],
      });
      writer.write(record);
      break;
    case "empty":
      writer.write({ key: "", value: new Uint8Array(0), headers: [{ key: "", value: "" }] });
      break;
    case "null":
      writer.write({ key: null });
      break;
    case "drop":
      break;
    case "log":
      console.log(argument);
      break;
    case "warn":
      console.error(argument);
      break;
    case "fail":
      throw new Error(argument);
    default:
      writer.write(record);
  }
});
