// @ts-check
/** Short messages at the edge of the page. */
import { useLayoutEffect, useRef } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { ApiError } from "./api.js";
import { html } from "./html.js";
import { hasText, t } from "./i18n.js";
import { Icon } from "./icons.js";
import { h } from "./html.js";

/** @typedef {{ id: number, tone: "bad" | "good" | "plain", text: string }} Toast */

const SHOWN_MS = 7_000;

/** @type {import("../vendor/signals.js").Signal<Toast[]>} */
export const toasts = signal([]);
let last = 0;

/** @param {Toast["tone"]} tone @param {string} text */
export function say(tone, text) {
  const id = ++last;
  toasts.value = [...toasts.value.slice(-3), { id, tone, text }];
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** @param {number} id */
function dismiss(id) {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

/** What went wrong, in plain words. @param {unknown} error */
export function explain(error) {
  if (!(error instanceof ApiError)) return t("error.internal");
  const why = `error.why.${error.facts.reason}`;
  if (hasText(why)) return t(why, { names: /** @type {string[]} */ (error.facts.names ?? []).join(", ") });
  const key = `error.${error.code}`;
  if (!hasText(key)) return error.message;
  return t(key, { seconds: String(error.facts.retry_after_s ?? ""), reason: error.message });
}

/**
 * Runs something that may fail and tells the person if it did.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function orSay(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code !== "not_signed_in") say("bad", explain(error));
    return undefined;
  }
}

export function Toasts() {
  const box = /** @type {{ current: HTMLDivElement | null }} */ (useRef(null));
  useLayoutEffect(() => void (box.current && rise(box.current)), [toasts.value]);
  return html`<div class="toasts" role="status" aria-live="polite" ref=${box}>
    ${toasts.value.map(
      (toast) => html`<div key=${toast.id} class=${`toast toast-${toast.tone}`}>
        <span>${toast.text}</span>
        <button class="icon-button" aria-label=${t("toast.dismiss")} onClick=${() => dismiss(toast.id)}>
          ${h(Icon, { name: "close" })}
        </button>
      </div>`,
    )}
  </div>`;
}

/** Above an open dialog, which covers whatever is not in the browser's top layer. @param {HTMLDivElement} box */
function rise(box) {
  if (box.popover) box.hidePopover();
  box.popover = null;
  if (toasts.value.length === 0 || !document.querySelector("dialog[open]")) return;
  box.popover = "manual";
  box.showPopover?.();
}
