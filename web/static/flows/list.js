// @ts-check
/** Every flow: what is in force, what was saved since, which numbers it answers. */
import { api } from "../shared/api.js";
import { clockTime, shortDate } from "../shared/format.js";
import { h, html } from "../shared/html.js";
import { t } from "../shared/i18n.js";
import { Icon } from "../shared/icons.js";
import { orSay } from "../shared/toasts.js";
import { useEffect } from "../vendor/hooks.js";
import { signal } from "../vendor/signals.js";
import { Bring } from "./brought.js";

/** @typedef {import("./types.js").FlowRow} FlowRow */

/** @type {import("../vendor/signals.js").Signal<FlowRow[] | null>} */
const flows = signal(null);

/** @param {{ canWrite: boolean }} props */
export function List({ canWrite }) {
  useEffect(() => {
    void orSay(() => api.get("/api/flows")).then((found) => found && (flows.value = found.flows));
  }, []);
  return html`<div class="flow-list">
    <header class="flow-head">
      <div><h1>${t("flows.title")}</h1><p class="muted">${t("flows.title.why")}</p></div>
      ${canWrite && html`<div class="flow-line">${h(Bring, {})}<a class="button button-primary" href="#new">${t("flows.new")}</a></div>`}
    </header>
    ${flows.value?.length === 0 && html`<p class="flow-empty">${t("flows.none")}</p>`}
    ${flows.value &&
    flows.value.length > 0 &&
    html`<table class="flow-table flow-all">
      <thead><tr><th>${t("flows.flow")}</th><th>${t("flows.in_force")}</th><th>${t("flows.newest")}</th><th>${t("flows.numbers")}</th></tr></thead>
      <tbody>${flows.value.map((one) => h(Row, { key: one.id, one }))}</tbody>
    </table>`}
  </div>`;
}

/** @param {{ one: FlowRow, key?: string }} props */
function Row({ one }) {
  const isBehind = one.published !== one.newest;
  return html`<tr>
    <td><a class="flow-link" href=${`#${one.id}`}><b>${one.title}</b><span class="muted">${one.id}</span></a></td>
    <td>${one.published === null ? html`<span class="muted">${t("flows.unpublished")}</span>` : html`<span class="flow-badge flow-badge-good">${t("flows.revision", { n: one.published })}</span>`}</td>
    <td>${isBehind && html`<span class="flow-badge">${t("flows.revision", { n: one.newest })}</span>`} <span class="muted">${one.author} · ${shortDate(one.saved_at)} ${clockTime(one.saved_at)}</span></td>
    <td>${one.numbers.map((row) => html`<span key=${row.number} class="flow-number">${h(Icon, { name: "phone", size: 14 })}${row.number}${row.canary === null ? "" : ` · ${t("flows.canary.short", { percent: row.percent ?? 0, n: row.canary })}`}</span>`)}</td>
  </tr>`;
}
