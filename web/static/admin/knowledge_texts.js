// @ts-check
/** An article's title and text in each language, and how the text will look. */
import { api } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { LOCALES, locale, t } from "../shared/i18n.js";
import { useEffect } from "../vendor/hooks.js";
import { useSignal } from "../vendor/signals.js";
import { Blocks } from "../widget/article.js";

/** @typedef {{ title: string, body: string }} Text */

const LANGUAGES = Object.entries(LOCALES).map(([tag, label]) => /** @type {[string, string]} */ ([tag.slice(0, 2), label]));
const QUIET_MS = 300;
const MARKS = ["## …", "- …", "1. …", "**…**", "*…*", "`…`", "[…](…)", "> …"];

/** @param {{ value: Record<string, Text>, set: (value: Record<string, Text>) => void }} props */
export function ArticleTexts({ value, set }) {
  const language = useSignal(locale.value.slice(0, 2));
  const text = value[language.value] ?? { title: "", body: "" };
  /** A language without a word is not kept. @param {Partial<Text>} change */
  const say = (change) => {
    const { [language.value]: _, ...others } = value;
    const said = { ...text, ...change };
    set(said.title || said.body ? { ...others, [language.value]: said } : others);
  };
  const typed = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  return html`<div class="article-texts">
    <div class="article-languages" role="tablist">
      ${LANGUAGES.map(([tag, label]) => html`<button
        key=${tag}
        type="button"
        role="tab"
        class="button"
        aria-selected=${tag === language.value}
        onClick=${() => (language.value = tag)}
      >${label}${value[tag] ? "" : ` · ${t("adm.knowledge.missing")}`}</button>`)}
    </div>
    <label class="field"><span>${t("adm.knowledge.title")}</span><input class="input" id="article-title" lang=${language.value} maxlength="100" value=${text.title} onInput=${(/** @type {Event} */ event) => say({ title: typed(event) })} /></label>
    <div class="article-edit">
      <label class="field"><span>${t("adm.knowledge.body")}</span><textarea class="input" id="article-body" lang=${language.value} rows="16" maxlength="20000" value=${text.body} onInput=${(/** @type {Event} */ event) => say({ body: typed(event) })}></textarea></label>
      <div class="field"><span>${t("adm.knowledge.preview")}</span>${h(Preview, { body: text.body })}</div>
    </div>
    <small class="help article-marks" translate="no">${MARKS.map((mark) => html`<code key=${mark}>${mark}</code>`)}</small>
  </div>`;
}

/** @param {{ body: string }} props */
function Preview({ body }) {
  const blocks = useSignal(/** @type {import("../widget/article.js").Block[]} */ ([]));
  useEffect(() => {
    if (!body.trim()) {
      blocks.value = [];
      return undefined;
    }
    const soon = setTimeout(() => void api.post("/api/knowledge/preview", { body }).then((read) => (blocks.value = read.blocks), () => {}), QUIET_MS);
    return () => clearTimeout(soon);
  }, [body]);
  return html`<div class="article-preview" tabindex="0" role="region" aria-label=${t("adm.knowledge.preview")}>${h(Blocks, { blocks: blocks.value })}</div>`;
}
