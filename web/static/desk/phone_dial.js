// @ts-check
/** Calling a customer: a button beside his number. */
import { ApiError, api } from "../shared/api.js";
import { html, h } from "../shared/html.js";
import { hasText, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { explain, say } from "../shared/toasts.js";
import { kind } from "./phone.js";
import { call, cases, customer, entries, me } from "./store.js";

/** For which queue I call, whose number is shown then: that of his open case, mine first, else of what was last. @returns {string | null} */
function queueInHand() {
  const open = cases.value.filter((one) => one.queue && !["resolved", "closed"].includes(one.status));
  const mine = open.find((one) => one.owner?.id === me.value?.id) ?? open[0];
  return mine?.queue ?? entries.value.findLast((one) => one.call?.queue)?.call?.queue ?? null;
}

/** @param {string} number */
async function dial(number) {
  const who = customer.value?.contact;
  try {
    const queue = queueInHand();
    const begun = await api.post("/api/calls", { number, ...(queue && { queue }) });
    call.value = {
      id: begun.call,
      number,
      name: who?.name ?? null,
      queue,
      language: who?.language ?? null,
      path: [],
      thread: who?.thread ?? null,
      waitS: null,
      connectedAt: new Date().toISOString(),
      heldSince: null,
      isRinging: true,
    };
  } catch (error) {
    const key = `dial.refused.${error instanceof ApiError ? error.facts.reason : ""}`;
    say("bad", hasText(key) ? t(key) : explain(error));
  }
}

/** @param {{ number: string }} props */
export function DialButton({ number }) {
  if (kind.value === null || call.value) return null;
  return html`<button class="icon-button" aria-label=${t("dial.call", { number })} title=${t("dial.call", { number })} onClick=${() => void dial(number)}>
    ${h(Icon, { name: "phone-out", size: 15 })}
  </button>`;
}

/** Why a call of mine came to nothing. @param {{ result: string, reason: string }} ended */
export function sayWhy(ended) {
  const key = `dial.over.${ended.reason}`;
  if (ended.result === "refused" && hasText(key)) say("plain", t(key));
}
