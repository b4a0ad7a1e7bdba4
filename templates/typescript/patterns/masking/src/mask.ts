// Masks members of a JSON text and leaves everything else of it as it is, byte for byte.

const KEPT = 4;
const KEPT_ABOVE = 8;
const DEEPEST = 128;

/**
 * `text`, which must be JSON, with the value of each member that `fields` names masked. Throws a RangeError for more than 128
 * arrays and objects inside each other.
 */
export function mask(text: string, fields: ReadonlySet<string>): string {
  const mark = /["[\]{}]/g;
  const colon = /\s*:\s*/y;
  let masked = "";
  let copied = 0;
  let depth = 0;
  let hidden = 0; // the depth at which the container that is being masked stands, 0 for none
  let at = 0;
  for (;;) {
    mark.lastIndex = at;
    if (!mark.test(text)) break;
    at = mark.lastIndex;
    const found = text[at - 1];
    if (found === "{" || found === "[") {
      if (++depth > DEEPEST) throw new RangeError("the JSON is too deep");
    } else if (found === "}" || found === "]") {
      if (depth-- === hidden) {
        hidden = 0;
        copied = at;
      }
    } else {
      const start = at;
      at = stringEnd(text, start);
      if (hidden) continue;
      colon.lastIndex = at;
      if (!colon.test(text)) continue; // a value, not a key
      const name = text.slice(start, at - 1);
      const value = colon.lastIndex;
      if (fields.has(name.includes("\\") ? JSON.parse(`"${name}"`) : name)) {
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
    }
  }
  return masked + text.slice(copied);
}

/** Where the string that begins at `at`, behind its quote, ends: behind the other quote. */
function stringEnd(text: string, at: number): number {
  for (;;) {
    const quote = text.indexOf('"', at);
    let before = quote;
    while (before > at && text[before - 1] === "\\") before--;
    at = quote + 1;
    if ((quote - before) % 2 === 0) return at;
  }
}

/** What becomes of the string between `start` and `end`. Its last characters stay as they are written. */
function maskString(text: string, start: number, end: number): string {
  const starts: number[] = [0, 0, 0, 0];
  let count = 0;
  for (let at = start; at < end; at += characterSize(text, at)) starts[count++ % KEPT] = at;
  return count > KEPT_ABOVE ? `"****${text.slice(starts[count % KEPT], end)}"` : '"****"';
}

/** How long the character at `at` is written: an escape, an escaped surrogate pair, a pair, or one. */
function characterSize(text: string, at: number): number {
  if (text[at] !== "\\") return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  if (text[at + 1] !== "u") return 2;
  return /^\\u[dD][89abAB]..\\u[dD][c-fC-F]/.test(text.slice(at, at + 10)) ? 12 : 6;
}
