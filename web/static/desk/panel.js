// @ts-check
/** What other systems know of the customer, and what he ordered. */
import { shortDate } from "../shared/format.js";
import { html } from "../shared/html.js";
import { locale, t } from "../shared/i18n.js";
import { panel } from "./store.js";

const SHOWN_ORDERS = 5;

export function OtherSystems() {
  const found = panel.value;
  if (!found) return null;
  return html`${found.panels.map(
      (one) => html`<section class="panel-part" key=${one.source}>
        <h3>${one.title}</h3>
        ${one.problem && html`<p class="muted">${t("panel.problem")}</p>`}
        <dl class="facts">${one.rows.map((row) => html`<div key=${row.label}><dt>${row.label}</dt><dd>${row.value}</dd></div>`)}</dl>
        ${one.links.map((link) => html`<a class="panel-link" key=${link.url} href=${link.url} target="_blank" rel="noopener noreferrer">${link.label}</a>`)}
      </section>`,
    )}
    ${found.orders.length > 0 &&
    html`<section class="panel-part">
      <h3>${t("panel.orders")} ${found.worth.map((one) => money(one.value, one.currency)).join(" · ")}</h3>
      <ul class="kin">
        ${found.orders.slice(0, SHOWN_ORDERS).map((one) => html`<li key=${one.number}><b>${one.number}</b> ${money(one.value, one.currency)} <span class="muted">${shortDate(one.placed_at)}</span></li>`)}
      </ul>
    </section>`}`;
}

/** @param {string} value @param {string} currency */
function money(value, currency) {
  return new Intl.NumberFormat(locale.value, { style: "currency", currency }).format(Number(value));
}
