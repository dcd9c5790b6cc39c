// @ts-check
/** Texts of the page: `t(key)` in the agent's language. Reading a text subscribes the component to it. */
import { signal } from "../vendor/signals.js";

export const LOCALES = /** @type {const} */ ({ "en-US": "English", "vi-VN": "Tiếng Việt" });

export const locale = signal("vi-VN");
/** @type {import("../vendor/signals.js").Signal<Record<string, string>>} */
const catalogue = signal({});

/** Loads the catalogue of a locale such as `vi-VN` and turns the page to it. @param {string} wanted */
export async function useLocale(wanted) {
  const language = wanted.startsWith("en") ? "en" : "vi";
  const response = await fetch(new URL(`../../i18n/${language}.json`, import.meta.url));
  catalogue.value = await response.json();
  locale.value = wanted;
  document.documentElement.lang = language;
}

/** Whether the catalogue has this key. @param {string} key */
export function hasText(key) {
  return key in catalogue.value;
}

/**
 * The text of `key` with `{name}` filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const text = catalogue.value[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * The text of `key.one`, `key.other` …, by the plural rule of the language; `{n}` is filled in.
 * @param {string} key
 * @param {number} n
 */
export function tn(key, n) {
  const rule = new Intl.PluralRules(locale.value).select(n);
  const form = hasText(`${key}.${rule}`) ? rule : "other";
  return t(`${key}.${form}`, { n: n.toLocaleString(locale.value) });
}

/** The one in the page's language of a text that somebody wrote in several; any where that is missing. @param {Record<string, string>} texts by language, such as `en` */
export function ours(texts) {
  return texts[locale.value.slice(0, 2)] ?? Object.values(texts)[0] ?? "";
}

/** The text of `prefix.value`, or `value` itself where the catalogue knows none. @param {string} prefix @param {string} value */
export function named(prefix, value) {
  const key = `${prefix}.${value}`;
  return hasText(key) ? t(key) : value;
}
