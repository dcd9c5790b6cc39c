// @ts-check
/** Times, spans and numbers in the agent's locale. */
import { locale, t } from "./i18n.js";

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** @param {string} key @param {Intl.DateTimeFormatOptions} options */
function dateFormat(key, options) {
  const id = `${locale.value} ${key}`;
  const known = formats.get(id) ?? new Intl.DateTimeFormat(locale.value, options);
  formats.set(id, known);
  return known;
}

/** `14:05` or `2:05 PM`. @param {string} at ISO 8601 */
export function clockTime(at) {
  return dateFormat("time", { hour: "numeric", minute: "2-digit" }).format(new Date(at));
}

/** Full date and time, for titles. @param {string} at */
export function fullTime(at) {
  return dateFormat("full", { dateStyle: "full", timeStyle: "medium" }).format(new Date(at));
}

/** Day and time in short, of a moment not far from now. @param {string} at */
export function dayTime(at) {
  return dateFormat("day+time", { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" }).format(new Date(at));
}

/** Day and month in short. @param {string} at */
export function shortDate(at) {
  return dateFormat("short", { day: "numeric", month: "short", year: "numeric" }).format(new Date(at));
}

/** Local calendar day as a key. @param {string} at */
export function dayKey(at) {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

/** Today, yesterday, or weekday and date. @param {string} at @param {number} nowMs */
export function dayName(at, nowMs) {
  if (dayKey(at) === dayKey(new Date(nowMs).toISOString())) return t("day.today");
  if (dayKey(at) === dayKey(new Date(nowMs - 86_400_000).toISOString())) return t("day.yesterday");
  const sameYear = new Date(at).getFullYear() === new Date(nowMs).getFullYear();
  return sameYear
    ? dateFormat("day", { weekday: "long", day: "numeric", month: "long" }).format(new Date(at))
    : dateFormat("day+year", { day: "numeric", month: "long", year: "numeric" }).format(new Date(at));
}

/** `0:07`, `3:12`, `1:02:45`. @param {number | null | undefined} seconds */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds ?? 0));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** The name of a language tag, in the page's language. @param {string | null | undefined} tag */
export function languageName(tag) {
  if (!tag) return "";
  const language = tag.split("-")[0];
  const name = new Intl.DisplayNames([locale.value], { type: "language" }).of(language) ?? tag;
  return name.charAt(0).toLocaleUpperCase(locale.value) + name.slice(1);
}

/** E.164 in readable groups: `+84 901 234 567`. @param {string | null | undefined} number */
export function phone(number) {
  if (!number) return t("caller.withheld");
  const match = /^\+(84|1|44|49|33|65|66|81|82|86)(\d{6,})$/.exec(number);
  if (!match) return number;
  const groups = match[2].replace(/\B(?=(\d{3})+(?!\d))/g, "\u00a0");
  return `+${match[1]}\u00a0${groups}`;
}

/** Two letters for the round badge of a person. @param {string | null | undefined} name */
export function initials(name) {
  const words = (name ?? "").replace(/[^\p{L}\s]/gu, "").trim().split(/\s+/).filter(Boolean);
  if (!words.length) return "#";
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : [words[0]];
  return picked.map((word) => word.charAt(0).toLocaleUpperCase()).join("");
}

/** A file's size in words. @param {number} count */
export function bytes(count) {
  const unit = count < 1e6 ? "kilobyte" : "megabyte";
  const value = count < 1e6 ? Math.max(1, Math.round(count / 1e3)) : count / 1e6;
  return new Intl.NumberFormat(locale.value, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
}

/** `81 %` in the page's language; a dash of nothing. @param {number | null} share 0 to 1 */
export function percent(share) {
  return share === null ? "–" : share.toLocaleString(locale.value, { style: "percent", maximumFractionDigits: 0 });
}
