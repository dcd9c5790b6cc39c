// @ts-check
/** What stands within one value of a text: quotes, braces, blocks of lines, and plain words. Pure. */
/** @typedef {import("./yaml.js").Node} Node */
/** @typedef {import("./yaml.js").TreeReader} TreeReader */

const DOUBLE = /"((?:[^"\\]|\\.)*)"/y;
const SINGLE = /'((?:[^']|'')*)'/y;
const PLAIN = /(?:[^\s,[\]{}:#]|:(?![\s,[\]{}]|$)|(?<!\s)#|\s+(?=[^\s,[\]{}#:]|:(?![\s,[\]{}]|$)))+/y;
const ANCHOR = /&([\w-]+)/y;
const HEADER = /^[|>][-+0-9]{0,2}\s*(?:#.*)?$/;
const ESCAPES = /** @type {Record<string, string>} */ ({ n: "\n", t: "\t", r: "\r", 0: "\0", a: "\x07", b: "\b", e: "\x1b", f: "\f", v: "\v" });
/** @type {Record<string, boolean | null>} */
const WORDS = { "": null, "~": null, null: null, Null: null, NULL: null, true: true, True: true, TRUE: true, false: false, False: false, FALSE: false };

/** Plain words as the value they are (YAML 1.2, core schema). @param {string} raw @returns {string | number | boolean | null} */
export function scalarOf(raw) {
  if (Object.hasOwn(WORDS, raw)) return WORDS[raw];
  if (/^[-+]?\d{1,18}$/.test(raw)) return Number(raw);
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/.test(raw) && !/^[-+]?\d+$/.test(raw) ? Number(raw) : raw;
}

/** @param {import("./yaml.js").Mark} mark @param {string | number | boolean | null} value @param {string} raw @returns {Node} */
export function scalar(mark, value, raw) {
  return { kind: "scalar", mark, entries: [], items: [], value, raw };
}

/** Values in quotes, braces and brackets, over lines where they go on. */
export class FlowText {
  /** @param {TreeReader} reader */
  constructor(reader) {
    this.reader = reader;
  }

  /** @returns {Node} */
  node() {
    const { reader } = this;
    this.seek();
    const anchor = reader.match(ANCHOR);
    if (anchor) {
      reader.column += anchor[0].length;
      const node = this.node();
      reader.anchors.set(anchor[1], node);
      return node;
    }
    const letter = reader.rest[0];
    if (letter === "{") return this.mapping();
    if (letter === "[") return this.sequence();
    if (letter === "*") return reader.alias();
    if (letter === '"' || letter === "'") return this.quoted();
    return this.plain();
  }

  seek() {
    if (!this.reader.seek()) this.reader.stop();
  }

  /** @param {string} mark */
  take(mark) {
    this.seek();
    if (this.reader.rest[0] !== mark) return false;
    this.reader.column++;
    return true;
  }

  /** @returns {Node} */
  sequence() {
    /** @type {Node} */
    const made = { ...scalar(this.reader.mark, null, ""), kind: "list" };
    this.take("[");
    while (!this.take("]")) {
      made.items.push(this.item());
      if (!this.take(",") && this.reader.rest[0] !== "]") this.reader.stop();
    }
    return made;
  }

  /** One of a list; `key: value` alone is a mapping of its own. @returns {Node} */
  item() {
    const { mark } = this.reader;
    const node = this.node();
    if (node.kind !== "scalar" || !this.colon()) return node;
    /** @type {Node} */
    const made = { ...scalar(mark, null, ""), kind: "map" };
    this.reader.add(made, node.raw, node.mark, this.node());
    return made;
  }

  colon() {
    this.seek();
    if (!/^:(?=[\s,[\]{}"']|$)/.test(this.reader.rest)) return false;
    this.reader.column++;
    return true;
  }

  /** @returns {Node} */
  mapping() {
    const { reader } = this;
    /** @type {Node} */
    const made = { ...scalar(reader.mark, null, ""), kind: "map" };
    this.take("{");
    while (!this.take("}")) {
      const isQuoted = /^["']/.test(reader.rest);
      const key = this.node();
      if (key.kind !== "scalar") reader.stop();
      const isEmpty = !this.colon() || /^\s*[,}]/.test(reader.rest);
      const node = isEmpty ? scalar(reader.mark, null, "") : this.node();
      reader.add(made, isQuoted ? `"${key.value}"` : key.raw, key.mark, node);
      if (!this.take(",") && reader.rest[0] !== "}") reader.stop();
    }
    return made;
  }

  /** @returns {Node} */
  plain() {
    const { reader } = this;
    const { mark } = reader;
    const parts = [];
    for (;;) {
      const found = reader.match(PLAIN);
      if (!found) return reader.stop();
      reader.column += found[0].length;
      parts.push(found[0].trim());
      if (reader.rest.trim() || !/^\s*[^\s,[\]{}:#]/.test(reader.lines[reader.row + 1] ?? "")) break;
      reader.row++;
      reader.column = reader.line.search(/\S/);
    }
    const raw = parts.join(" ");
    return scalar(mark, scalarOf(raw), raw);
  }

  /** @returns {Node} */
  quoted() {
    const { reader } = this;
    const { mark } = reader;
    const pattern = reader.rest[0] === '"' ? DOUBLE : SINGLE;
    let text = reader.line.slice(reader.column);
    for (;;) {
      pattern.lastIndex = 0;
      const found = pattern.exec(text);
      if (found) {
        const behind = text.length - found[0].length;
        reader.column = reader.line.length - behind;
        const value = pattern === DOUBLE ? unescaped(found[1]) : found[1].replaceAll("''", "'");
        return scalar(mark, value, value);
      }
      if (reader.row + 1 >= reader.lines.length) reader.stop();
      reader.row++;
      text = `${text.trimEnd()} ${reader.line.trimStart()}`;
    }
  }
}

/** @param {string} text */
function unescaped(text) {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))/g, (whole, two, four, eight, letter) =>
    letter === undefined ? String.fromCodePoint(Math.min(parseInt(two ?? four ?? eight, 16), 0x10ffff)) : (ESCAPES[letter] ?? letter),
  );
}

/** Lines below `|` or `>`. */
export class BlockText {
  /** @param {TreeReader} reader */
  constructor(reader) {
    this.reader = reader;
  }

  /** @param {number} left @returns {Node} */
  node(left) {
    const { reader } = this;
    const { mark } = reader;
    if (!HEADER.test(reader.rest)) reader.stop();
    const joint = reader.rest[0] === ">" ? " " : "\n";
    const lines = [];
    reader.row++;
    reader.column = 0;
    while (reader.row < reader.lines.length && (reader.line.trim() === "" || reader.line.search(/\S/) > left)) {
      lines.push(reader.line);
      reader.row++;
    }
    const indent = Math.min(...lines.filter((one) => one.trim()).map((one) => one.search(/\S/)), Infinity);
    const text = lines.map((one) => one.slice(Number.isFinite(indent) ? indent : 0)).join(joint).trimEnd();
    return scalar(mark, text, text);
  }
}
