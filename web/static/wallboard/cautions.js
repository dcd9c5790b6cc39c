// @ts-check
/** The prediction's warnings in the page's language, with the figures they stand on. */
import { hasText, t } from "../shared/i18n.js";
import { count } from "./figures.js";
import { needText } from "./reasons.js";

/** @typedef {import("./types.js").Caution} Caution */
/** @typedef {import("./types.js").Class} Class */
/** @typedef {import("./types.js").Prediction} Prediction */

/** @param {Caution} caution @param {Prediction} answer */
export function cautionText({ kind, queue, text }, answer) {
  const key = `wall.caution.${kind}`;
  if (!hasText(key)) return text;
  const one = meant(kind, answer.classes.filter((each) => each.queue === queue));
  return t(key, {
    name: one ? `${one.title} (${needText(one.need)})` : (queue ?? ""),
    load: one ? count(one.load, 1) : "",
    agents: one ? count(one.agents) : "",
    level: one ? count(one.service_level.mean) : "",
    all: count(answer.all?.service_level.mean ?? 0),
    pool: count(answer.cross_trained?.service_level.mean ?? 0),
  });
}

/** Which of a queue's classes it is about: a warning names the queue alone. @param {string} kind @param {Class[]} classes @returns {Class | undefined} */
function meant(kind, classes) {
  if (kind === "starved") return [...classes].sort((a, b) => a.service_level.mean - b.service_level.mean)[0];
  if (kind === "overload") return [...classes].sort((a, b) => b.load - b.agents - (a.load - a.agents))[0];
  return [...classes].sort((a, b) => a.agents - b.agents)[0];
}
