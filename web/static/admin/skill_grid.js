// @ts-check
/** The grid itself: arrows walk, 1 to 5 set a level, 0 or Delete take it away, as in a table of figures. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { useSignal } from "../vendor/signals.js";
import { cellKey } from "./skills.js";

/** @typedef {import("./types.js").SkillGrid} SkillGrid */
/** @typedef {import("./skills.js").Typed} Typed */
/** @template T @typedef {import("../vendor/signals.js").Signal<T>} Signal */

const STEPS = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });

/** @param {{ grid: SkillGrid, typed: Signal<Typed>, asked: Signal<string>, onSkill: (id: string) => void }} props */
export function Grid({ grid, typed, asked, onSkill }) {
  const at = useSignal("0 0");
  const people = grid.people.filter((one) => `${one.name} ${one.login}`.toLowerCase().includes(asked.value.toLowerCase()));
  /** @param {KeyboardEvent} event @param {number} row @param {number} column */
  const steer = (event, row, column) => {
    const step = STEPS[event.key];
    const level = levelOf(event.key);
    if (step) move(at, row + step[0], column + step[1], people.length, grid.skills.length);
    else if (level !== undefined) put(typed, people[row], grid.skills[column].id, level);
    else return;
    event.preventDefault();
  };
  return html`<section class="list" aria-label=${t("admin.part.skills")}>
    <div class="list-head">
      <label class="list-search">${h(Icon, { name: "search", size: 15 })}<input
          class="input" type="search" aria-label=${t("adm.filter")} placeholder=${t("adm.filter")} value=${asked.value}
          onInput=${(/** @type {Event} */ event) => (asked.value = /** @type {HTMLInputElement} */ (event.target).value)} /></label>
      <span class="muted">${t("adm.skills.keys")}</span>
    </div>
    <div class="list-scroll"><table class="grid" role="grid" aria-label=${t("admin.part.skills")}>
      <thead><tr>
        <th scope="col" class="grid-name">${t("adm.skills.person")}</th>
        ${grid.skills.map(
          (skill) => html`<th key=${skill.id} scope="col"><button class="link-button" aria-label=${t("adm.open", { name: skill.title })} title=${skill.id} onClick=${() => onSkill(skill.id)}>${skill.title}</button></th>`,
        )}
      </tr></thead>
      <tbody>${people.map(
        (person, row) => html`<tr key=${person.id}>
          <th scope="row" class="grid-name">${person.name}</th>
          ${grid.skills.map((skill, column) => {
            const level = levelIn(typed.value, person, skill.id);
            const isTyped = cellKey(person.id, skill.id) in typed.value;
            return html`<td key=${skill.id} role="gridcell"><button
              class=${`cell cell-${level ?? 0} ${isTyped ? "cell-typed" : ""}`}
              data-cell=${`${row} ${column}`}
              tabindex=${at.value === `${row} ${column}` ? 0 : -1}
              aria-label=${t("adm.skills.cell", { name: person.name, skill: skill.title, level: level ?? t("adm.skills.not") })}
              onFocus=${() => (at.value = `${row} ${column}`)}
              onKeyDown=${(/** @type {KeyboardEvent} */ event) => steer(event, row, column)}
              onClick=${() => put(typed, person, skill.id, ((level ?? 0) + 1) % 6 || null)}
            >${level ?? "·"}</button></td>`;
          })}
        </tr>`,
      )}</tbody>
    </table></div>
  </section>`;
}

/** The level a key asks for; undefined for other keys. @param {string} key */
function levelOf(key) {
  if (key === "0" || key === "Delete" || key === "Backspace") return null;
  return /^[1-5]$/.test(key) ? Number(key) : undefined;
}

/** @param {Typed} typed @param {SkillGrid["people"][number]} person @param {string} skill */
function levelIn(typed, person, skill) {
  const key = cellKey(person.id, skill);
  return key in typed ? typed[key] : (person.skills[skill] ?? null);
}

/** What is as it was is no change. @param {Signal<Typed>} typed @param {SkillGrid["people"][number]} person @param {string} skill @param {number | null} level */
function put(typed, person, skill, level) {
  const key = cellKey(person.id, skill);
  const { [key]: _, ...others } = typed.value;
  typed.value = level === (person.skills[skill] ?? null) ? others : { ...others, [key]: level };
}

/** @param {Signal<string>} at @param {number} row @param {number} column @param {number} rows @param {number} columns */
function move(at, row, column, rows, columns) {
  at.value = `${Math.min(Math.max(row, 0), rows - 1)} ${Math.min(Math.max(column, 0), columns - 1)}`;
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-cell="${at.value}"]`))?.focus();
}
