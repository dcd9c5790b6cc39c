// @ts-check
/** A provider's template, where nothing else may be written: its id, its language, its values. */
import { html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { sendMessage } from "./work.js";

/** `name = value` lines as an object; lines without an equals sign are numbered. @param {string} text @returns {Record<string, string>} */
export function valuesOf(text) {
  /** @type {Record<string, string>} */
  const values = {};
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  lines.forEach((line, at) => {
    const cut = line.indexOf("=");
    if (cut > 0) values[line.slice(0, cut).trim()] = line.slice(cut + 1).trim();
    else values[String(at + 1)] = line;
  });
  return values;
}

/** @param {{ way: import("../shared/types.js").Way, thread: string }} props */
export function TemplateForm({ way, thread }) {
  const name = useSignal("");
  const language = useSignal("vi");
  const values = useSignal("");
  const isBusy = useSignal(false);
  const send = async () => {
    if (!name.value.trim() || isBusy.value) return;
    isBusy.value = true;
    const template = { name: name.value.trim(), language: language.value, values: valuesOf(values.value) };
    if (await sendMessage(thread, { identity: way.identity, endpoint: way.endpoint, text: "", template })) {
      name.value = values.value = "";
    }
    isBusy.value = false;
  };
  return html`<fieldset class="reply-template">
    <legend>${t("reply.template.label")}</legend>
    <input class="input" maxlength="200" aria-label=${t("reply.template.name")} placeholder=${t("reply.template.name")} title=${t("reply.template.name.help")} value=${name.value} onInput=${/** @param {Event} event */ (event) => (name.value = /** @type {HTMLInputElement} */ (event.target).value)} />
    <select class="input" aria-label=${t("reply.template.language")} value=${language.value} onChange=${/** @param {Event} event */ (event) => (language.value = /** @type {HTMLSelectElement} */ (event.target).value)}>
      ${["vi", "en"].map((one) => html`<option key=${one} value=${one}>${one}</option>`)}
    </select>
    <textarea class="input" rows="2" aria-label=${t("reply.template.values")} placeholder=${t("reply.template.values")} value=${values.value} onInput=${/** @param {Event} event */ (event) => (values.value = /** @type {HTMLTextAreaElement} */ (event.target).value)}></textarea>
    <button type="button" class="button" disabled=${isBusy.value || !name.value.trim()} onClick=${send}>${t("reply.template.send")}</button>
  </fieldset>`;
}
