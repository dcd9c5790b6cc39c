// @ts-check
/** Ready texts: a slash at the beginning of an answer offers them, filled in for the customer. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { useSignal } from "../vendor/signals.js";
import { useEffect } from "../vendor/hooks.js";
import { completions } from "./work.js";

/** @typedef {import("../shared/types.js").ReadyText} ReadyText */

const QUIET_MS = 150;
const SLASH = /^\/([a-z0-9_-]*)$/i;

/**
 * @param {{ typed: string, thread: string, take: (text: string) => void }} props `typed`: the whole answer as it stands
 */
export function ReadyTexts({ typed, thread, take }) {
  const found = useSignal(/** @type {ReadyText[]} */ ([]));
  const asked = SLASH.exec(typed)?.[1];
  useEffect(() => {
    if (asked === undefined) return;
    const soon = setTimeout(() => void completions(asked, thread).then((texts) => (found.value = texts)), QUIET_MS);
    return () => clearTimeout(soon);
  }, [asked, thread]);
  if (asked === undefined || !found.value.length) return null;
  return html`<ul class="ready-texts" aria-label=${t("canned.label")}>
    ${found.value.map((one) => html`<li key=${one.id}>${h(Choice, { one, take })}</li>`)}
  </ul>`;
}

/** @param {{ one: ReadyText, take: (text: string) => void }} props */
function Choice({ one, take }) {
  return html`<button type="button" class="inbox-row" onClick=${() => take(one.text ?? "")}>
    <b>/${one.shortcut} · ${one.title}</b><span>${one.text}</span>
  </button>`;
}
