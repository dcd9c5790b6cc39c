// @ts-check
/**
 * Whether an expression would compile on the server, told without asking it: the grammar of CEL and the guards, names and
 * functions of `ivr_flows.expressions`. Both are held to one table of expressions with verdicts. Pure.
 */
import { CelFault, tokens } from "./cel_tokens.js";

/** @typedef {import("./cel_tokens.js").Token} Token */
/** @typedef {{ roots: Map<string, number>, functions: Map<string, number>, variables: Map<string, number> }} Uses by name, where first */

export const MAX_LENGTH = 500;
const MAX_NESTING = 32;
const ROOTS = new Set(["call", "contact", "vars", "queue", "thread", "now", "value"]);
const FUNCTIONS = new Set(
  ("hour weekday open days_since say_digits say_money say_date size contains startsWith endsWith matches int uint double string bytes " +
    "type dyn timestamp duration getFullYear getMonth getDayOfMonth getDayOfYear getDate getDayOfWeek getHours getMinutes getSeconds getMilliseconds").split(" "),
);
const MACROS = { all: [2], exists: [2], exists_one: [2], filter: [2], map: [2, 3] };
const LITERALS = new Set(["true", "false", "null"]);
const WORDS = new Set([...LITERALS, "in"]);
const RESERVED = new Set("as break const continue else for function if import let loop package namespace return var void while".split(" "));
/** From the loosest to the tightest. */
const LEVELS = [["||"], ["&&"], ["<", "<=", ">", ">=", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];
const TEXT = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;
const COMPREHENSION = /\.\s*(?:all|exists|exists_one|map|filter)\s*\(/g;

/** What an expression uses. Throws CelFault. @param {string} source @returns {Uses} */
export function read(source) {
  guard(source);
  const reader = new Reader(tokens(source));
  reader.whole();
  for (const name of reader.bound) reader.uses.roots.delete(name);
  refuse(reader.uses.roots, ROOTS, "name");
  const named = [...reader.uses.functions].filter(([name]) => !name.startsWith("_")); // the engine's own, which fail when they are called
  refuse(new Map(named), FUNCTIONS, "function");
  return reader.uses;
}

/** @param {Map<string, number>} used @param {Set<string>} known @param {string} code */
function refuse(used, known, code) {
  for (const [name, at] of used) if (!known.has(name)) throw new CelFault(code, at, { what: name });
}

/** What the server bounds before it compiles. @param {string} source */
function guard(source) {
  const bare = source.replace(TEXT, '""');
  if (source.length > MAX_LENGTH) throw new CelFault("long", MAX_LENGTH, { most: MAX_LENGTH });
  let level = 0;
  let deepest = 0;
  for (const letter of bare) {
    level += Number("([{".includes(letter)) - Number(")]}".includes(letter));
    deepest = Math.max(deepest, level);
  }
  if (deepest > MAX_NESTING || /[!-]{16}/.test(bare)) throw new CelFault("deep", 0, { most: MAX_NESTING });
  if ((bare.match(COMPREHENSION) ?? []).length > 1) throw new CelFault("twice", 0);
}

class Reader {
  /** @param {Token[]} all */
  constructor(all) {
    this.all = all;
    this.place = 0;
    /** @type {Uses} */
    this.uses = { roots: new Map(), functions: new Map(), variables: new Map() };
    /** Names that all, exists, map and filter give to an item. @type {Set<string>} */
    this.bound = new Set();
  }

  get token() {
    return this.all[this.place];
  }

  whole() {
    this.expression();
    if (this.token.kind !== "end") this.wrong();
  }

  /** @returns {never} */
  wrong() {
    const { kind, text, at } = this.token;
    throw kind === "end" ? new CelFault("end", at) : new CelFault("unexpected", at, { what: text });
  }

  /** @param {string} text */
  has(text) {
    return this.token.text === text && (this.token.kind === "mark" || this.token.kind === "name");
  }

  /** @param {string} text */
  take(text) {
    if (!this.has(text)) return false;
    this.place++;
    return true;
  }

  /** @param {string} text */
  need(text) {
    if (!this.take(text)) this.wrong();
  }

  /** @param {boolean} [isField] fields may have the names of words that are kept for later */
  name(isField = false) {
    const { kind, text } = this.token;
    if (kind !== "name" || WORDS.has(text) || (!isField && RESERVED.has(text))) this.wrong();
    this.place++;
    return text;
  }

  /** @returns {boolean} whether it is a field of something, nothing more: what has() takes */
  expression() {
    const isField = this.level(0);
    if (!this.take("?")) return isField;
    this.level(0);
    this.need(":");
    this.expression();
    return false;
  }

  /** @param {number} depth in LEVELS @returns {boolean} as `expression` */
  level(depth) {
    if (depth === LEVELS.length) return this.unary();
    const isField = this.level(depth + 1);
    let isAlone = true;
    while (LEVELS[depth].some((operator) => this.take(operator))) {
      this.level(depth + 1);
      isAlone = false;
    }
    return isField && isAlone;
  }

  /** @returns {boolean} as `expression` */
  unary() {
    const sign = ["!", "-"].find((one) => this.has(one));
    if (!sign) return this.member();
    while (this.take(sign));
    if (this.all[this.place + 1]?.kind === "number") this.take("-");
    this.member();
    return false;
  }

  /** @returns {boolean} as `expression` */
  member() {
    const start = this.primary();
    let isField = start.isField;
    for (let isFirst = true; ; isFirst = false) {
      const at = this.token.at;
      const isVariable = isFirst && start.root === "vars";
      if (this.take(".")) isField = this.field(isVariable, at);
      else if (this.take("[")) isField = this.index(isVariable, at);
      else return isField;
    }
  }

  /** @param {boolean} isVariable @param {number} at @returns {boolean} no call */
  field(isVariable, at) {
    const name = this.name(true);
    if (isVariable) note(this.uses.variables, name, at);
    if (!this.take("(")) return true;
    if (name in MACROS) this.comprehension(/** @type {keyof typeof MACROS} */ (name), at);
    else {
      note(this.uses.functions, name, at);
      this.list(")");
    }
    return false;
  }

  /** With as many parts as no macro has it is a call of a function, which nobody has. @param {keyof typeof MACROS} name @param {number} at */
  comprehension(name, at) {
    const first = this.token;
    const isBare = first.kind === "name" && this.all[this.place + 1].text === ",";
    const parts = this.list(")");
    if (!MACROS[name].includes(parts.length)) note(this.uses.functions, name, at);
    else if (!isBare) throw new CelFault("macro", at, { what: name });
    if (first.kind === "name") this.bound.add(first.text);
  }

  /** @param {boolean} isVariable @param {number} at */
  index(isVariable, at) {
    const { kind, text } = this.token;
    const name = kind === "text" ? /^["'](\w+)["']$/.exec(text) : null;
    this.expression();
    this.need("]");
    if (isVariable && name) note(this.uses.variables, name[1], at);
    return false;
  }

  /** @returns {{ root: string, isField: boolean }} `root`: the name that stands there alone */
  primary() {
    const { kind, text, at } = this.token;
    let isField = false;
    if (kind === "number" || kind === "text" || (kind === "name" && LITERALS.has(text))) this.place++;
    else if (this.take("(")) {
      isField = this.expression();
      this.need(")");
    } else if (this.take("[")) this.list("]", true);
    else if (this.take("{")) this.entries(() => void this.expression());
    else return { root: this.named(at), isField };
    return { root: "", isField };
  }

  /** @param {number} at @returns {string} the name, where it is one of a value */
  named(at) {
    const isAbsolute = this.take(".");
    const name = this.name();
    if (this.take("{")) this.entries(() => void this.name(true));
    else if (!this.take("(")) {
      note(this.uses.roots, isAbsolute ? `.${name}` : name, at);
      return name;
    } else if (name === "has") this.asked(at);
    else {
      if (!isAbsolute) note(this.uses.functions, name, at);
      this.list(")");
    }
    return "";
  }

  /** has() takes one field of something. @param {number} at */
  asked(at) {
    const parts = this.list(")");
    if (parts.length !== 1) note(this.uses.functions, "has", at);
    else if (!parts[0]) throw new CelFault("macro", at, { what: "has" });
  }

  /** @param {string} end @param {boolean} [mayTrail] a comma may stand before the end @returns {boolean[]} of each part what `expression` says */
  list(end, mayTrail = false) {
    /** @type {boolean[]} */
    const parts = [];
    while (!this.has(end) && !(mayTrail && this.has(","))) {
      parts.push(this.expression());
      if (!this.take(",")) break;
      if (!mayTrail && this.has(end)) this.wrong();
    }
    if (mayTrail && !parts.length) this.take(",");
    this.need(end);
    return parts;
  }

  /** Of a mapping or a message. @param {() => void} key reads one */
  entries(key) {
    if (!this.take(",")) {
      while (!this.has("}")) {
        key();
        this.need(":");
        this.expression();
        if (!this.take(",")) break;
      }
    }
    this.need("}");
  }
}

/** @param {Map<string, number>} into @param {string} name @param {number} at */
function note(into, name, at) {
  if (!into.has(name)) into.set(name, at);
}

/**
 * The expressions in the holes of a text, each with its offset. `$${` stands for a plain `${`.
 * @param {string} text
 * @returns {{ source: string, at: number }[]} throws CelFault for a hole that is not closed
 */
export function holes(text) {
  const found = [];
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at)) {
    if (text[at - 1] === "$") {
      at += 2;
      continue;
    }
    const end = endOfHole(text, at + 2);
    found.push({ source: text.slice(at + 2, end).trim(), at: at + 2 });
    at = end + 1;
  }
  return found;
}

/** @param {string} text @param {number} start @returns {number} where the brace is that closes it */
function endOfHole(text, start) {
  let depth = 1;
  let quote = "";
  for (let at = start; at < text.length; at++) {
    const letter = text[at];
    if (quote) {
      if (letter === "\\") at++;
      else if (letter === quote) quote = "";
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === "{") depth++;
    else if (letter === "}" && --depth === 0) return at;
  }
  throw new CelFault("hole", start);
}
