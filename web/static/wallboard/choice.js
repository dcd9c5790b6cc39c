// @ts-check
/** A labelled list to choose one of. */
import { html } from "../shared/html.js";

/** What is sent, and what is read. @typedef {[string, string]} Option */

/** @param {string} id @param {string} title @returns {Option} */
export function option(id, title) {
  return [id, title];
}

/** @param {{ label: string, value: string, choices: Option[], onChoose: (value: string) => void }} props */
export function Choice({ label, value, choices, onChoose }) {
  return html`<label class="field"><span>${label}</span>
    <select class="input" onChange=${(/** @type {Event} */ event) => onChoose(/** @type {HTMLSelectElement} */ (event.currentTarget).value)}>
      ${choices.map(([id, title]) => html`<option key=${id} value=${id} selected=${id === value}>${title}</option>`)}
    </select>
  </label>`;
}
