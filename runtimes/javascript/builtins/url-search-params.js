// URLSearchParams, and percent-encoding, which URL needs too.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, shared) {
  "use strict";

  const escape = (text, pattern) =>
    text.replace(pattern, (character) => {
      let out = "";
      for (const byte of native.encode(character)) out += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
      return out;
    });

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

  shared.escape = escape;
  return { URLSearchParams };
})
