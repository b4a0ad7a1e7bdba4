// What the runtime adds to QuickJS: the SDK's modules and the parts of the web platform that transforms use.
//
// A function of the natives (natives.c, registry.c) that sets up the global object and returns what the modules
// @redpanda-data/transform-sdk and @redpanda-data/transform-sdk-sr export. It runs once, when the runtime is built; its
// objects are part of every transform's memory, so it stays small. It recurses little: the native stack is 64 KiB.
//
// SPDX-License-Identifier: Apache-2.0
(function (native) {
  "use strict";

  const define = (values) => {
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    }
  };

  // ---- Text

  const UTF8_LABELS = new Set(["unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "utf-8", "utf8", "x-unicode20utf8"]);

  const bytesOf = (input) => {
    if (input === undefined) return new Uint8Array(0);
    if (input instanceof Uint8Array) return input;
    if (input instanceof ArrayBuffer) return new Uint8Array(input);
    if (ArrayBuffer.isView(input)) return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    throw new TypeError("expected an ArrayBuffer or a view of one");
  };

  class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return native.encode(text);
    }
    encodeInto(text, target) {
      let read = 0;
      let written = 0;
      for (const character of String(text)) {
        const bytes = native.encode(character);
        if (written + bytes.length > target.length) break;
        target.set(bytes, written);
        written += bytes.length;
        read += character.length;
      }
      return { read, written };
    }
  }

  // How many bytes at the end begin a character that may go on in the next chunk.
  const unfinished = (bytes) => {
    for (let back = 1; back <= 3 && back <= bytes.length; back++) {
      const byte = bytes[bytes.length - back];
      if ((byte & 0xc0) === 0x80) continue;
      const needs = byte >= 0xf0 && byte <= 0xf4 ? 4 : byte >= 0xe0 && byte < 0xf0 ? 3 : byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
      return needs > back ? back : 0;
    }
    return 0;
  };

  class TextDecoder {
    #fatal;
    #keepsMark;
    #pending = null;
    #started = false;
    constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
      if (!UTF8_LABELS.has(String(label).trim().toLowerCase())) {
        throw new RangeError(`TextDecoder: only utf-8 is supported, not ${label}`);
      }
      this.#fatal = Boolean(fatal);
      this.#keepsMark = Boolean(ignoreBOM);
    }
    get encoding() {
      return "utf-8";
    }
    get fatal() {
      return this.#fatal;
    }
    get ignoreBOM() {
      return this.#keepsMark;
    }
    decode(input, { stream = false } = {}) {
      let bytes = bytesOf(input);
      if (this.#pending) {
        const whole = new Uint8Array(this.#pending.length + bytes.length);
        whole.set(this.#pending);
        whole.set(bytes, this.#pending.length);
        bytes = whole;
        this.#pending = null;
      }
      if (stream) {
        const kept = unfinished(bytes);
        if (kept) {
          this.#pending = bytes.slice(bytes.length - kept);
          bytes = bytes.subarray(0, bytes.length - kept);
        }
      }
      const first = !this.#started;
      this.#started = stream && (this.#started || bytes.length > 0);
      const text = native.decode(bytes, this.#fatal);
      if (text === null) {
        this.#started = false;
        throw new TypeError("TextDecoder: the data is not valid UTF-8");
      }
      return first && !this.#keepsMark && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  }

  // ---- console: one line of the log for each call; log, info and debug at INFO, the others at WARN

  const MOST_SHOWN = 100;
  const DEEPEST_SHOWN = 3;

  const nameOf = (object) => {
    const prototype = Object.getPrototypeOf(object);
    return prototype === null ? "[null prototype]" : prototype.constructor?.name || "Object";
  };

  const showError = (error) => {
    const first = String(error);
    const stack = typeof error.stack === "string" ? error.stack.trimEnd() : "";
    return stack ? `${first}\n${stack}` : first;
  };

  const showKey = (key) =>
    typeof key === "symbol" ? `[${String(key)}]` : /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : JSON.stringify(key);

  const show = (value, depth, above) => {
    switch (typeof value) {
      case "string":
        return JSON.stringify(value);
      case "bigint":
        return `${value}n`;
      case "number":
        return Object.is(value, -0) ? "-0" : String(value);
      case "function":
        // the source is not kept, but a class's prototype cannot be replaced
        return `[${Object.getOwnPropertyDescriptor(value, "prototype")?.writable === false ? "class" : "Function"} ${value.name || "(anonymous)"}]`;
      case "object":
        break;
      default:
        return String(value);
    }
    if (value === null) return "null";
    if (value instanceof Error) return showError(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (above.includes(value)) return "[Circular]";
    if (depth > DEEPEST_SHOWN) return Array.isArray(value) ? "[Array]" : `[${nameOf(value)}]`;
    const inner = [...above, value];
    const parts = [];
    let name = nameOf(value);
    let brackets = "{}";
    let total = 0;
    if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
      brackets = "[]";
      total = value.length;
      name = Array.isArray(value) ? "" : `${name}(${total})`;
      for (let i = 0; i < total && i < MOST_SHOWN; i++) parts.push(show(value[i], depth + 1, inner));
    } else if (value instanceof Map || value instanceof Set) {
      total = value.size;
      name = `${name}(${total})`;
      for (const entry of value) {
        if (parts.length >= MOST_SHOWN) break;
        parts.push(
          value instanceof Set
            ? show(entry, depth + 1, inner)
            : `${show(entry[0], depth + 1, inner)} => ${show(entry[1], depth + 1, inner)}`,
        );
      }
    } else if (value[Symbol.toStringTag] === "RecordData" && typeof value.text === "function") {
      try {
        return `RecordData ${JSON.stringify(value.text())}`;
      } catch {
        return `RecordData ${show(value.array(), depth, above)}`;
      }
    } else {
      const keys = Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
      total = keys.length;
      if (name === "Object") name = "";
      for (const key of keys.slice(0, MOST_SHOWN)) {
        const { get, value: content } = Object.getOwnPropertyDescriptor(value, key);
        parts.push(`${showKey(key)}: ${get ? "[Getter]" : show(content, depth + 1, inner)}`);
      }
    }
    if (total > parts.length) parts.push(`... ${total - parts.length} more`);
    const space = brackets === "{}" && parts.length ? " " : "";
    return `${name ? `${name} ` : ""}${brackets[0]}${space}${parts.join(", ")}${space}${brackets[1]}`;
  };

  const plain = (value) => (typeof value === "string" ? value : show(value, 0, []));

  // The format specifiers of the Console standard; %c's style is dropped.
  const format = (values) => {
    let rest = 0;
    let text = "";
    if (typeof values[0] === "string" && values.length > 1 && values[0].includes("%")) {
      rest = 1;
      text = values[0].replace(/%[%sdifjoOc]/g, (specifier) => {
        if (specifier === "%%") return "%";
        if (rest >= values.length) return specifier;
        const value = values[rest++];
        switch (specifier[1]) {
          case "s":
            return typeof value === "object" && value !== null ? show(value, DEEPEST_SHOWN, []) : String(value);
          case "d":
            return typeof value === "object" ? "NaN" : String(Number(value));
          case "i":
            return typeof value === "object" ? "NaN" : String(Number.parseInt(value, 10));
          case "f":
            return String(Number.parseFloat(value));
          case "j":
            return JSON.stringify(value);
          case "c":
            return "";
          default:
            return show(value, 0, []);
        }
      });
      if (rest < values.length) text += " ";
    }
    for (let i = rest; i < values.length; i++) text += (i > rest ? " " : "") + plain(values[i]);
    return text;
  };

  const INFO = 1;
  const WARN = 2;
  let indent = "";
  const counts = new Map();
  const line = (stream, text) => native.log(stream, indent ? indent + text.replaceAll("\n", `\n${indent}`) : text);
  const console = {
    log: (...values) => line(INFO, format(values)),
    info: (...values) => line(INFO, format(values)),
    debug: (...values) => line(INFO, format(values)),
    dir: (value) => line(INFO, show(value, 0, [])),
    warn: (...values) => line(WARN, format(values)),
    error: (...values) => line(WARN, format(values)),
    trace: (...values) => {
      const stack = new Error().stack.split("\n").slice(1).join("\n").trimEnd();
      line(WARN, `Trace: ${format(values)}\n${stack}`);
    },
    assert: (condition, ...values) => {
      if (!condition) line(WARN, values.length ? `Assertion failed: ${format(values)}` : "Assertion failed");
    },
    count: (label = "default") => {
      counts.set(label, (counts.get(label) ?? 0) + 1);
      line(INFO, `${label}: ${counts.get(label)}`);
    },
    countReset: (label = "default") => counts.delete(label),
    group: (...values) => {
      if (values.length) line(INFO, format(values));
      indent += "  ";
    },
    groupEnd: () => {
      indent = indent.slice(2);
    },
  };

  // ---- structuredClone

  const uncloneable = (what) => {
    throw new DOMException(`${what} cannot be cloned`, "DataCloneError");
  };

  const cloneBuffer = (buffer, seen) => {
    if (!seen.has(buffer)) seen.set(buffer, buffer.slice(0));
    return seen.get(buffer);
  };

  const ERRORS = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

  const clone = (value, seen) => {
    if (typeof value === "function" || typeof value === "symbol") uncloneable(String(value));
    if (typeof value !== "object" || value === null) return value;
    if (seen.has(value)) return seen.get(value);
    let copy;
    if (Array.isArray(value)) copy = new Array(value.length);
    else if (value instanceof Date) copy = new Date(value.getTime());
    else if (value instanceof RegExp) copy = new RegExp(value.source, value.flags);
    else if (value instanceof ArrayBuffer) return cloneBuffer(value, seen);
    else if (value instanceof DataView) copy = new DataView(cloneBuffer(value.buffer, seen), value.byteOffset, value.byteLength);
    else if (ArrayBuffer.isView(value)) {
      copy = new value.constructor(cloneBuffer(value.buffer, seen), value.byteOffset, value.length);
    } else if (value instanceof Boolean || value instanceof Number || value instanceof String || value instanceof BigInt) {
      copy = Object(value.valueOf());
    } else if (value instanceof Map) copy = new Map();
    else if (value instanceof Set) copy = new Set();
    else if (value instanceof Error) copy = Object.create((ERRORS[value.name] ?? Error).prototype);
    else if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) {
      uncloneable(Object.prototype.toString.call(value));
    } else copy = {};
    seen.set(value, copy);
    if (value instanceof Map) {
      for (const [key, content] of [...value]) copy.set(clone(key, seen), clone(content, seen));
    } else if (value instanceof Set) {
      for (const content of [...value]) copy.add(clone(content, seen));
    } else if (value instanceof Error) {
      for (const key of ["message", "stack", "cause"]) {
        const content = Object.hasOwn(value, key) ? clone(value[key], seen) : undefined;
        if (content !== undefined) Object.defineProperty(copy, key, { value: content, writable: true, configurable: true });
      }
    } else if (Array.isArray(value) || Object.getPrototypeOf(copy) === Object.prototype) {
      for (const key of Object.keys(value)) copy[key] = clone(value[key], seen);
    }
    return copy;
  };

  const structuredClone = (value, options) => {
    if (options?.transfer?.length) uncloneable("what is to be transferred (there is no other thread)");
    return clone(value, new Map());
  };

  define({ TextEncoder, TextDecoder, console, structuredClone });

  // ---- URL: the URL standard without IDNA (hosts are ASCII) and without its rarest corners

  const PORTS = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21", "file:": "" };
  const escape = (text, pattern) =>
    text.replace(pattern, (character) => {
      let out = "";
      for (const byte of native.encode(character)) out += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
      return out;
    });
  const PATH = /[^!$%&'()*+,\-./0-9:;=@A-Z[\\\]_a-z|~]/gu;
  const QUERY = /[^!$%&()*+,\-./0-9:;=?@A-Z[\\\]^_`a-z{|}~]/gu;
  const FRAGMENT = /[^!#$%&'()*+,\-./0-9:;=?@A-Z[\\\]^_a-z{|}~]/gu;
  const USER = /[^!$%&'()*+,\-.0-9A-Z_a-z~]/gu;

  const hostOf = (text, special) => {
    if (text.startsWith("[")) {
      if (!/^\[[0-9a-fA-F:.]+\]$/.test(text)) throw new TypeError("Invalid URL: its IPv6 address");
      return text.toLowerCase();
    }
    if (!special) return escape(text, FRAGMENT);
    let host = text;
    try {
      host = decodeURIComponent(text);
    } catch {
      throw new TypeError("Invalid URL: its host");
    }
    if (!/^[!$&'()*+,\-.0-9;=A-Z_a-z~]+$/.test(host)) throw new TypeError("Invalid URL: its host (which must be ASCII)");
    return host.toLowerCase();
  };

  const normalPath = (path, special) => {
    const parts = (special ? path.replaceAll("\\", "/") : path).split("/");
    const out = [];
    parts.forEach((part, index) => {
      const last = index === parts.length - 1;
      const name = part.replace(/%2e/gi, ".");
      if (name === "..") {
        if (out.length > 1) out.pop();
        if (last) out.push("");
      } else if (name === ".") {
        if (last) out.push("");
      } else out.push(part);
    });
    return escape(out.join("/"), PATH);
  };

  const parseUrl = (input, base) => {
    const text = String(input).replace(/^[\0- ]+|[\0- ]+$/g, "").replace(/[\t\n\r]/g, "");
    let [, protocol, rest] = /^([a-zA-Z][a-zA-Z0-9+.\-]*:)?(.*)$/s.exec(text);
    protocol = protocol?.toLowerCase();
    const [, before, query, fragment] = /^([^?#]*)(\?[^#]*)?(#.*)?$/s.exec(rest);
    const hash = fragment && fragment.length > 1 ? escape(fragment, FRAGMENT) : "";
    const url = { protocol, username: "", password: "", hostname: null, port: "", pathname: "", search: "", hash };
    const search = (value) => (value && value.length > 1 ? escape(value, QUERY) : "");
    const relative = !protocol || (base && protocol === base.protocol && protocol in PORTS && !/^[\\/]/.test(before));
    if (!protocol && !base) throw new TypeError(`Invalid URL: ${text}`);
    url.protocol = protocol ?? base.protocol;
    const special = url.protocol in PORTS;
    const slashes = special ? before.replaceAll("\\", "/") : before;
    if (relative && base && !slashes.startsWith("//")) {
      if (base.hostname === null && !base.pathname.startsWith("/") && text[0] !== "#") throw new TypeError(`Invalid URL: ${text}`);
      const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1);
      Object.assign(url, { username: base.username, password: base.password, hostname: base.hostname, port: base.port });
      url.pathname = slashes === "" ? base.pathname : normalPath(slashes.startsWith("/") ? slashes : folder + slashes, special);
      url.search = slashes === "" && query === undefined ? base.search : search(query);
      return url;
    }
    url.search = search(query);
    const authority = /^\/\/([^/]*)(.*)$/s.exec(special && url.protocol !== "file:" ? `//${slashes.replace(/^\/*/, "")}` : slashes);
    if (!authority) {
      if (url.protocol === "file:") url.hostname = "";
      url.pathname = slashes.startsWith("/") || url.protocol === "file:"
        ? normalPath(slashes.startsWith("/") ? slashes : `/${slashes}`, special)
        : escape(slashes, /[^ -~]/gu);
      return url;
    }
    const [, user, , password, host, port] = /^(?:([^:]*)(:(.*))?@)?(\[[^\]]*\]|[^:]*)(?::(\d*))?$/s.exec(authority[1]) ?? [];
    if (host === undefined || Number(port ?? 0) > 65535) throw new TypeError(`Invalid URL: ${text}`);
    if (special && host === "" && url.protocol !== "file:") throw new TypeError(`Invalid URL: ${text} has no host`);
    url.username = escape(user ?? "", USER);
    url.password = escape(password ?? "", USER);
    url.hostname = host === "" ? "" : hostOf(host, special);
    url.port = port ? String(Number(port)) : "";
    if (url.port === PORTS[url.protocol]) url.port = "";
    url.pathname = normalPath(authority[2] || (special ? "/" : ""), special);
    return url;
  };

  const decodeForm = (text) => {
    const bytes = native.encode(text.replaceAll("+", " "));
    const out = [];
    for (let i = 0; i < bytes.length; i++) {
      const code = bytes[i] === 0x25 ? String.fromCharCode(bytes[i + 1], bytes[i + 2]) : "";
      if (/^[0-9a-fA-F]{2}$/.test(code)) {
        out.push(Number.parseInt(code, 16));
        i += 2;
      } else out.push(bytes[i]);
    }
    return native.decode(new Uint8Array(out), false);
  };
  const encodeForm = (text) => escape(text, /[^*\-.0-9A-Z_a-z ]/gu).replaceAll(" ", "+");

  class URLSearchParams {
    #pairs = [];
    #changed;
    constructor(init = "", changed = undefined) {
      this.#changed = changed;
      if (typeof init === "object" && init !== null) {
        const pairs = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
        for (const [name, value] of pairs) this.#pairs.push([String(name), String(value)]);
      } else this.#parse(String(init));
    }
    #parse(text) {
      for (const part of text.replace(/^\?/, "").split("&")) {
        if (part === "") continue;
        const at = part.indexOf("=");
        this.#pairs.push(at < 0 ? [decodeForm(part), ""] : [decodeForm(part.slice(0, at)), decodeForm(part.slice(at + 1))]);
      }
    }
    #update() {
      this.#changed?.(this.toString());
    }
    get size() {
      return this.#pairs.length;
    }
    append(name, value) {
      this.#pairs.push([String(name), String(value)]);
      this.#update();
    }
    delete(name, value) {
      this.#pairs = this.#pairs.filter(([key, content]) => key !== String(name) || (value !== undefined && content !== String(value)));
      this.#update();
    }
    get(name) {
      return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null;
    }
    getAll(name) {
      return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value);
    }
    has(name, value) {
      return this.#pairs.some(([key, content]) => key === String(name) && (value === undefined || content === String(value)));
    }
    set(name, value) {
      const at = this.#pairs.findIndex(([key]) => key === String(name));
      if (at < 0) this.#pairs.push([String(name), String(value)]);
      else {
        this.#pairs[at][1] = String(value);
        this.#pairs = this.#pairs.filter(([key], index) => index <= at || key !== String(name));
      }
      this.#update();
    }
    sort() {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#update();
    }
    forEach(callback, self) {
      for (const [name, value] of this.#pairs) callback.call(self, value, name, this);
    }
    *entries() {
      for (const [name, value] of this.#pairs) yield [name, value];
    }
    *keys() {
      for (const [name] of this.#pairs) yield name;
    }
    *values() {
      for (const [, value] of this.#pairs) yield value;
    }
    [Symbol.iterator]() {
      return this.entries();
    }
    toString() {
      return this.#pairs.map(([name, value]) => `${encodeForm(name)}=${encodeForm(value)}`).join("&");
    }
  }

  class URL {
    #url;
    #params;
    constructor(input, base) {
      this.#url = parseUrl(input, base === undefined ? undefined : parseUrl(base));
    }
    static canParse(input, base) {
      return URL.parse(input, base) !== null;
    }
    static parse(input, base) {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    #change(part, value) {
      const parts = { ...this.#url, ...{ [part]: value } };
      this.#url = parseUrl(URL.#write(parts));
      this.#params = undefined;
    }
    static #write(url) {
      const { protocol, username, password, hostname, port, pathname, search, hash } = url;
      const user = username || password ? `${username}${password ? `:${password}` : ""}@` : "";
      const authority = hostname === null ? "" : `//${user}${hostname}${port ? `:${port}` : ""}`;
      return `${protocol}${authority}${pathname}${search}${hash}`;
    }
    get href() {
      return URL.#write(this.#url);
    }
    set href(value) {
      this.#url = parseUrl(value);
      this.#params = undefined;
    }
    get origin() {
      const { protocol } = this.#url;
      return protocol in PORTS && protocol !== "file:" ? `${protocol}//${this.host}` : "null";
    }
    get host() {
      const { hostname, port } = this.#url;
      return `${hostname ?? ""}${port ? `:${port}` : ""}`;
    }
    set host(value) {
      const [, hostname, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(String(value)) ?? [];
      if (hostname) this.#url = parseUrl(URL.#write({ ...this.#url, hostname, port: port ?? this.#url.port }));
    }
    get searchParams() {
      this.#params ??= new URLSearchParams(this.#url.search, (text) => {
        this.#url.search = text && `?${text}`;
      });
      return this.#params;
    }
    toString() {
      return this.href;
    }
    toJSON() {
      return this.href;
    }
    static {
      for (const part of ["protocol", "username", "password", "hostname", "port", "pathname", "search", "hash"]) {
        Object.defineProperty(URL.prototype, part, {
          configurable: true,
          enumerable: true,
          get() {
            return this.#url[part] ?? "";
          },
          set(value) {
            let text = String(value);
            if (part === "protocol") text = text.replace(/:?$/, ":");
            if (part === "search" || part === "hash") text = text && (part === "hash" ? "#" : "?") + text.replace(/^[?#]/, "");
            this.#change(part, text);
          },
        });
      }
    }
  }

  define({ URL, URLSearchParams });

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

  return [sdk, registry];
});
