// @ts-check
/** The open revision on a telephone: at a number of its own, or by a call to one's own phone, followed over the picture. */
import { api, ApiError } from "../shared/api.js";
import { h, html } from "../shared/html.js";
import { hasText, t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { explain, orSay, say } from "../shared/toasts.js";
import { signal } from "../vendor/signals.js";
import { isChanged, opened, refresh, trail } from "./state.js";

/** @typedef {{ n: number, call: string | null }} Mine `call` null: my phone rings */

const KEYS = [..."123456789*0#"];
const LOOK_EVERY_MS = 1_000;
const RING_MS = 45_000;

/** My call of a draft. @type {import("../vendor/signals.js").Signal<Mine | null>} */
const mine = signal(null);

/** @param {string} flow @param {number} n */
async function callMe(flow, n) {
  mine.value = { n, call: null };
  try {
    const made = await api.postSlow(`/api/flows/${flow}/draft-calls`, { revision: n }, RING_MS);
    mine.value = { n, call: made.call };
    follow(made.call);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    mine.value = null;
    const key = `flows.me.refused.${error.facts.reason}`;
    say("bad", hasText(key) ? t(key) : explain(error));
  }
}

/** Shows where the call is until it is over. @param {string} call */
function follow(call) {
  setTimeout(async () => {
    const found = await api.get(`/api/calls/${call}`).catch(() => null); // right after its beginning nothing is written of it
    if (mine.value?.call !== call) return;
    if (found) trail.value = found.path.map((/** @type {{ step: string }} */ one) => one.step);
    if (found?.ended_at) mine.value = null;
    else follow(call);
  }, LOOK_EVERY_MS);
}

/** @param {string} verb @param {unknown} [body] */
function tell(verb, body) {
  return orSay(() => api.post(`/api/flows/-/draft-calls/${mine.value?.call}/${verb}`, body));
}

export function Hear() {
  const flow = opened.value;
  if (!flow?.id) return null;
  const trial = flow.numbers.find((one) => one.is_trial);
  const tryIt = async () => {
    const found = await orSay(() => api.post(`/api/flows/${flow.id}/trial-number`, { revision: flow.n }));
    if (found) await refresh();
  };
  return html`<h3>${t("flows.hear")}</h3>
    <div class="flow-line">
      <button class="button" disabled=${mine.value !== null} onClick=${() => void callMe(flow.id, flow.n)}>${h(Icon, { name: "phone", size: 16 })}${t("flows.me", { n: flow.n })}</button>
      <button class="button" onClick=${() => void tryIt()}>${t("flows.call_draft", { n: flow.n })}</button>
    </div>
    ${isChanged.value && html`<p class="muted">${t("flows.hear.saved", { n: flow.n })}</p>`}
    ${mine.value && h(Mine, { mine: mine.value })}
    ${trial && html`<p class="flow-right" role="status">${t("flows.call_draft.how", { number: trial.number, n: trial.revision ?? 0 })}</p>`}`;
}

/** @param {{ mine: Mine }} props */
function Mine({ mine: { n, call } }) {
  if (!call) return html`<p class="flow-right" role="status">${t("flows.me.rings")}</p>`;
  return html`<p class="flow-right" role="status">${t("flows.me.on", { n })}</p>
    <div class="flow-acts">
      <div class="flow-keys" role="group" aria-label=${t("flows.me.keys")}>${KEYS.map((key) => html`<button key=${key} class="button" onClick=${() => void tell("keys", { keys: key })}>${key}</button>`)}</div>
      <div class="flow-others"><button class="button" onClick=${() => void tell("hangup")}>${t("flows.me.hang_up")}</button></div>
    </div>`;
}
