// @ts-check
/** The chosen step as a form: every change is written into the text at that very place, the rest stays as it is. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { helpOf, keysOf, schemaAt, valuesOf } from "./schema.js";
import { chosen, patch, picture } from "./state.js";

const HIDDEN = new Set(["type"]);

/** @param {{ canWrite: boolean }} props */
export function Form({ canWrite }) {
  const step = picture.value?.steps.find((one) => one.id === chosen.value);
  if (!step) return html`<p class="flow-empty">${t("flows.form.none")}</p>`;
  const schema = schemaAt(["steps", step.id], () => step.type);
  const fields = keysOf(schema).filter(([name]) => !HIDDEN.has(name));
  const used = fields.filter(([name]) => name in step.fields);
  const rest = fields.filter(([name, field]) => !(name in step.fields) && isSimple(field));
  return html`<div class="flow-side">
    <header class="flow-form-head"><h3>${step.id}</h3><span class="flow-badge">${step.type}</span></header>
    <p class="muted flow-words">${helpOf(schema).split("\n")[0]}</p>
    ${used.map(([name, field]) => h(Field, { key: `${step.id} ${name}`, step: step.id, name, field, value: step.fields[name], canWrite }))}
    ${canWrite &&
    rest.length > 0 &&
    html`<details class="flow-more"><summary>${t("flows.form.more")}</summary>
      ${rest.map(([name, field]) => h(Field, { key: `${step.id} ${name}`, step: step.id, name, field, value: undefined, canWrite }))}
    </details>`}
  </div>`;
}

/** @param {{ step: string, name: string, field: any, value: any, canWrite: boolean, key?: string }} props */
function Field({ step, name, field, value, canWrite }) {
  const given = useSignal("");
  const shown = value === undefined || value === null ? "" : String(value);
  useEffect(() => void (given.value = shown), [shown]);
  if (value !== null && typeof value === "object") {
    return html`<div class="field"><span>${name}</span><span class="muted">${t("flows.form.text", { what: value.nest })}</span></div>`;
  }
  const options = valuesOf(field);
  const steps = leadsOn(field, name) ? (picture.value?.steps ?? []).map((one) => one.id) : [];
  const change = async (/** @type {string} */ now) => {
    if (now === shown) return;
    const way = steps.length > 0 && name !== "next" ? ["next"] : [];
    if (!(await patch(["steps", step, name, ...(now === "" ? [] : way)], now === "" ? null : typed(now, field, options)))) given.value = shown;
  };
  const label = html`<span>${name}</span>`;
  const help = helpOf(field).split("\n")[0];
  if (options.length || steps.length) {
    const all = options.length ? options : steps;
    return html`<label class="field" title=${help}>${label}
      <select class="input" name=${name} value=${given.value} disabled=${!canWrite} onChange=${(/** @type {any} */ event) => void change(event.target.value)}>
        <option value=""></option>
        ${(all.includes(shown) || !shown ? all : [shown, ...all]).map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
      </select>
    </label>`;
  }
  return html`<label class="field" title=${help}>${label}
    <input class="input" name=${name} value=${given.value} readonly=${!canWrite} placeholder=${help} onInput=${(/** @type {any} */ event) => (given.value = event.target.value)} onChange=${(/** @type {any} */ event) => void change(event.target.value)} />
  </label>`;
}

/** Whether the field names a step. @param {any} field @param {string} name */
function leadsOn(field, name) {
  const refs = JSON.stringify(field);
  return name === "next" || refs.includes("#/$defs/Exit") || (refs.includes("an id: a small letter") && ["written", "after_call", "too_short"].includes(name));
}

/** @param {any} field */
function isSimple(field) {
  const refs = JSON.stringify(field);
  return !/"type":"(object|array)"/.test(refs) && (!refs.includes("$ref") || refs.includes("#/$defs/Exit"));
}

/** @param {string} now @param {any} field @param {string[]} options */
function typed(now, field, options) {
  const kinds = JSON.stringify(field);
  if (options.includes("true") && (now === "true" || now === "false")) return now === "true";
  if (/"type":"(integer|number)"/.test(kinds) && now.trim() !== "" && Number.isFinite(Number(now))) return Number(now);
  return now;
}
