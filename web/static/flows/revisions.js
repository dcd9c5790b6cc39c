// @ts-check
/** Who saved what when; what changed; putting a revision in force, back too; trying it on some callers or by a call. */
import { api, ApiError } from "../shared/api.js";
import { clockTime, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { explain, orSay, say } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal, useSignal } from "../vendor/signals.js";
import { Hear } from "./hear.js";
import { open, opened, refresh } from "./state.js";

/** @typedef {import("./types.js").Revision} Revision */

/** @type {import("../vendor/signals.js").Signal<Revision[]>} */
const revisions = signal([]);
/** @type {import("../vendor/signals.js").Signal<{ old: number, now: number, lines: string[] } | null>} */
const diff = signal(null);
/** Tests that kept a revision back. @type {import("../vendor/signals.js").Signal<{ name: string, failures: string[] }[]>} */
const red = signal([]);

async function load() {
  const flow = opened.value;
  diff.value = null;
  if (!flow?.id) return void (revisions.value = []);
  const found = await orSay(() => api.get(`/api/flows/${flow.id}/revisions`));
  if (found) revisions.value = found.revisions;
}

/** Puts a revision in force. @param {number} revision @returns {Promise<boolean>} whether it is */
export async function publish(revision) {
  const flow = opened.value;
  if (!flow) return false;
  let isDone = false;
  red.value = [];
  try {
    await api.post(`/api/flows/${flow.id}/publish`, { revision });
    isDone = true;
    say("good", t("flows.published", { n: revision }));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.code === "tests_red") red.value = /** @type {any} */ (error.facts.tests);
    say("bad", error.code === "tests_red" ? t("flows.red") : explain(error));
  }
  await refresh();
  await load();
  return isDone;
}

/** @param {{ canWrite: boolean }} props */
export function Revisions({ canWrite }) {
  const flow = opened.value;
  useEffect(() => void load(), [flow?.id, flow?.n]);
  if (!flow) return null;
  return html`<div class="flow-side">
    ${red.value.length > 0 &&
    html`<div class="flow-wrong" role="alert">${t("flows.red.why")}
      <ul>${red.value.map((one) => html`<li key=${one.name}><b>${one.name}</b> ${one.failures[0]}</li>`)}</ul>
    </div>`}
    ${h(Numbers, { canWrite })}
    <h3>${t("flows.revisions")}</h3>
    ${revisions.value.length === 0 && html`<p class="muted">${t("flows.revisions.none")}</p>`}
    <ul class="flow-revisions">${revisions.value.map((one, at) => h(Row, { key: String(one.n), one, before: revisions.value[at + 1]?.n, canWrite }))}</ul>
  </div>`;
}

/** @param {{ one: Revision, before: number | undefined, canWrite: boolean, key?: string }} props */
function Row({ one, before, canWrite }) {
  const flow = opened.value;
  const force = flow?.published ?? null;
  const isBack = force !== null && one.n < force;
  const shown = diff.value?.now === one.n ? diff.value : null;
  const compare = async (/** @type {number} */ old) => {
    if (shown?.old === old) return void (diff.value = null);
    const found = await orSay(() => api.get(`/api/flows/${flow?.id}/diff?old=${old}&new=${one.n}`));
    if (found) diff.value = { old, now: one.n, lines: found.lines };
  };
  return html`<li class=${one.is_published ? "flow-in-force" : ""}>
    <div class="flow-line">
      <b>${t("flows.revision", { n: one.n })}</b>
      ${one.is_published && html`<span class="flow-badge flow-badge-good">${t("flows.in_force")}</span>`}
      ${one.n === flow?.n && html`<span class="flow-badge">${t("flows.open_now")}</span>`}
    </div>
    <p class="muted">${one.author} · ${shortDate(one.saved_at)} ${clockTime(one.saved_at)}${one.message ? ` · ${one.message}` : ""}</p>
    <div class="flow-line">
      ${one.n !== flow?.n && html`<button class="link-button" onClick=${() => void open(flow?.id ?? "", one.n)}>${t("flows.show")}</button>`}
      ${before !== undefined && html`<button class="link-button" aria-expanded=${shown?.old === before} onClick=${() => void compare(before)}>${t("flows.diff")}</button>`}
      ${force !== null && force !== one.n && force !== before && html`<button class="link-button" onClick=${() => void compare(force)}>${t("flows.diff.force")}</button>`}
      ${canWrite && !one.is_published && html`<button class="link-button" onClick=${() => void publish(one.n)}>${isBack ? t("flows.roll_back") : t("flows.publish")}</button>`}
    </div>
    ${shown && h(Diff, { lines: shown.lines })}
  </li>`;
}

/** @param {{ lines: string[] }} props */
export function Diff({ lines }) {
  return html`<pre class="flow-diff">${lines.map((line, at) => html`<span key=${at} class=${`flow-diff-${{ "+": "new", "-": "old", "@": "at" }[line[0] ?? ""] ?? "same"}`}>${line}${"\n"}</span>`)}</pre>`;
}

/** @param {{ canWrite: boolean }} props */
function Numbers({ canWrite }) {
  const flow = opened.value;
  if (!flow?.id) return null;
  const live = flow.numbers.filter((one) => !one.is_trial);
  return html`<h3>${t("flows.numbers")}</h3>
    ${live.length === 0 && html`<p class="muted">${t("flows.numbers.none")}</p>`}
    <ul class="flow-revisions">${live.map((one) => h(NumberRow, { key: one.number, one, canWrite }))}</ul>
    ${canWrite && h(Hear, {})}`;
}

/** @param {{ one: import("./types.js").NumberRow, canWrite: boolean, key?: string }} props */
function NumberRow({ one, canWrite }) {
  const flow = opened.value;
  const share = useSignal(String(one.percent ?? 10));
  const set = async (/** @type {number} */ percent) => {
    const done = await orSay(() => api.put(`/api/flows/${flow?.id}/canary`, { number: one.number, revision: flow?.n, percent }));
    if (done) await refresh();
  };
  const promote = async (/** @type {number} */ revision) => (await publish(revision)) && set(0);
  return html`<li>
    <div class="flow-line"><b>${one.number}</b><span class="muted">${one.title}${one.revision ? ` · ${t("flows.pinned", { n: one.revision })}` : ""}</span></div>
    ${one.canary !== null && html`<p class="flow-right">${t("flows.canary.on", { percent: one.percent ?? 0, n: one.canary })}</p>`}
    ${canWrite &&
    html`<div class="flow-line">
      <input class="input flow-percent" type="number" min="1" max="99" aria-label=${t("flows.canary.share")} value=${share.value} onInput=${(/** @type {any} */ event) => (share.value = event.target.value)} />
      <button class="button" onClick=${() => void set(Number(share.value))}>${t("flows.canary.set", { n: flow?.n ?? 0 })}</button>
      ${one.canary !== null &&
      html`<button class="button" onClick=${() => void promote(one.canary ?? 0)}>${t("flows.canary.promote")}</button>
        <button class="button" onClick=${() => void set(0)}>${t("flows.canary.end")}</button>`}
    </div>`}
  </li>`;
}
