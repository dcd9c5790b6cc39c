// @ts-check
/** Figures as text, and the words that say what they are: on hover and on focus. */
import { html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { useId } from "../vendor/hooks.js";

/** @typedef {import("./types.js").Figures} Figures */

export const FORMULAS = /** @type {const} */ (["of_offered", "of_patient", "of_answered"]);

/** @param {number} number @param {number} [digits] */
export function count(number, digits = 0) {
  return number.toLocaleString(locale.value, { maximumFractionDigits: digits });
}

/** A name that explains itself. @param {{ label: string, text: string }} props */
export function Tip({ label, text }) {
  const id = useId();
  return html`<span class="tip" tabindex="0" aria-describedby=${id}>${label}<span class="tip-text" role="tooltip" id=${id}>${text}</span></span>`;
}

/** What the formula `id` divides by what. @param {string} id @param {{ target_s?: number, short_abandon_s?: number }} rules */
export function formulaText(id, { target_s, short_abandon_s }) {
  if (target_s === undefined) return t(`wall.formula.all.${id}`);
  return t(`wall.formula.${id}`, { target: count(target_s), short: count(short_abandon_s ?? 5) });
}
