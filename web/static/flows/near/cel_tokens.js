// @ts-check
/** CEL cut into tokens (the cel-spec's lexis, as the server's engine reads it). Pure. */

/** @typedef {"name" | "number" | "text" | "mark" | "end"} TokenKind */
/** @typedef {{ kind: TokenKind, text: string, at: number }} Token */

/** What is no CEL: `at` is the offset of the place. */
export class CelFault extends Error {
  /** @param {string} code @param {number} at @param {Record<string, string | number>} [facts] */
  constructor(code, at, facts = {}) {
    super(code);
    this.code = code;
    this.at = at;
    this.facts = facts;
  }
}

const SPACE = /(?:[ \t\r\n\f]+|\/\/[^\n]*)+/y;
const FLOAT = /(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)/y;
const WHOLE = /(?:0x[0-9a-fA-F]+|\d+)[uU]?/y;
const QUOTE = /([rR]?[bB]?|[bB][rR])("""|'''|"|')/y;
const NAME = /[A-Za-z_]\w*/y;
const MARK = /&&|\|\||[<>=!]=|[-+*/%!<>?:.,()[\]{}]/y;
const ESCAPE = /\\(?:[abfnrtv\\?"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;
const MOST = { signed: 2n ** 63n - 1n, unsigned: 2n ** 64n - 1n };

/** @param {string} source @returns {Token[]} the last is of kind `end`; throws CelFault */
export function tokens(source) {
  /** @type {Token[]} */
  const found = [];
  let at = skipped(source, 0);
  while (at < source.length) {
    const token = next(source, at);
    found.push(token);
    at = skipped(source, at + token.text.length);
  }
  return [...found, { kind: "end", text: "", at: source.length }];
}

/** @param {string} source @param {number} at @returns {Token} */
function next(source, at) {
  const quote = matched(QUOTE, source, at);
  if (quote) return { kind: "text", text: source.slice(at, endOfText(source, at, quote)), at };
  const number = matched(FLOAT, source, at) ?? matched(WHOLE, source, at);
  if (number) return wholeEnough({ kind: "number", text: number[0], at }, source[at - 1] === "-");
  const name = matched(NAME, source, at);
  if (name) return { kind: "name", text: name[0], at };
  const mark = matched(MARK, source, at);
  if (mark) return { kind: "mark", text: mark[0], at };
  throw new CelFault("character", at, { what: source[at] });
}

/** @param {string} source @param {number} start @param {RegExpExecArray} quote @returns {number} where the text is over */
function endOfText(source, start, quote) {
  const [opening, prefix, mark] = quote;
  const isRaw = /r/i.test(prefix);
  let at = start + opening.length;
  while (at < source.length) {
    if (source.startsWith(mark, at)) return at + mark.length;
    if (source[at] === "\n" && mark.length === 1) break;
    if (source[at] !== "\\" || isRaw) at++;
    else {
      const escape = matched(ESCAPE, source, at);
      if (!escape) throw new CelFault("escape", at, { what: source.slice(at, at + 2) });
      at += escape[0].length;
    }
  }
  throw new CelFault("quote", start);
}

/** A number no 64 bits can hold is a fault; below zero there is one more. @param {Token} token @param {boolean} isNegative */
function wholeEnough(token, isNegative) {
  if (/^(?:0x[0-9a-f]+|\d+)u?$/i.test(token.text)) {
    const isUnsigned = /u$/i.test(token.text);
    const value = BigInt(token.text.replace(/u$/i, ""));
    if (value > (isUnsigned ? MOST.unsigned : MOST.signed + BigInt(isNegative))) throw new CelFault("number", token.at, { what: token.text });
  } else if (!Number.isFinite(Number(token.text))) throw new CelFault("number", token.at, { what: token.text });
  return token;
}

/** @param {string} source @param {number} at */
function skipped(source, at) {
  const space = matched(SPACE, source, at);
  return space ? at + space[0].length : at;
}

/** @param {RegExp} pattern a sticky one @param {string} source @param {number} at */
function matched(pattern, source, at) {
  pattern.lastIndex = at;
  return pattern.exec(source);
}
