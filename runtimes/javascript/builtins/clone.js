// structuredClone.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, shared) {
  "use strict";

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

  return { structuredClone };
})
