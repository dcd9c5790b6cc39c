// @ts-check
/** The box under a thread: answer the customer by any way he can be reached, or leave a note for colleagues. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { Typing } from "./company.js";
import { NoteBox } from "./note.js";
import { ReplyBox } from "./reply.js";
import { composing, openThread, ways } from "./store.js";

const MODES = /** @type {const} */ (["reply", "note"]);

/** Opens one half of the box and puts the cursor there. @param {"reply" | "note"} mode */
export function write(mode) {
  composing.value = mode;
  requestAnimationFrame(() => (document.getElementById(mode) ?? document.getElementById("note"))?.focus());
}

export function Compose() {
  const hasWays = ways.value.length > 0;
  const mode = hasWays ? composing.value : "note";
  return html`<section class="compose" aria-label=${t("compose.label")}>
    ${h(Typing, {})}
    ${hasWays &&
    html`<div class="compose-tabs" role="tablist" aria-label=${t("compose.label")}>
      ${MODES.map(
        (one) => html`<button
          key=${one}
          role="tab"
          id=${`compose-${one}`}
          aria-selected=${mode === one}
          class="compose-tab"
          onClick=${() => (composing.value = one)}
        >
          ${h(Icon, { name: one === "note" ? "note" : "chat", size: 14 })}<span>${t(`compose.${one}`)}</span>
        </button>`,
      )}
    </div>`}
    ${mode === "note" ? h(NoteBox, { key: `note ${openThread.value}` }) : h(ReplyBox, { key: `reply ${openThread.value}` })}
  </section>`;
}
