// Reads JSON without changing it: what is taken out of a text is text, as it was written. A number of thirty digits stays
// one, which JSON.parse and JSON.stringify would not leave alone.

const DEEPEST = 128;

/**
 * The value's text, without spaces around it; undefined when it is not JSON (or null).
 * @param {import("@redpanda-data/transform-sdk").RecordData | null} value
 */
export function parse(value) {
  try {
    value?.json(); // throws unless it is JSON
    const text = value?.text().replace(/^[ \t\n\r]+|[ \t\n\r]+$/g, "");
    return text && depth(text) <= DEEPEST ? text : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The text of a value that is a JSON object, otherwise undefined.
 * @param {import("@redpanda-data/transform-sdk").RecordData | null} value
 */
export function parseObject(value) {
  const text = parse(value);
  return text?.[0] === "{" ? text : undefined;
}

/**
 * The member that a path ("address.city") leads to, as it is written. Of duplicate keys the last one counts.
 * @param {string | undefined} value
 * @param {string} path
 */
export function get(value, path) {
  for (const name of path.split(".")) {
    value = value?.[0] === "{" ? items(value).findLast(([key]) => text(key) === name)?.[1] : undefined;
  }
  return value;
}

/**
 * What is in an object or array: pairs of a key (with its quotes; "" in an array) and a value, as they are written.
 * @param {string} container
 */
export function items(container) {
  /** @type {[string, string][]} */
  const found = [];
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

/**
 * The text that a string stands for; any other value as it is written.
 * @param {string} value
 */
export function text(value) {
  return value[0] === '"' ? JSON.parse(value).toWellFormed() : value;
}

/**
 * The text as a JSON string.
 * @param {string} text
 */
export function quote(text) {
  return JSON.stringify(text);
}

/**
 * "object", "array", "string", "number", "boolean" or "null".
 * @param {string} value
 */
export function kind(value) {
  return { "{": "object", "[": "array", '"': "string", t: "boolean", f: "boolean", n: "null" }[value[0]] ?? "number";
}

// The functions below take JSON, at whose characters they need not look twice.

/** @param {string} text @param {number} at */
function skipSpaces(text, at) {
  while (at < text.length && " \t\n\r".includes(text[at])) at++;
  return at;
}

/** @param {string} text @param {number} at */
function stringEnd(text, at) {
  for (;;) {
    const quote = text.indexOf('"', at + 1);
    let before = quote;
    while (before > at + 1 && text[before - 1] === "\\") before--;
    if ((quote - before) % 2 === 0) return quote + 1;
    at = quote;
  }
}

/** @param {string} text @param {number} at */
function valueEnd(text, at) {
  if (text[at] === '"') return stringEnd(text, at);
  if (text[at] !== "{" && text[at] !== "[") {
    while (at < text.length && !",]} \t\n\r".includes(text[at])) at++;
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

/** How many arrays and objects are inside each other. @param {string} text */
function depth(text) {
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
