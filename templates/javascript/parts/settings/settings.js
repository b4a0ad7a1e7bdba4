// Reads the transform's environment variables. One that is missing ends the transform with a word in its log.

/**
 * The variable's text, spaces around it dropped.
 * @param {string} variable
 */
export function setting(variable) {
  const text = trim(process.env[variable] ?? "");
  if (text === "") missing(variable);
  return text;
}

/**
 * The items of "a, b", of which there is at least one.
 * @param {string} variable
 */
export function list(variable) {
  const items = (process.env[variable] ?? "").split(",").map(trim).filter((item) => item !== "");
  if (items.length === 0) missing(variable);
  return items;
}

/**
 * The pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself.
 * @param {string} variable
 * @returns {[string, string][]}
 */
export function pairs(variable) {
  return list(variable).map((item) => {
    const at = item.indexOf("=");
    return at < 0 ? [item, item] : [trim(item.slice(0, at)), trim(item.slice(at + 1))];
  });
}

/** @param {string} text */
function trim(text) {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

/** @param {string} variable */
function missing(variable) {
  console.error(`${variable} is not set`);
  process.exit(1);
}
