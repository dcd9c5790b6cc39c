// @ts-check
/** A line of YAML in its colours: pieces of text with a class. Enough for flows; nobody else's YAML is shown here. */

/** @typedef {{ text: string, tone: string }} Piece */

const TOKEN = /(#.*$)|("(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?)|([A-Za-z_0-9][\w.-]*)(?=\s*:(?:\s|$))|(\$\{[^}]*\}?)|([&*][\w-]+)|([{}[\],:]|^\s*-(?=\s))|([^\s{}[\],:#"']+)|(\s+)/g;
const TONES = ["comment", "string", "key", "hole", "anchor", "mark", "word", ""];

/** @param {string} line @returns {Piece[]} */
export function pieces(line) {
  /** @type {Piece[]} */
  const found = [];
  let at = 0;
  for (const match of line.matchAll(TOKEN)) {
    if (match.index > at) found.push({ text: line.slice(at, match.index), tone: "" });
    const group = match.slice(1).findIndex((one) => one !== undefined);
    const before = line[match.index - 1];
    const isComment = group !== 0 || before === undefined || /\s/.test(before);
    found.push({ text: match[0], tone: isComment ? tone(match[0], TONES[group]) : "word" });
    at = match.index + match[0].length;
  }
  if (at < line.length) found.push({ text: line.slice(at), tone: "" });
  return found;
}

/** @param {string} text @param {string} group */
function tone(text, group) {
  return group === "word" && /^(?:\d[\w.]*|true|false|null)$/.test(text) ? "number" : group;
}
