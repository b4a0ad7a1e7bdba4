// TextEncoder and TextDecoder.
//
// SPDX-License-Identifier: Apache-2.0
(function (native, shared) {
  "use strict";

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

  shared.bytesOf = bytesOf;
  return { TextEncoder, TextDecoder };
})
