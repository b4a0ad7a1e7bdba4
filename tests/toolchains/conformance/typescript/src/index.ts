// Does what each record's value asks for; see ../../README.md.
import { onRecordWritten, type RecordWriter, type WrittenRecord } from "@redpanda-data/transform-sdk";

type Verb = (record: WrittenRecord, writer: RecordWriter, argument: string) => void;

const pass: Verb = (record, writer) => writer.write(record);

const verbs: { readonly [verb: string]: Verb } = {
  to(record, writer, argument) {
    try {
      writer.write(record, { topic: argument });
    } catch {
      console.warn(`refused: ${argument}`);
    }
  },
  environment: (record, writer, argument) => writer.write({ ...record, value: process.env[argument] ?? null }),
  change(record, writer) {
    const { key, value, headers } = record;
    writer.write({
      key: `${key?.text()}-key`,
      value: new TextEncoder().encode(`${value?.text()}-value`),
      headers: [...headers, { key: "more", value: null }],
    });
    writer.write(record);
  },
  empty: (_, writer) => writer.write({ key: "", value: "", headers: [{ key: "", value: new ArrayBuffer(0) }] }),
  null: (_, writer) => writer.write({}),
  drop() {},
  log: (_record, _writer, argument) => console.log(argument),
  warn: (_record, _writer, argument) => console.warn(argument),
  fail(_record, _writer, argument): never {
    throw new Error(argument);
  },
};

onRecordWritten(({ record }, writer) => {
  const [verb = "", ...rest] = (record.value?.text() ?? "").split(" ");
  (verbs[verb] ?? pass)(record, writer, rest.join(" "));
});
