// @ts-check
/** Colleagues at the same customer: who has the thread open too, and who of them is writing. */
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { nameOf } from "./controls.js";
import { me, nowMs, openThread, readers, typing, writing } from "./store.js";

/** @param {string} agent */
const named = (agent) => nameOf({ agent, name: null });

/** In the head of the thread. */
export function AlsoHere() {
  const found = readers.value;
  const others = found?.thread === openThread.value ? found.agents.filter((one) => one !== me.value?.id) : [];
  const who = others.map(named).join(", ");
  return html`<span role="status" class="also-here">
    ${others.length > 0 && html`<span class="chip chip-live" title=${t("company.here", { who })}>${h(Icon, { name: "eye", size: 14 })}<span>${who}</span></span>`}
  </span>`;
}

/** Above the box: a colleague first, who may be about to say the same. */
export function Typing() {
  const isNow = /** @param {{ thread: string, until: number } | null} one */ (one) => one !== null && one.thread === openThread.value && one.until > nowMs.value;
  const colleague = isNow(writing.value) ? t("company.writing", { who: named(writing.value?.agent ?? "") }) : null;
  return html`<p class="typing" role="status">${colleague ?? (isNow(typing.value) ? t("compose.typing") : "")}</p>`;
}
