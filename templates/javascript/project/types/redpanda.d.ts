// What a transform's runtime has, for editors and type checkers. rpkpy builds nothing from this file.

declare module "@redpanda-data/transform-sdk" {
  /** Bytes of a record. What is kept of it after the callback stays valid. */
  export interface RecordData {
    /** As text. Throws a TypeError when the bytes are not UTF-8. */
    text(): string;
    /** As parsed JSON; faster than JSON.parse(text()). Throws a SyntaxError when the bytes are not JSON. */
    json(): any;
    /** A copy of the bytes. */
    array(): Uint8Array;
  }

  /** What can be written: text becomes UTF-8; null and undefined are null, which is not the same as empty. */
  export type Content = string | ArrayBuffer | Uint8Array | RecordData | null;

  export interface RecordHeader {
    readonly key?: Content;
    readonly value?: Content;
  }

  /** A record to write. */
  export interface Record {
    readonly key?: Content;
    readonly value?: Content;
    readonly headers?: readonly RecordHeader[];
  }

  export interface WrittenRecordHeader {
    readonly key: RecordData | null;
    readonly value: RecordData | null;
  }

  /** A record that was written to the input topic. */
  export interface WrittenRecord {
    readonly key: RecordData | null;
    readonly value: RecordData | null;
    readonly headers: readonly WrittenRecordHeader[];
  }

  export interface OnRecordWrittenEvent {
    readonly record: WrittenRecord;
  }

  export interface WriteOptions {
    /** One of the transform's output topics; without it, the first one. (Only in rpkpy's runtime.) */
    readonly topic?: string | null;
  }

  export interface RecordWriter {
    /** Write a record. Throws when the broker refuses it, for an unknown topic too. */
    write(record: Record, options?: WriteOptions): void;
  }

  export type OnRecordWrittenCallback = (event: OnRecordWrittenEvent, writer: RecordWriter) => void | Promise<void>;

  /** Name the function that is called for each record, once, while the program starts. */
  export function onRecordWritten(callback: OnRecordWrittenCallback): void;
}

declare module "@redpanda-data/transform-sdk-sr" {
  import type { RecordData } from "@redpanda-data/transform-sdk";

  export type SchemaID = number;
  export type SchemaVersion = number;

  export enum SchemaFormat {
    Avro = 0,
    Protobuf = 1,
    JSON = 2,
  }

  /** How a schema names another one that it uses. */
  export interface Reference {
    name: string;
    subject: string;
    version: SchemaVersion;
  }

  export interface Schema {
    readonly schema: string;
    readonly format: SchemaFormat;
    readonly references: Reference[];
  }

  /** A schema as one version of a subject. */
  export interface SubjectSchema {
    readonly schema: Schema;
    readonly subject: string;
    readonly version: SchemaVersion;
    readonly id: SchemaID;
  }

  /** The cluster's schema registry. Every method throws when the schema cannot be had. */
  export interface SchemaRegistryClient {
    lookupSchemaById(id: SchemaID): Schema;
    lookupSchemaByVersion(subject: string, version: SchemaVersion): SubjectSchema;
    lookupLatestSchema(subject: string): SubjectSchema;
    /** Register a schema, unless the subject has it already. */
    createSchema(subject: string, schema: Schema): SubjectSchema;
  }

  export function newClient(): SchemaRegistryClient;

  export interface DecodeResult<T> {
    readonly id: SchemaID;
    readonly rest: T;
  }

  /** Take the five bytes off that stand before a value with a schema. Throws when they are not there. */
  export function decodeSchemaID(data: string): DecodeResult<string>;
  export function decodeSchemaID(data: ArrayBuffer): DecodeResult<ArrayBuffer>;
  export function decodeSchemaID(data: Uint8Array | RecordData): DecodeResult<Uint8Array>;

  /** Put them on. */
  export function encodeSchemaID(id: SchemaID, data: string | ArrayBuffer | Uint8Array | RecordData): Uint8Array;
}

// The rest of what is there beside ECMAScript.

declare const process: {
  /** The transform's environment variables. */
  readonly env: { readonly [name: string]: string | undefined };
  /** End the instance; the broker starts it again. */
  exit(code?: number): never;
};

declare const console: {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  dir(value: unknown): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  assert(condition: unknown, ...values: unknown[]): void;
  count(label?: string): void;
  countReset(label?: string): void;
  group(...values: unknown[]): void;
  groupEnd(): void;
};

declare class TextEncoder {
  readonly encoding: "utf-8";
  encode(text?: string): Uint8Array;
  encodeInto(text: string, target: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: "utf-8";
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(data?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(init?: string | Iterable<readonly [string, string]> | { readonly [name: string]: string });
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  href: string;
  readonly origin: string;
  protocol: string;
  username: string;
  password: string;
  host: string;
  hostname: string;
  port: string;
  pathname: string;
  search: string;
  readonly searchParams: URLSearchParams;
  hash: string;
  toString(): string;
  toJSON(): string;
}

declare class DOMException extends Error {
  constructor(message?: string, name?: string);
  readonly code: number;
}

declare const performance: {
  /** Does not move on a broker. */
  now(): number;
};

declare function structuredClone<T>(value: T): T;
declare function queueMicrotask(callback: () => void): void;
declare function atob(data: string): string;
declare function btoa(data: string): string;
