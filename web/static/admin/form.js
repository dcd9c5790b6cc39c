// @ts-check
/** A form in a drawer, drawn from its fields: label, control, help and what is wrong, each tied to the others. */
import { h, html } from "../shared/html.js";
import { hasText, t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { Drawer } from "./drawer.js";
import { useEditing } from "./editing.js";

/** @typedef {import("./editing.js").Spec} Spec */
/** @typedef {import("./editing.js").Editing} Editing */

/**
 * @param {import("./editing.js").Asked & { title: string, ends?: unknown, below?: unknown, isReadOnly?: boolean, isWide?: boolean }} props
 */
export function Editor({ title, ends, below, isReadOnly = false, isWide = false, ...asked }) {
  const editing = useEditing(asked);
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (!isReadOnly) void editing.send();
  };
  return h(
    Drawer,
    { title, isDirty: editing.isDirty && !isReadOnly, onClose: asked.onDone, isWide },
    html`<form class="form" novalidate onSubmit=${submit} aria-label=${title}>
        ${h(Conflict, { editing })}
        <div class="form-rows">${plain(editing).map((spec) => h(Row, { key: spec.name, spec, editing, isReadOnly }))}</div>
        ${h(Folded, { editing, isReadOnly })}
        ${editing.problem && html`<p class="bar bar-bad" role="alert">${editing.problem}</p>`}
        ${!isReadOnly &&
        html`<div class="form-end">
          <button class="button button-primary" disabled=${editing.isBusy}>${t("admin.save")}</button>
          <button type="button" class="button" onClick=${asked.onDone}>${t("admin.cancel")}</button>
          <span class="gap"></span>${ends}
        </div>`}
      </form>
      ${below}`,
  );
}

/** @param {Editing} editing */
function plain(editing) {
  return editing.specs.filter((spec) => !spec.isFolded && !spec.isHidden?.(editing.values));
}

/** @param {{ editing: Editing, isReadOnly: boolean }} props */
function Folded({ editing, isReadOnly }) {
  const isOpen = useSignal(false); // what a mistake opened stays open while it is mended
  const folded = editing.specs.filter((spec) => spec.isFolded && !spec.isHidden?.(editing.values));
  if (folded.length === 0) return null;
  return html`<details open=${isOpen.value || folded.some((spec) => editing.problems[spec.name])} onToggle=${(/** @type {Event} */ event) => (isOpen.value = /** @type {HTMLDetailsElement} */ (event.currentTarget).open)}>
    <summary>${t("adm.further")}</summary>
    <div class="form-rows">${folded.map((spec) => h(Row, { key: spec.name, spec, editing, isReadOnly }))}</div>
  </details>`;
}

/** @param {{ editing: Editing }} props */
function Conflict({ editing }) {
  if (!editing.theirs) return null;
  return html`<div class="bar bar-warn" role="alert">
    <span>${t("adm.conflict")}</span>
    <button type="button" class="button" onClick=${editing.takeTheirs}>${t("adm.conflict.theirs")}</button>
    <button type="button" class="button button-primary" onClick=${editing.send}>${t("adm.conflict.mine")}</button>
  </div>`;
}

/** @param {{ spec: Spec, editing: Editing, isReadOnly: boolean, key?: string }} props */
function Row({ spec, editing, isReadOnly }) {
  const id = `${editing.form}-${spec.name}`;
  const key = `adm.field.${editing.form}.${spec.name}`;
  const problem = editing.problems[spec.name];
  const help = hasText(`${key}.help`) ? t(`${key}.help`) : "";
  const isFixed = isReadOnly || Boolean(spec.isOnlyNew && !editing.isNew);
  const said = [help && `${id}-help`, problem && `${id}-wrong`].filter(Boolean).join(" ") || undefined;
  const isGroup = spec.kind === "checks" || spec.kind === "own";
  const label = html`${t(`adm.field.${editing.form}.${spec.name}`)}${spec.isRequired && html`<span class="needed" aria-hidden="true">*</span>`}`;
  return html`<div class=${`row ${spec.isWide ? "row-wide" : ""} ${spec.kind === "check" ? "row-check" : ""}`} role=${isGroup ? "group" : undefined} aria-labelledby=${isGroup ? `${id}-label` : undefined}>
    ${isGroup ? html`<span class="row-label" id=${`${id}-label`}>${label}</span>` : html`<label class="row-label" for=${id}>${label}</label>`}
    ${control(spec, id, editing, isFixed, said, Boolean(problem))}
    ${help && html`<small class="help" id=${`${id}-help`}>${help}</small>`}
    ${problem && html`<small class="wrong" id=${`${id}-wrong`} role="alert">${problem}</small>`}
    ${h(Theirs, { spec, editing })}
  </div>`;
}

/** What a colleague wrote, where it is not what stands here. @param {{ spec: Spec, editing: Editing }} props */
function Theirs({ spec, editing }) {
  if (!editing.theirs) return null;
  const now = editing.theirs[spec.name] ?? "";
  if (JSON.stringify(now) === JSON.stringify(editing.began[spec.name] ?? "")) return null;
  return html`<small class="theirs">${t("adm.conflict.now", { value: typeof now === "object" ? JSON.stringify(now) : String(now) })}</small>`;
}

/**
 * @param {Spec} spec @param {string} id @param {Editing} editing @param {boolean} isFixed
 * @param {string | undefined} said @param {boolean} isWrong
 */
function control(spec, id, editing, isFixed, said, isWrong) {
  const value = editing.values[spec.name];
  const set = (/** @type {any} */ given) => editing.set(spec.name, given);
  const told = (/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.target).value);
  const common = { id, name: spec.name, disabled: isFixed, "aria-describedby": said, "aria-invalid": isWrong || undefined };
  const text = { ...common, class: `input ${spec.isCode ? "input-code" : ""}`, placeholder: spec.placeholder, spellcheck: !spec.isCode, "aria-required": spec.isRequired };
  switch (spec.kind) {
    case "area":
      return html`<textarea ...${text} rows="4" value=${value} onInput=${told}></textarea>`;
    case "select":
      return html`<select ...${common} class="input" value=${value ?? ""} onChange=${told}>
        ${(spec.choices ?? []).map(([choice, label]) => html`<option key=${choice} value=${choice} selected=${choice === (value ?? "")}>${label}</option>`)}
      </select>`;
    case "check":
      return html`<input ...${common} type="checkbox" checked=${Boolean(value)} onChange=${(/** @type {Event} */ event) => set(/** @type {HTMLInputElement} */ (event.target).checked)} />`;
    case "checks":
      return h(Checks, { choices: spec.choices ?? [], value: value ?? [], set, isFixed });
    case "own":
      return spec.own?.(value, set);
    case "number":
      return html`<input ...${text} type="number" min=${spec.min} max=${spec.max} step=${spec.step ?? "any"} value=${value} onInput=${told} />`;
    default:
      return html`<input ...${text} type=${spec.kind === "secret" ? "password" : "text"} autocomplete=${spec.kind === "secret" ? "new-password" : "off"} value=${value} onInput=${told} />`;
  }
}

/** @param {{ choices: [string, string][], value: string[], set: (value: string[]) => void, isFixed: boolean }} props */
function Checks({ choices, value, set, isFixed }) {
  const turn = (/** @type {string} */ id) => set(value.includes(id) ? value.filter((one) => one !== id) : [...value, id]);
  return html`<span class="checks-row">${choices.map(
    ([id, label]) => html`<label key=${id} class="check"><input type="checkbox" disabled=${isFixed} checked=${value.includes(id)} onChange=${() => turn(id)} />${label}</label>`,
  )}</span>`;
}
