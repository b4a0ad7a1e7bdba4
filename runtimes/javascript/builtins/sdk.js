// What the modules @redpanda-data/transform-sdk and @redpanda-data/transform-sdk-sr export.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, shared) {
  "use strict";

  const { bytesOf } = shared;

  // ---- @redpanda-data/transform-sdk

  let registered = false;
  const sdk = {
    onRecordWritten(callback) {
      if (typeof callback !== "function") throw new TypeError("onRecordWritten takes a function: (event, writer) => { ... }");
      if (registered) throw new Error("onRecordWritten was called before: a transform has one callback");
      registered = true;
      native.register(callback);
    },
  };

  // ---- @redpanda-data/transform-sdk-sr

  const HEADER_BYTES = 5; // a zero, then the schema's id in big-endian order
  const SchemaFormat = Object.freeze({ Avro: 0, Protobuf: 1, JSON: 2 });

  const definition = ([format, schema, ...references]) => ({
    schema,
    format,
    references: references.map(([name, subject, version]) => ({ name, subject, version })),
  });

  const subjectSchema = (subject, version) => {
    const [id, actual, ...rest] = native.schemaOfSubject(subject, version);
    return { schema: definition(rest), subject, version: actual, id };
  };

  class SchemaRegistryClient {
    #byId = new Map();
    lookupSchemaById(id) {
      if (!this.#byId.has(id)) this.#byId.set(id, definition(native.schemaById(id)));
      return this.#byId.get(id);
    }
    lookupSchemaByVersion(subject, version) {
      return subjectSchema(subject, version);
    }
    lookupLatestSchema(subject) {
      return subjectSchema(subject, -1);
    }
    createSchema(subject, { schema, format, references = [] }) {
      const rest = references.map(({ name, subject: of, version }) => [name, of, version]);
      const id = native.createSchema(subject, [format, schema, ...rest]);
      const latest = subjectSchema(subject, -1);
      return latest.id === id ? latest : { schema: { schema, format, references }, subject, version: latest.version, id };
    }
  }

  const contentOf = (data) => {
    if (typeof data === "string") return native.encode(data);
    return typeof data?.array === "function" ? data.array() : bytesOf(data);
  };

  const registry = {
    SchemaFormat,
    newClient: () => new SchemaRegistryClient(),
    decodeSchemaID(data) {
      const bytes = contentOf(data);
      if (bytes.length < HEADER_BYTES) throw new RangeError(`a schema id takes ${HEADER_BYTES} bytes, there are ${bytes.length}`);
      if (bytes[0] !== 0) throw new TypeError(`the data begins with ${bytes[0]}, so there is no schema id before it`);
      const id = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getInt32(1);
      const rest = bytes.slice(HEADER_BYTES);
      if (typeof data === "string") return { id, rest: native.decode(rest, false) };
      return { id, rest: data instanceof ArrayBuffer ? rest.buffer : rest };
    },
    encodeSchemaID(id, data) {
      const bytes = contentOf(data);
      const out = new Uint8Array(HEADER_BYTES + bytes.length);
      new DataView(out.buffer).setInt32(1, id);
      out.set(bytes, HEADER_BYTES);
      return out;
    },
  };

  shared.modules = [sdk, registry];
  return {};
})
