// @ts-check
/** What every part of the page is made of: cards, tables, fields, a button that asks first, something to copy. */
import { ApiError } from "../shared/api.js";
import { fullTime, shortDate, clockTime } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { hasText, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { explain } from "../shared/toasts.js";
import { useSignal } from "../vendor/signals.js";

/** @typedef {import("../shared/html.js").Children} Children */

const COPIED_MS = 2_000;

/** @param {{ title?: string, note?: string, end?: unknown, children?: Children }} props */
export function Card({ title, note, end, children }) {
  return html`<section class="card">
    ${(title || end) && html`<header class="card-head">${title && html`<h2>${title}</h2>`}${end}</header>`}
    ${note && html`<p class="muted">${note}</p>`}
    ${children}
  </section>`;
}

/** Rows of cells below their heads, or a line saying there are none. @param {{ heads: string[], rows: unknown[][], none: string }} props */
export function Table({ heads, rows, none }) {
  if (rows.length === 0) return html`<p class="muted">${none}</p>`;
  return html`<div class="scroll" tabindex="0"><table>
    <thead><tr>${heads.map((head, at) => html`<th key=${at} scope="col">${head}</th>`)}</tr></thead>
    <tbody>${rows.map((cells, row) => html`<tr key=${row}>${cells.map((cell, at) => html`<td key=${at}>${cell}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

/**
 * A labelled control with a line of help and perhaps what is wrong with it.
 * @param {{ label: string, help?: string, problem?: string, isRequired?: boolean, children?: Children }} props
 */
export function Field({ label, help, problem, isRequired, children }) {
  return html`<label class="field">
    <span>${label}${isRequired && html`<span class="needed" title=${t("admin.needed")} aria-hidden="true">*</span>`}</span>
    ${children}
    ${help && html`<small class="help">${help}</small>`}
    ${problem && html`<small class="wrong" role="alert">${problem}</small>`}
  </label>`;
}

/** @param {{ name: string, value?: string, choices: [string, string][], onInput?: (value: string) => void, key?: string | number }} props */
export function Select({ name, value, choices, onInput }) {
  return html`<select class="input" name=${name} onChange=${(/** @type {Event} */ event) => onInput?.(/** @type {HTMLSelectElement} */ (event.target).value)}>
    ${choices.map(([id, label]) => html`<option key=${id} value=${id} selected=${id === (value ?? "")}>${label}</option>`)}
  </select>`;
}

/** A button that asks first. @param {{ label: string, question: string, yes: string, onYes: () => void }} props */
export function Confirm({ label, question, yes, onYes }) {
  const isAsking = useSignal(false);
  const answer = (/** @type {boolean} */ isYes) => {
    isAsking.value = false;
    if (isYes) onYes();
  };
  if (!isAsking.value) return html`<button type="button" class="button button-quiet-bad" onClick=${() => (isAsking.value = true)}>${label}</button>`;
  return html`<span class="confirm" role="alertdialog" aria-label=${question}>
    <span>${question}</span>
    <button type="button" class="button button-danger" onClick=${() => answer(true)}>${yes}</button>
    <button type="button" class="button" onClick=${() => answer(false)}>${t("admin.keep")}</button>
  </span>`;
}

/** Something to paste elsewhere. @param {{ label: string, text: string, note?: string }} props */
export function Copy({ label, text, note }) {
  const isCopied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    isCopied.value = true;
    setTimeout(() => (isCopied.value = false), COPIED_MS);
  };
  return html`<div class="copy">
    <span class="copy-label">${label}</span>
    <code translate="no">${text}</code>
    <button type="button" class="button" onClick=${copy}>${h(Icon, { name: isCopied.value ? "check" : "text", size: 15 })}${isCopied.value ? t("admin.copied") : t("admin.copy")}</button>
    ${note && html`<small class="help">${note}</small>`}
  </div>`;
}

/** The server's sentence in the page's language where it is one we know. @param {string} sentence @param {string} [otherwise] */
export function inWords(sentence, otherwise) {
  const key = `admin.mend.${sentence.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "")}`;
  return hasText(key) ? t(key) : (otherwise ?? sentence);
}

/** @param {string} at */
export function moment(at) {
  return html`<time datetime=${at} title=${fullTime(at)}>${shortDate(at)} ${clockTime(at)}</time>`;
}

/**
 * For forms: whether one is being sent, what is wrong by the name of its control, and what came of it otherwise.
 * @param {(form: FormData) => Promise<void>} send
 */
export function useForm(send) {
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const wrong = useSignal(/** @type {Record<string, string>} */ ({}));
  /** @param {SubmitEvent} event */
  const onSubmit = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    problem.value = "";
    wrong.value = mark(form, unfit(form));
    if (Object.keys(wrong.value).length) return;
    isBusy.value = true;
    try {
      await send(new FormData(form));
    } catch (error) {
      const name = error instanceof ApiError ? controlOf(form, String(error.facts.field ?? "")) : undefined;
      if (name) wrong.value = mark(form, { [name]: refusal(error) });
      else problem.value = refusal(error);
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy: isBusy.value, problem: problem.value, wrong: wrong.value, onSubmit };
}

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */

/** @param {HTMLFormElement} form @returns {Control[]} */
function controls(form) {
  return /** @type {Control[]} */ ([...form.elements]).filter((one) => one.name && one.willValidate);
}

/** What the browser knows to be wrong, in the reader's language; a control's title says how it is written. @param {HTMLFormElement} form */
function unfit(form) {
  return Object.fromEntries(controls(form).filter((one) => !one.validity.valid).map((one) => [one.name, whyUnfit(one)]));
}

/** @param {Control} one */
function whyUnfit(one) {
  if (one.validity.valueMissing) return t("adm.problem.needed");
  if (one.validity.patternMismatch) return one.title || t("adm.problem.pattern");
  const { min, max } = /** @type {HTMLInputElement} */ (one);
  return min && max ? t("adm.problem.range", { min, max }) : t("adm.problem.pattern");
}

/** Which control a refusal is about: "weekly.mon.0.1" is of `mon`. @param {HTMLFormElement} form @param {string} field */
function controlOf(form, field) {
  const names = new Set(controls(form).map((one) => one.name));
  return [field, ...field.split(".")].find((name) => names.has(name));
}

/** @param {unknown} error */
function refusal(error) {
  const key = error instanceof ApiError ? `adm.problem.${String(error.facts.reason)}` : "";
  return hasText(key) ? t(key) : explain(error);
}

/** The controls as they are told of, and the keyboard at the first that is wrong. @param {HTMLFormElement} form @param {Record<string, string>} wrong */
function mark(form, wrong) {
  for (const one of controls(form)) {
    if (one.name in wrong) one.setAttribute("aria-invalid", "true");
    else one.removeAttribute("aria-invalid");
  }
  const first = controls(form).find((one) => one.name in wrong);
  first?.closest("details")?.setAttribute("open", "");
  first?.focus();
  return wrong;
}

/** @param {FormData} form @param {string} name */
export function said(form, name) {
  return String(form.get(name) ?? "").trim();
}

/** @param {string} kind */
export function kindIcon(kind) {
  return { email: "mail", webhook: "case", sms: "text" }[kind] ?? "chat";
}
