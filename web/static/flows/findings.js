// @ts-check
/** Findings of a text that has changed since: which still hold and where they are now; and the browser's own in words. */
import { hasText, t } from "../shared/i18n.js";
import { sameEnds } from "./lines.js";

/** @typedef {import("./types.js").Finding} Finding */

/** Those outside the lines that changed, at the lines they are on now. @param {Finding[]} findings @param {string} before @param {string} now @returns {Finding[]} */
export function carried(findings, before, now) {
  if (!findings.length) return [];
  const [old, lines] = [before.split("\n"), now.split("\n")];
  const { head, tail } = sameEnds(old, lines);
  const moved = lines.length - old.length;
  return findings
    .filter((one) => one.line <= head || one.line > old.length - tail)
    .map((one) => (one.line <= head ? one : { ...one, line: one.line + moved }));
}

/** @param {import("./near/check.js").Found} fault @returns {Finding} */
export function worded({ code, mark, facts, step }) {
  const key = `flows.near.${code}`;
  return { severity: "error", line: mark.line, column: mark.column, step, message: t(key, facts), hint: hasText(`${key}.hint`) ? t(`${key}.hint`, facts) : "" };
}
