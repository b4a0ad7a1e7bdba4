// console: one line of the log for each call; log, info and debug at INFO, the others at WARN.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, shared) {
  "use strict";

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

  return { console };
})
