// @ts-check
/** What an agent can do, at which level: in force at once, for those who wait already too. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";
import { knownSkills } from "./floor.js";
import { Question, perform } from "./question.js";

/** @typedef {import("./types.js").Agent} Agent */

const LEVELS = [1, 2, 3, 4, 5];

/** @param {Event} event */
function chosen(event) {
  return /** @type {HTMLSelectElement} */ (event.target).value;
}

/** @param {{ agent: Agent, key?: string }} props */
export function SkillsDialog({ agent }) {
  const skills = useSignal(/** @type {Record<string, number>} */ ({ ...agent.skills }));
  const left = knownSkills().filter((skill) => !(skill in skills.value));
  const save = () => perform(() => api.put(`/api/agents/${agent.agent}/skills`, { skills: skills.value }), t("wall.skills.saved", { name: agent.name }));
  /** @param {string} skill */
  const drop = (skill) => (skills.value = Object.fromEntries(Object.entries(skills.value).filter(([id]) => id !== skill)));
  return h(
    Question,
    { title: t("wall.skills.title", { name: agent.name }), submit: t("wall.save"), onSubmit: save },
    html`<p>${t("wall.skills.text")}</p>
      <div class="skill-rows">${Object.entries(skills.value).sort().map(
        ([skill, level]) => html`<div key=${skill} class="skill-row">
          <span translate="no">${skill}</span>
          <select class="input" aria-label=${t("wall.skills.level", { skill })} onChange=${(/** @type {Event} */ event) => (skills.value = { ...skills.value, [skill]: Number(chosen(event)) })}>
            ${LEVELS.map((one) => html`<option key=${one} value=${one} selected=${one === level}>${one}</option>`)}
          </select>
          <button type="button" class="icon-button" aria-label=${t("wall.skills.drop", { skill })} title=${t("wall.skills.drop", { skill })} onClick=${() => drop(skill)}>${h(Icon, { name: "close", size: 14 })}</button>
        </div>`,
      )}</div>
      ${left.length > 0 &&
      html`<select key=${left.length} class="input" aria-label=${t("wall.skills.add")} onChange=${(/** @type {Event} */ event) => chosen(event) && (skills.value = { ...skills.value, [chosen(event)]: 1 })}>
        <option value="">${t("wall.skills.add")}</option>
        ${left.map((skill) => html`<option key=${skill} value=${skill}>${skill}</option>`)}
      </select>`}`,
  );
}
