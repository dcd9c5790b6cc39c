// @ts-check
/** The prediction's warnings in the page's language, with the figures they stand on. */
import { hasText, t } from "../shared/i18n.js";
import { count } from "./figures.js";
import { needText } from "./reasons.js";

/** @typedef {import("./types.js").Caution} Caution */
/** @typedef {import("./types.js").Prediction} Prediction */

/** @param {Caution} caution @param {Prediction} answer */
export function cautionText({ kind, class: number, text }, answer) {
  const key = `wall.caution.${kind}`;
  if (!hasText(key)) return text;
  const one = number === null ? undefined : answer.classes[number];
  return t(key, {
    name: one ? `${one.title} (${needText(one.need)})` : "",
    load: one ? count(one.load, 1) : "",
    agents: one ? count(one.agents) : "",
    level: one ? count(one.service_level.mean) : "",
    all: count(answer.all?.service_level.mean ?? 0),
    pool: count(answer.cross_trained?.service_level.mean ?? 0),
  });
}
