// @ts-check
/** The same text in each language, side by side; one of them is enough. */
import { html } from "../shared/html.js";
import { LOCALES, t } from "../shared/i18n.js";

const LANGUAGES = Object.entries(LOCALES).map(([tag, label]) => /** @type {[string, string]} */ ([tag.slice(0, 2), label]));

/** @param {{ id: string, value: Record<string, string>, set: (value: Record<string, string>) => void, isReadOnly?: boolean }} props */
export function Texts({ id, value, set, isReadOnly = false }) {
  /** @param {string} language @param {string} text */
  const say = (language, text) => {
    const { [language]: _, ...others } = value;
    set(text ? { ...others, [language]: text } : others);
  };
  return html`<div class="texts">
    ${LANGUAGES.map(
      ([language, label]) => html`<label key=${language} class="field"><span>${label}</span><textarea
        class="input"
        rows="4"
        id=${`${id}-${language}`}
        lang=${language}
        disabled=${isReadOnly}
        value=${value[language] ?? ""}
        onInput=${(/** @type {Event} */ event) => say(language, /** @type {HTMLTextAreaElement} */ (event.target).value)}
      ></textarea></label>`,
    )}
    <small class="help">${t("adm.texts.blanks")} <code translate="no">${"${contact.name} ${agent.name} ${case.number}"}</code></small>
  </div>`;
}

/** The beginning of a text in any language. @param {Record<string, string>} texts */
export function glimpse(texts) {
  const text = Object.values(texts)[0] ?? "";
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}
