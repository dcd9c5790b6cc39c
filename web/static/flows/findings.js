// @ts-check
/** Findings of a text that has changed since: which still hold and where they are now; the browser's own, and the server's, in words. */
import { hasText, locale, t } from "../shared/i18n.js";
import { effect, signal } from "../vendor/signals.js";
import { sameEnds } from "./lines.js";

/** @typedef {import("./types.js").Finding} Finding */
/** @typedef {import("./types.js").Said} Said */

/** What the server's findings say, by code, in the language of the page. @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
const sentences = signal({});

effect(() => void load(locale.value));

/** @param {string} wanted */
async function load(wanted) {
  const response = await fetch(new URL(`../../i18n/flows/${wanted.startsWith("en") ? "en" : "vi"}.json`, import.meta.url));
  const found = response.ok ? await response.json() : {};
  if (wanted === locale.value) sentences.value = found;
}

/** A finding as the page says it. @param {Finding} finding @returns {{ message: string, hint: string }} */
export function told({ message, hint, words, advice }) {
  return { message: words ? sentence(words, message) : message, hint: advice ? sentence(advice, hint) : hint };
}

/** @param {Said} said @param {string} [english] where the sentence is not there @returns {string} */
function sentence({ code, facts }, english = code) {
  return sentences.value[code]?.replace(/\{(\w+)\}/g, (blank, name) => (name in facts ? fact(facts[name]) : blank)) ?? english;
}

/** @param {string | number | Said} one */
function fact(one) {
  return typeof one === "object" ? sentence(one) : String(one);
}

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
