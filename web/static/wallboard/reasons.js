// @ts-check
/** The router's reasons (docs/routing.md) in words. */
import { hasText, t } from "../shared/i18n.js";

const STATES = new Set(["talking", "wrap_up", "away", "offered", "missed", "logged_out"]);

/** Why somebody did not get it. @param {string} reason */
export function inWords(reason) {
  if (STATES.has(reason)) return t("wall.lost.state", { state: t(`state.${reason}`) });
  const skill = /^skill:(.+)<(\d+)$/.exec(reason);
  if (skill) return t("wall.lost.skill", { skill: skill[1], level: skill[2] });
  const [kind, ...rest] = reason.split(":");
  const key = `wall.lost.${kind}`;
  if (!hasText(key)) return reason;
  const what = rest.join(":");
  return t(key, { what: kind === "capacity" && hasText(`wall.kind.${what}`) ? t(`wall.kind.${what}`) : what });
}

/** `support 3, lang:en 2`, or that nobody special is needed. @param {Record<string, number>} need */
export function needText(need) {
  const asked = Object.entries(need);
  return asked.length ? asked.map(([skill, level]) => `${skill} ${level}`).join(", ") : t("wall.need.nothing");
}

/** @param {string} reason */
export function wayReason(reason) {
  const key = `wall.way_reason.${reason}`;
  return hasText(key) ? t(key) : reason.replaceAll("_", " ");
}
