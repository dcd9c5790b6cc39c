// @ts-check
/** What calls did over a period, drawn over the graph; and the calls of the chosen step. */
import { api } from "../shared/api.js";
import { clockTime, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { computed, signal } from "../vendor/signals.js";
import { choose, chosen, opened, trail } from "./state.js";

/** @typedef {import("./types.js").Paths} Paths */
/** @typedef {import("./types.js").CallRow} CallRow */

const DAYS = ["1", "7", "30", "90"];
const DAY_MS = 86_400_000;

/** @type {import("../vendor/signals.js").Signal<Paths | null>} */
const paths = signal(null);
/** @type {import("../vendor/signals.js").Signal<CallRow[]>} */
const calls = signal([]);
const days = signal("7");

/** Counts by way and by step: how many calls came there, how long they stayed, how many ended. */
export const counted = computed(() => {
  /** @type {Map<string, number>} */
  const ways = new Map();
  /** @type {Map<string, { calls: number, seconds: number, ended: number, hungUp: number }>} */
  const steps = new Map();
  for (const way of paths.value?.ways ?? []) {
    if (way.to !== null) ways.set(`${way.from}>${way.to}`, way.calls);
    const step = steps.get(way.from) ?? { calls: 0, seconds: 0, ended: 0, hungUp: 0 };
    step.seconds = (step.seconds * step.calls + way.seconds * way.calls) / (step.calls + way.calls);
    step.calls += way.calls;
    if (way.to === null) step.ended += way.calls;
    step.hungUp += way.hung_up;
    steps.set(way.from, step);
  }
  return { ways, steps };
});

export function forgetTraffic() {
  paths.value = null;
  calls.value = [];
}

async function load() {
  const flow = opened.value?.id;
  if (!flow) return;
  const since = new Date(Date.now() - Number(days.value) * DAY_MS).toISOString();
  const step = chosen.value ? `&step=${encodeURIComponent(chosen.value)}` : "";
  const found = await orSay(() => Promise.all([api.get(`/api/flows/${flow}/paths?since=${since}`), api.get(`/api/flows/${flow}/calls?since=${since}${step}`)]));
  if (!found) return;
  paths.value = found[0];
  calls.value = found[1].calls;
}

/** Draws a call's path and chooses the step it ended in; the address names it from now on. @param {string} id */
export async function openCall(id) {
  const call = await orSay(() => api.get(`/api/calls/${id}`));
  if (!call) return;
  history.replaceState(null, "", `#${opened.value?.id}/${id}`);
  trail.value = call.path.map((/** @type {{ step: string }} */ one) => one.step);
  const last = trail.value.at(-1);
  if (last) choose(last);
}

export function Traffic() {
  useEffect(() => void load(), [days.value, chosen.value, opened.value?.id]);
  const step = chosen.value ? counted.value.steps.get(chosen.value) : undefined;
  const keys = (paths.value?.keys ?? []).filter((one) => one.step === chosen.value);
  return html`<div class="flow-side">
    <label class="field flow-inline"><span>${t("flows.traffic.period")}</span>
      <select class="input" value=${days.value} onChange=${(/** @type {any} */ event) => (days.value = event.target.value)}>
        ${DAYS.map((one) => html`<option key=${one} value=${one}>${t(`flows.days.${one}`)}</option>`)}
      </select>
    </label>
    <h3>${chosen.value ?? t("flows.traffic.all")}</h3>
    ${step &&
    html`<dl class="flow-facts">
      <dt>${t("flows.traffic.calls")}</dt><dd>${count(step.calls)}</dd>
      <dt>${t("flows.traffic.stay")}</dt><dd>${t("flows.seconds", { n: count(Math.round(step.seconds)) })}</dd>
      <dt>${t("flows.traffic.here")}</dt><dd>${count(step.ended)}</dd>
      <dt>${t("flows.traffic.hung_up")}</dt><dd>${count(step.hungUp)}</dd>
    </dl>`}
    ${keys.length > 0 &&
    html`<table class="flow-table"><thead><tr><th>${t("flows.traffic.keys")}</th><th>${t("flows.traffic.outcome")}</th><th>${t("flows.traffic.times")}</th></tr></thead><tbody>
      ${keys.map((one) => html`<tr key=${`${one.keys} ${one.outcome}`}><td><code>${one.keys ?? "•••"}</code></td><td>${t(`flows.outcome.${one.outcome}`)}</td><td class="number">${count(one.times)}</td></tr>`)}
    </tbody></table>`}
    <h3>${t("flows.traffic.latest")}</h3>
    ${calls.value.length === 0 && html`<p class="muted">${t("flows.traffic.none")}</p>`}
    <ul class="flow-calls">
      ${calls.value.map((one) => h(Call, { key: one.id, call: one }))}
    </ul>
  </div>`;
}

/** @param {{ call: CallRow, key?: string }} props */
function Call({ call }) {
  return html`<li><button class="flow-row" onClick=${() => void openCall(call.id)}>
    <span>${shortDate(call.started_at)} ${clockTime(call.started_at)}</span>
    <b>${call.from ?? t("flows.traffic.withheld")}</b>
    <span class="muted">${t("flows.traffic.until", { step: call.last_step ?? "–", n: call.revision })}</span>
  </button></li>`;
}

/** @param {number} n */
function count(n) {
  return n.toLocaleString(locale.value);
}
