// Reads JSON without changing it: what is taken out of a text is text, as it was written. A number of thirty digits stays
// one, which JSON.parse and JSON.stringify would not leave alone.
import type { RecordData } from "@redpanda-data/transform-sdk";

const DEEPEST = 128;
const KINDS: Readonly<Record<string, string>> = {
  "{": "object",
  "[": "array",
  '"': "string",
  t: "boolean",
  f: "boolean",
  n: "null",
};

/** The value's text, without spaces around it; undefined when it is not JSON (or null). */
export function parse(value: RecordData | null): string | undefined {
  try {
    value?.json(); // throws unless it is JSON
    const text = value?.text().replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
    return text && depth(text) <= DEEPEST ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a value that is a JSON object, otherwise undefined. */
export function parseObject(value: RecordData | null): string | undefined {
  const text = parse(value);
  return text?.[0] === "{" ? text : undefined;
}

/** The member that a path ("address.city") leads to, as it is written. Of duplicate keys the last one counts. */
export function get(value: string | undefined, path: string): string | undefined {
  for (const name of path.split(".")) {
    value = value?.[0] === "{" ? items(value).findLast(([key]) => text(key) === name)?.[1] : undefined;
  }
  return value;
}

/** What is in an object or array: pairs of a key (with its quotes; "" in an array) and a value, as they are written. */
export function items(container: string): [key: string, value: string][] {
  const found: [string, string][] = [];
  const isObject = container[0] === "{";
  for (let at = skipSpaces(container, 1); at < container.length - 1; at = skipSpaces(container, at)) {
    let key = "";
    if (isObject) {
      const end = stringEnd(container, at);
      key = container.slice(at, end);
      at = skipSpaces(container, skipSpaces(container, end) + 1); // behind the colon
    }
    const end = valueEnd(container, at);
    found.push([key, container.slice(at, end)]);
    at = skipSpaces(container, end) + 1; // behind the comma or bracket
  }
  return found;
}

/** The text that a string stands for; any other value as it is written. */
export function text(value: string): string {
  return value[0] === '"' ? JSON.parse(value).toWellFormed() : value;
}

/** The text as a JSON string. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** "object", "array", "string", "number", "boolean" or "null". */
export function kind(value: string): string {
  return KINDS[value.charAt(0)] ?? "number";
}

// The functions below take JSON, at whose characters they need not look twice.

function skipSpaces(text: string, at: number): number {
  while (at < text.length && " \t\n\r".includes(text.charAt(at))) at++;
  return at;
}

function stringEnd(text: string, at: number): number {
  for (;;) {
    const quote = text.indexOf('"', at + 1);
    let before = quote;
    while (before > at + 1 && text[before - 1] === "\\") before--;
    if ((quote - before) % 2 === 0) return quote + 1;
    at = quote;
  }
}

function valueEnd(text: string, at: number): number {
  if (text[at] === '"') return stringEnd(text, at);
  if (text[at] !== "{" && text[at] !== "[") {
    while (at < text.length && !",]} \t\n\r".includes(text.charAt(at))) at++;
    return at;
  }
  const mark = /["[\]{}]/g;
  for (let open = 0; ; ) {
    mark.lastIndex = at;
    mark.test(text);
    at = mark.lastIndex;
    const found = text[at - 1];
    if (found === '"') at = stringEnd(text, at - 1);
    else if (found === "{" || found === "[") open++;
    else if (--open === 0) return at;
  }
}

/** How many arrays and objects are inside each other. */
function depth(text: string): number {
  const mark = /["[\]{}]/g;
  let open = 0;
  let deepest = 0;
  while (mark.test(text)) {
    const found = text[mark.lastIndex - 1];
    if (found === '"') mark.lastIndex = stringEnd(text, mark.lastIndex - 1);
    else if (found === "{" || found === "[") deepest = Math.max(deepest, ++open);
    else open--;
  }
  return deepest;
}
