// @ts-check
/** A part of the page: its head, and a table that can be searched and whose rows open. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";

/** @typedef {import("../shared/html.js").Children} Children */

/** @param {{ part: string, actions?: unknown }} props `part` names the texts admin.part.PART and adm.about.PART */
export function Head({ part, actions }) {
  return html`<header class="part-head">
    <div><h1>${t(`admin.part.${part}`)}</h1><p class="muted">${t(`adm.about.${part}`)}</p></div>
    <div class="part-actions">${actions}</div>
  </header>`;
}

/** @param {{ label: string, onClick: () => void }} props */
export function AddButton({ label, onClick }) {
  return html`<button class="button button-primary" onClick=${onClick}>${label}</button>`;
}

/**
 * @template T
 * @param {{ rows: T[], columns: [string, (row: T) => unknown][], words: (row: T) => string, none: string, keyOf: (row: T) => string,
 *   onOpen?: (row: T) => void, nameOf: (row: T) => string, isQuiet?: (row: T) => boolean, beside?: unknown }} props
 *   The first column opens the row; `words` is what the search looks through.
 */
export function List({ rows, columns, words, none, keyOf, onOpen, nameOf, isQuiet, beside }) {
  const asked = useSignal("");
  const shown = rows.filter((row) => fold(words(row)).includes(fold(asked.value)));
  if (rows.length === 0) return html`<p class="part-empty">${none}</p>`;
  return html`<section class="list" aria-label=${t("adm.list")}>
    <div class="list-head">
      <label class="list-search">${h(Icon, { name: "search", size: 15 })}<input
          class="input"
          type="search"
          aria-label=${t("adm.filter")}
          placeholder=${t("adm.filter")}
          value=${asked.value}
          onInput=${(/** @type {Event} */ event) => (asked.value = /** @type {HTMLInputElement} */ (event.target).value)}
      /></label>
      ${beside}
      <span class="muted list-count">${shown.length === rows.length ? rows.length : `${shown.length} / ${rows.length}`}</span>
    </div>
    <div class="list-scroll"><table>
      <thead><tr>${columns.map(([head], at) => html`<th key=${at} scope="col">${head}</th>`)}</tr></thead>
      <tbody>
        ${shown.map(
          (row) => html`<tr key=${keyOf(row)} class=${isQuiet?.(row) ? "row-quiet" : ""}>
            ${columns.map(([, cell], at) => html`<td key=${at}>${at === 0 && onOpen ? opener(row, nameOf(row), cell(row), onOpen) : cell(row)}</td>`)}
          </tr>`,
        )}
      </tbody>
    </table></div>
    ${shown.length === 0 && html`<p class="muted list-nothing">${t("adm.filter.nothing")}</p>`}
  </section>`;
}

/** @template T @param {T} row @param {string} name @param {unknown} cell @param {(row: T) => void} onOpen */
function opener(row, name, cell, onOpen) {
  return html`<button class="row-open" aria-label=${t("adm.open", { name })} onClick=${() => onOpen(row)}>${cell}</button>`;
}

/** Without accents and in small letters, so that `ho tro` finds `Hỗ trợ`. @param {string} text */
function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
}

/** A small coloured word. @param {"good" | "bad" | "warn" | "plain"} tone @param {string} text */
export function pill(tone, text) {
  return html`<span class=${`pill pill-${tone}`}>${text}</span>`;
}
