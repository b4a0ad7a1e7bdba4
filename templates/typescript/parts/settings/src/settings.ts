// Reads the transform's environment variables. One that is missing ends the transform with a word in its log.

/** The variable's text, spaces around it dropped. */
export function setting(variable: string): string {
  const text = trim(process.env[variable] ?? "");
  if (text === "") missing(variable);
  return text;
}

/** The items of "a, b", of which there is at least one. */
export function list(variable: string): string[] {
  const items = (process.env[variable] ?? "").split(",").map(trim).filter((item) => item !== "");
  if (items.length === 0) missing(variable);
  return items;
}

/** The pairs of "a=b, c=d", in order. An item without = is a pair of itself and itself. */
export function pairs(variable: string): [name: string, value: string][] {
  return list(variable).map((item) => {
    const at = item.indexOf("=");
    return at < 0 ? [item, item] : [trim(item.slice(0, at)), trim(item.slice(at + 1))];
  });
}

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}

function missing(variable: string): never {
  console.error(`${variable} is not set`);
  process.exit(1);
}
