// @ts-check
/**
 * The text of a flow as a tree that knows where everything is written: as much of YAML 1.2 as flows use. What it can't
 * read it does not guess: it says where it stopped, and the server says why. Pure.
 */
import { BlockText, FlowText, scalar, scalarOf } from "./yaml_scalars.js";

/** @typedef {{ line: number, column: number }} Mark both from 1 */
/** @typedef {{ key: string, mark: Mark, node: Node }} Entry */
/** @typedef {{ kind: "map" | "list" | "scalar", mark: Mark, entries: Entry[], items: Node[], value: string | number | boolean | null, raw: string }} Node */
/** @typedef {{ code: string, mark: Mark, facts: Record<string, string | number> }} Fault */
/** @typedef {{ root: Node | null, faults: Fault[] }} Tree `root` null: it could not be read */

const KEY = /(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>%@`{}[\],?:-](?:[^:#]|:(?!\s|$)|(?<!\s)#)*|[?:-](?:[^\s:#]|:(?!\s|$)|(?<!\s)#)(?:[^:#]|:(?!\s|$)|(?<!\s)#)*)\s*:(?=\s|$)/y;
const ANCHOR = /&([\w-]+)[ \t]*/y;
const ALIAS = /\*([\w-]+)/y;

/** Where the reading stopped. */
export class Unreadable extends Error {
  /** @param {Mark} mark */
  constructor(mark) {
    super("unreadable");
    this.mark = mark;
  }
}

/** @param {string} text @returns {Tree} */
export function readTree(text) {
  const reader = new TreeReader(text);
  try {
    return { root: reader.document(), faults: reader.faults };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { root: null, faults: [...reader.faults, { code: "unreadable", mark: error.mark, facts: {} }] };
  }
}

/** A node of a mapping by its key. @param {Node | undefined} node @param {string} key */
export function under(node, key) {
  return node?.entries.find((one) => one.key === key)?.node;
}

/** A cursor over lines: `row` and `column` from 0. */
export class TreeReader {
  /** @param {string} text */
  constructor(text) {
    this.lines = text.split(/\r\n|\n|\r/);
    this.row = 0;
    this.column = 0;
    /** @type {Map<string, Node>} */
    this.anchors = new Map();
    /** @type {Fault[]} */
    this.faults = [];
  }

  get line() {
    return this.lines[this.row] ?? "";
  }

  get rest() {
    return this.line.slice(this.column);
  }

  /** @returns {Mark} */
  get mark() {
    return { line: this.row + 1, column: this.column + 1 };
  }

  /** @returns {never} */
  stop() {
    throw new Unreadable({ line: Math.min(this.row, this.lines.length - 1) + 1, column: this.column + 1 });
  }

  document() {
    if (this.line === "---") this.row++;
    const root = this.block(-1);
    if (this.seek()) this.stop();
    return root;
  }

  /** Past spaces, comments and line ends. Whether there is anything more. */
  seek() {
    while (this.row < this.lines.length) {
      const space = /^[ ]*/.exec(this.rest)?.[0].length ?? 0;
      const letter = this.rest[space];
      const isComment = letter === "#" && (this.column + space === 0 || /\s/.test(this.line[this.column + space - 1]));
      if (letter !== undefined && letter !== "\t" && !isComment) {
        this.column += space;
        return true;
      }
      if (letter === "\t" && this.rest.trim() && !this.rest.trimStart().startsWith("#")) this.stop();
      this.row++;
      this.column = 0;
    }
    return false;
  }

  /** @param {RegExp} pattern a sticky one */
  match(pattern) {
    pattern.lastIndex = this.column;
    return pattern.exec(this.line);
  }

  /**
   * The value that begins at the cursor or below it, further right than `left`.
   * @param {number} left
   * @param {boolean} [isInline] behind a key, where no mapping can begin
   * @returns {Node}
   */
  block(left, isInline = false) {
    const before = { row: this.row, mark: this.mark };
    if (!this.seek() || (this.column <= left && (this.row !== before.row || !isInline))) return scalar(before.mark, null, "");
    const isBelow = this.row !== before.row;
    const anchor = this.match(ANCHOR);
    if (anchor) {
      this.column += anchor[0].length;
      const node = this.block(left, isInline && !isBelow);
      this.anchors.set(anchor[1], node);
      return node;
    }
    if (/^-(?:\s|$)/.test(this.rest)) return isInline && !isBelow ? this.stop() : this.sequence(this.column);
    if (this.match(KEY)) return isInline && !isBelow ? this.stop() : this.mapping(this.column);
    return this.value(left);
  }

  /** What is no block collection. @param {number} left @returns {Node} */
  value(left) {
    const letter = this.rest[0];
    if (letter === "{" || letter === "[") return this.ended(new FlowText(this).node());
    if (letter === "*") return this.ended(this.alias());
    if (letter === "|" || letter === ">") return new BlockText(this).node(left);
    if (letter === '"' || letter === "'") return this.ended(new FlowText(this).quoted());
    if (letter === "!" || letter === "%" || letter === "@" || letter === "`") this.stop();
    return this.plain(left);
  }

  alias() {
    const found = this.match(ALIAS);
    const node = found && this.anchors.get(found[1]);
    if (!found || !node) this.stop();
    this.column += found[0].length;
    return node;
  }

  /** Nothing but a comment may follow on this line. @param {Node} node */
  ended(node) {
    if (!/^\s*(?:$|\s#|#)/.test(this.rest)) this.stop();
    this.row++;
    this.column = 0;
    return node;
  }

  /** A text without quotes, which goes on in lines further right. @param {number} left @returns {Node} */
  plain(left) {
    const { mark } = this;
    const parts = [];
    for (;;) {
      const words = this.rest.replace(/\s#.*$/, "").trimEnd();
      if (/:(?:\s|$)/.test(words)) this.stop();
      parts.push(words);
      this.row++;
      this.column = 0;
      const next = /^ *(?=[^\s#])/.exec(this.line);
      if (!next || next[0].length <= left || this.row >= this.lines.length) break;
      this.column = next[0].length;
    }
    this.column = 0;
    const raw = parts.join(" ");
    return scalar(mark, scalarOf(raw), raw);
  }

  /** @param {number} column @returns {Node} */
  sequence(column) {
    /** @type {Node} */
    const made = { ...scalar(this.mark, null, ""), kind: "list" };
    while (this.seek() && this.column === column && /^-(?:\s|$)/.test(this.rest)) {
      this.column++;
      made.items.push(this.block(column));
    }
    if (this.row < this.lines.length && this.column > column) this.stop();
    return made;
  }

  /** @param {number} column @returns {Node} */
  mapping(column) {
    /** @type {Node} */
    const made = { ...scalar(this.mark, null, ""), kind: "map" };
    while (this.seek() && this.column === column) {
      const found = this.match(KEY);
      if (!found) break;
      const mark = this.mark;
      this.column += found[0].length;
      this.add(made, found[0].slice(0, -1).trim(), mark, this.under(column));
    }
    if (this.row < this.lines.length && this.column > column) this.stop();
    return made;
  }

  /** The value of a key. A list may stand as far left as the key. @param {number} column */
  under(column) {
    const { row, mark } = this;
    if (this.seek() && this.row !== row && this.column === column && /^-(?:\s|$)/.test(this.rest)) return this.sequence(column);
    if (this.row !== row && this.column <= column) return scalar(mark, null, "");
    return this.block(column, this.row === row);
  }

  /** @param {Node} made @param {string} written @param {Mark} mark @param {Node} node */
  add(made, written, mark, node) {
    const isQuoted = /^["']/.test(written);
    const key = isQuoted ? written.slice(1, -1) : written;
    const first = made.entries.find((one) => one.key === key);
    if (!isQuoted && typeof scalarOf(key) !== "string") this.faults.push({ code: "key", mark, facts: { key } });
    else if (first) this.faults.push({ code: "twice", mark, facts: { key, line: first.mark.line } });
    made.entries.push({ key, mark, node });
  }
}
