// @ts-check
/** Skills with the least level each: `support 2`, added and taken away one by one. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Select } from "./parts.js";

export const LEVELS = ["1", "2", "3", "4", "5"];

/** @param {Record<string, number>} levels */
export function levelsText(levels) {
  const all = Object.entries(levels);
  if (all.length === 0) return html`<span class="muted">${t("adm.levels.anybody")}</span>`;
  return all.map(([skill, level]) => html`<span key=${skill} class="pill pill-plain" translate="no">${`${skill} ≥ ${level}`}</span> `);
}

/** @param {{ skills: { id: string, title: string }[], value: Record<string, number>, set: (value: Record<string, number>) => void }} props */
export function Levels({ skills, value, set }) {
  const left = skills.filter((one) => !(one.id in value));
  /** @type {[string, string][]} */
  const levels = LEVELS.map((level) => [level, t("adm.levels.least", { level })]);
  /** @param {string} skill */
  const without = (skill) => Object.fromEntries(Object.entries(value).filter(([id]) => id !== skill));
  return html`<div class="levels">
    ${Object.entries(value).map(
      ([skill, level]) => html`<div key=${skill} class="level">
        <span>${skills.find((one) => one.id === skill)?.title ?? skill}</span>
        <label class="level-choice" aria-label=${t("adm.levels.of", { skill })}>${h(Select, { name: `level-${skill}`, value: String(level), choices: levels, onInput: (/** @type {string} */ one) => set({ ...value, [skill]: Number(one) }) })}</label>
        <button type="button" class="icon-button" aria-label=${t("adm.levels.drop", { skill })} onClick=${() => set(without(skill))}>${h(Icon, { name: "close", size: 14 })}</button>
      </div>`,
    )}
    ${left.length > 0 &&
    html`<label class="level-add" aria-label=${t("adm.levels.add")}>${h(Select, {
      key: left.length,
      name: "level-add",
      value: "",
      choices: [["", t("adm.levels.add")], ...left.map((one) => /** @type {[string, string]} */ ([one.id, one.title]))],
      onInput: (/** @type {string} */ one) => one && set({ ...value, [one]: 1 }),
    })}</label>`}
  </div>`;
}
