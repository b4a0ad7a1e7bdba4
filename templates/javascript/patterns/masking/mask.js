// Masks members of a JSON text and leaves everything else of it as it is, byte for byte.

const KEPT = 4;
const KEPT_ABOVE = 8;
const DEEPEST = 128;

// Characters by their codes, which cost an interpreter less than strings of one.
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const BRACKET = 0x5b;
const BRACKET_END = 0x5d;
const COLON = 0x3a;
const SPACE = 0x20;

/**
 * `text`, which must be JSON, with the value of each member that `fields` names masked. Throws a RangeError for more than 128
 * arrays and objects inside each other.
 * @param {string} text
 * @param {ReadonlySet<string>} fields
 */
export function mask(text, fields) {
  let masked = "";
  let copied = 0;
  let depth = 0;
  let hidden = 0; // the depth at which the container that is being masked stands, 0 for none
  let at = 0;
  for (;;) {
    const quote = text.indexOf('"', at);
    const next = quote < 0 ? text.length : quote;
    for (; at < next; at++) {
      const code = text.charCodeAt(at);
      if (code === BRACE || code === BRACKET) {
        if (++depth > DEEPEST) throw new RangeError("the JSON is too deep");
      } else if ((code === BRACE_END || code === BRACKET_END) && depth-- === hidden) {
        hidden = 0;
        copied = at + 1;
      }
    }
    if (quote < 0) break;
    at = stringEnd(text, quote + 1);
    if (hidden) continue;
    const value = valueStart(text, at);
    if (value < 0) continue; // it is a value, not a key
    const name = text.slice(quote + 1, at - 1);
    if (!fields.has(name.includes("\\") ? JSON.parse(`"${name}"`) : name)) continue;
    masked += text.slice(copied, value);
    const first = text[value];
    if (first === '"') {
      at = stringEnd(text, value + 1);
      masked += maskString(text, value + 1, at - 1);
    } else {
      masked += '"****"';
      at = value;
      if (first === "{" || first === "[") hidden = depth + 1;
      else while (at < text.length && !",]} \t\r\n".includes(text.charAt(at))) at++;
    }
    copied = at;
  }
  return masked + text.slice(copied);
}

/**
 * Where the value begins whose key ends at `at`; -1 when that is no key.
 * @param {string} text
 * @param {number} at
 */
function valueStart(text, at) {
  while (text.charCodeAt(at) <= SPACE) at++;
  if (text.charCodeAt(at++) !== COLON) return -1;
  while (text.charCodeAt(at) <= SPACE) at++;
  return at;
}

/**
 * Where the string that begins at `at`, behind its quote, ends: behind the other quote.
 * @param {string} text
 * @param {number} at
 */
function stringEnd(text, at) {
  for (;;) {
    const quote = text.indexOf('"', at);
    let before = quote;
    while (before > at && text[before - 1] === "\\") before--;
    at = quote + 1;
    if ((quote - before) % 2 === 0) return at;
  }
}

/**
 * What becomes of the string between `start` and `end`. Its last characters stay as they are written.
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function maskString(text, start, end) {
  if (!/[\\\ud800-\udfff]/.test(text.slice(start, end))) {
    return end - start > KEPT_ABOVE ? `"****${text.slice(end - KEPT, end)}"` : '"****"';
  }
  const starts = [0, 0, 0, 0];
  let count = 0;
  for (let at = start; at < end; at += characterSize(text, at)) starts[count++ % KEPT] = at;
  return count > KEPT_ABOVE ? `"****${text.slice(starts[count % KEPT], end)}"` : '"****"';
}

/**
 * How long the character at `at` is written: an escape, an escaped surrogate pair, a pair, or one.
 * @param {string} text
 * @param {number} at
 */
function characterSize(text, at) {
  if (text[at] !== "\\") return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  if (text[at + 1] !== "u") return 2;
  return /^\\u[dD][89abAB]..\\u[dD][c-fC-F]/.test(text.slice(at, at + 10)) ? 12 : 6;
}
